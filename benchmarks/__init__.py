"""Measurements, not tests: ratios against a bare DuckDB script that does the same work, in interleaved runs."""
