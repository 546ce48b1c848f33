"""The contract: what every column and table means, may hold, and is called.

Belongs here: column definitions, source contracts, reasons of refusal, layout profiles.
Does not belong here: reading files, SQL, orchestration. This package imports no other of the project.
"""
