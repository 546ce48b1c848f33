"""What Dagster loads: the code location of the city that the environment names. The command line makes its own."""

from pipelines.code_location import build_defs

__all__ = ["build_defs", "defs"]

defs = build_defs()
