"""The engine and the SQL: reading deliveries, the staging store, table models, audits, publication, privacy.

Does not belong here: when things run (pipelines), what Dagster shows (assets), what columns mean (schemas).
"""
