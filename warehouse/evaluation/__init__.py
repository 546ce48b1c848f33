"""The formulas and the rules of flags: evidence is judged, gets its cause, and lives. Works on frames, knows no store."""
