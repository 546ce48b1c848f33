"""When and how things run: definitions, settings, the nightly job and its schedule, the command line.

No business rule here.
"""
