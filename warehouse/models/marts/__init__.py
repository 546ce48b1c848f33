"""What BI reads: evaluation metrics and flags, one row per stated grain."""
