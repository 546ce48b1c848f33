"""performance: SKP ratings and scores by period."""

import polars as pl

from schemas.contract import Rule, column, source
from schemas.fields import RATINGS

NEWEST, SINCE = "PermenPANRB 6/2022", 2022
"""The rules that ratings follow where a list does not say which, and the first year that was rated by them."""
CONTRACT = source(
    "performance",
    description="Performance of employees by period under a named regime; regimes are never compared with each other.",
    grain="employee × period × regime",
    key=("employee_id", "period_start", "period_end", "regime"),
    columns=(
        column("employee_id", references="employees"),
        column(
            "period_start",
            aliases=("Periode Mulai", "Mulai Periode", "Periode Awal", "Periode Penilaian Mulai", "Tanggal Awal"),
        ),
        column(
            "period_end",
            aliases=(
                "Periode Selesai",
                "Selesai Periode",
                "Periode Akhir",
                "Periode Penilaian Selesai",
                "Tanggal Akhir",
            ),
        ),
        column(
            "regime",
            type="text",
            reader="regime",
            description="Rules that the rating follows.",
            label="Rezim penilaian",
            aliases=("Rezim", "Aturan Penilaian"),
        ),
        column(
            "work_rating",
            type="text",
            nullable=True,
            values=RATINGS,
            description="Rating of results.",
            label="Rating hasil kerja",
            aliases=("Hasil Kerja", "Rating Hasil"),
        ),
        column(
            "behaviour_rating",
            type="text",
            nullable=True,
            values=RATINGS,
            description="Rating of behaviour.",
            label="Rating perilaku kerja",
            aliases=("Perilaku Kerja", "Rating Perilaku"),
        ),
        column(
            "predicate",
            type="text",
            nullable=True,
            description="Predicate (PermenPANRB 6/2022).",
            label="Predikat",
            aliases=("Predikat Kinerja", "Predikat Kinerja Pegawai", "Predikat SKP"),
            unsaid=("belum dinilai", "belum ada", "belum ditetapkan", "belum", "dalam proses", "proses"),
            values={
                "sangat_baik": ("sangat baik", "sb"),
                "baik": ("b",),
                "butuh_perbaikan": ("butuh perbaikan", "bp", "cukup", "cukup/butuh perbaikan", "butuh perbaikan/cukup"),
                "kurang": ("k", "misconduct", "kurang/misconduct"),
                "sangat_kurang": ("sangat kurang", "sk"),
            },
        ),
        column("numeric_score", aliases=("Nilai SKP", "Nilai Prestasi Kerja", "Nilai Kinerja Pegawai")),
    ),
    rules=(
        Rule("END_BEFORE_START", "period_end", lambda: pl.col("period_end") >= pl.col("period_start")),
        # What was said of earlier years (`Baik` of 2020) follows other rules, whatever the words.
        Rule(
            "REGIME_EARLY",
            "period_start",
            lambda: (pl.col("regime") != NEWEST) | (pl.col("period_start").dt.year() >= SINCE),
        ),
    ),
)
