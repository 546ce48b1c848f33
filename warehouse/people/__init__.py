"""What keeps people out of everything else: pseudonyms, names taken out of texts, and whom nothing is read of again."""
