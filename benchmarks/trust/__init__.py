"""How far flags, intervals and effects can be trusted, on cities whose truth is planted: `python -m benchmarks.trust`.

`people` draws people who answer, `performance` people who are rated; neither uses the product's formulas. `__main__` lets the
product's own models judge them and writes benchmarks/TRUST.md.
"""
