"""One source's month: its files read by one recipe, every row validated, split into accepted and refused, and kept.

Here a **row** is refused, with its reason.
"""
