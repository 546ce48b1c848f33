"""What is written in one cell, line or name: values, days, periods, codes, signs."""
