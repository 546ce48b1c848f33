"""Where tables stand in a sheet, what their headings are, and which of its rows are data."""
