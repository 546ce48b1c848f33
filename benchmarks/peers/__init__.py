"""The same work from the same files with other tools: what each takes, needs and does not do."""
