"""Rules of flags: one module per rule, each with its `RULE`. A new rule is a new module here.

Flags, evidence, follow-up, report, plan, summary and command line follow from it: see `warehouse.evaluation.rule` and `.flags`.
"""
