"""Faults, for real: kills, full disks, damaged files, readers and writers that meet. `make chaos` runs all of them and prints
a table; `make test` runs the quick ones.

The invariant after each: the published version is the old one or the new one, whole; a reader opens it without an error;
the next refresh succeeds by itself and gives the very rows that an undisturbed refresh gives; nothing half done is left.
"""
