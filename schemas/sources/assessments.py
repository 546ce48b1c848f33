"""assessments: tests before and after the class."""

import polars as pl

from schemas.contract import Rule, column, source
from schemas.fields import FIELDS

ABSENT = (
    *("tidak hadir", "tdk hadir", "th", "absen", "sakit", "izin", "ijin", "alpa", "cuti", "dinas luar", "dl"),
    *(
        "tidak ikut",
        "tidak mengikuti",
        "tidak ikut tes",
        "tidak mengikuti tes",
        "belum",
        "belum tes",
        "susulan",
        "kosong",
    ),
)
"""What stands in the place of a score of whom nobody tested."""
REMEDIAL = ("remedial", "remidial", "remedi", "(remedial)")
"""A test that is taken again by whom the first has shown to know too little."""
CONTRACT = source(
    "assessments",
    description="Test scores of participants. Gains are made of pre and post only; a missing score is unknown, not zero.",
    grain="class × employee × kind × assessment",
    key=("class_id", "employee_id", "kind", "assessment_code"),
    columns=(
        column("class_id", references="classes"),
        column("employee_id", references="employees"),
        column(
            "kind",
            type="text",
            description="When and why the test was taken.",
            label="Jenis tes",
            aliases=("Jenis ujian",),
            vague=("Tes",),
            values={
                "pre": (
                    "pretest",
                    "pre test",
                    "pretes",
                    "pre tes",
                    "pra",
                    "pratest",
                    "pra test",
                    "prates",
                    "pra tes",
                    "tes awal",
                ),
                "post": (
                    *("posttest", "post test", "postes", "post tes", "pos tes"),
                    *("pasca", "pascatest", "pasca test", "pascates", "pasca tes", "tes akhir"),
                ),
                "other": (
                    "tes lain",
                    *(f"{test}{word}" for test in ("", "tes ", "pre test ", "post test ") for word in REMEDIAL),
                ),
            },
        ),
        column(
            "assessment_code",
            type="text",
            nullable=True,
            description="Which test, where a class has several of a kind; may be left out.",
            label="Kode tes",
        ),
        column(
            "score",
            nullable=True,
            is_subject=True,
            minimum=0,
            unsaid=ABSENT,
            aliases=(*FIELDS["score"].aliases, "Nilai tes", "Nilai ujian"),
        ),
        column("max_score"),
        column("assessed_on"),
    ),
    rules=(Rule("OFF_SCALE", "score", lambda: pl.col("score") <= pl.col("max_score")),),
)
