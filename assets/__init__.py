"""What is built: Dagster assets, one per source and one per table, and the published version.

Thin: each calls the rooms below (warehouse, schemas). No SQL, no rule, no schedule here.
"""

import warnings

import dagster as dg

# Single-run backfills are what the design stands on; that their parameter is called beta is known.
warnings.filterwarnings("ignore", category=dg.BetaWarning)
