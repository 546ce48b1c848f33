"""Tables brought into the columns of a source, by its own names or by a profile's layout."""
