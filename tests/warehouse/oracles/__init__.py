"""Every mart computed a second time, in plain pandas, from the published core tables and `docs/measures.md` alone."""
