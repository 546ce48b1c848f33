"""The star and the marts from what is staged: models found and put in order, one table each.

Here the numbers of small groups are left out, by what the models declare. Names no mart.
"""
