"""classes: the runs (angkatan) of the programs."""

import polars as pl

from schemas.contract import Rule, column, source

CONTRACT = source(
    "classes",
    description="Classes (angkatan): one run of a program with its dates, method, cost and way of assigning participants.",
    grain="class",
    key=("class_id",),
    columns=(
        column("class_id"),
        column("program_code", references="programs"),
        column(
            "curriculum_version",
            nullable=True,
            description="Version of the program's curriculum; empty: the one in force when the class began.",
        ),
        column("batch_no"),
        column("assignment"),
        column("method"),
        column("start_date"),
        column("end_date"),
        column("scheduled_jp"),
        column("planned_participants"),
        column("cost_idr"),
        column("organiser"),
    ),
    rules=(Rule("END_BEFORE_START", "end_date", lambda: pl.col("end_date") >= pl.col("start_date")),),
)
