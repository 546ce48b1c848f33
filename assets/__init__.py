"""What is built: Dagster assets, one per source and one per table, and the published version.

Thin: each calls the rooms below (warehouse, schemas). No SQL, no rule, no schedule here.
"""
