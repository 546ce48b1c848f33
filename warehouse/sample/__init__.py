"""The sample city: invented people, files as offices make them, and the truth that was planted."""
