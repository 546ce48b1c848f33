"""A nation of agencies, built from what each of them published: a federation, no store that holds them all (docs/adr/0071).

Belongs here: which agencies there are and what they published, who moved between them (restricted), the national tables and their
publication. Does not belong here: how an agency refreshes itself, which is the same as of a city alone.
"""
