"""performance: SKP ratings and scores by period."""

import polars as pl

from schemas.contract import Rule, column, source
from schemas.fields import RATINGS

CONTRACT = source(
    "performance",
    description="Performance of employees by period under a named regime; regimes are never compared with each other.",
    grain="employee × period × regime",
    key=("employee_id", "period_start", "period_end", "regime"),
    columns=(
        column("employee_id", references="employees"),
        column("period_start"),
        column("period_end"),
        column("regime", type="text", description="Rules that the rating follows.", label="Rezim penilaian"),
        column(
            "work_rating",
            type="text",
            nullable=True,
            values=RATINGS,
            description="Rating of results.",
            label="Rating hasil kerja",
        ),
        column(
            "behaviour_rating",
            type="text",
            nullable=True,
            values=RATINGS,
            description="Rating of behaviour.",
            label="Rating perilaku kerja",
        ),
        column(
            "predicate",
            type="text",
            nullable=True,
            description="Predicate (PermenPANRB 6/2022).",
            label="Predikat",
            values={
                "sangat_baik": ("sangat baik", "sb"),
                "baik": ("b",),
                "butuh_perbaikan": ("butuh perbaikan", "bp", "cukup", "cukup/butuh perbaikan", "butuh perbaikan/cukup"),
                "kurang": ("k", "misconduct", "kurang/misconduct"),
                "sangat_kurang": ("sangat kurang", "sk"),
            },
        ),
        column("numeric_score"),
    ),
    rules=(Rule("END_BEFORE_START", "period_end", lambda: pl.col("period_end") >= pl.col("period_start")),),
)
