"""Languages: every word that people read, and how each language writes numbers and days. Knows no table and no page.

A language is one catalogue `<code>.po` here (gettext): phrases by their Bahasa Indonesia, which is the source language,
and the warehouse's codes (context: kind of code) in words.
"""
