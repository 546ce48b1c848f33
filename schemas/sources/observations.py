"""observations: behaviour at work, before and after."""

import polars as pl

from schemas.contract import Rule, column, source
from schemas.fields import FIELDS

NAMES = ("Nama Penilai", "Nama Pengamat", "Nama Penilai / Pengamat", "Nama Pengamat / Penilai", "Nama Observer")
"""Headings of who observed, by name alone."""
OBSERVED = ("NIP yang Dinilai", "NIP yang Diamati", "NIP Pegawai yang Dinilai", "NIP Pegawai yang Diamati")
"""Headings over the numbers of whom somebody observed."""
CONTRACT = source(
    "observations",
    description="Observed behaviour at work by the person, the supervisor and peers, before and after a class.",
    grain="employee × class × observer role × phase × aspect × day × observer",
    key=("employee_id", "class_id", "observer_role", "phase", "aspect", "observed_on", "observer_id"),
    columns=(
        column("employee_id", references="employees", aliases=(*FIELDS["employee_id"].aliases, *OBSERVED)),
        column("class_id", references="classes"),
        column("observed_on"),
        column(
            "observer_role",
            type="text",
            description="Who observed.",
            label="Pengamat",
            aliases=("Peran Pengamat", "Peran Penilai", "Jenis Pengamat", "Jenis Penilai"),
            vague=("Penilai", "Observer"),
            values={
                "self": ("mandiri", "diri sendiri", "diri", "penilaian diri"),
                "supervisor": ("atasan", "atasan langsung", "pejabat penilai", "pimpinan"),
                "peer": ("rekan", "rekan kerja", "rekan sejawat", "teman kerja", "teman sejawat", "kolega"),
            },
        ),
        column(
            "phase",
            type="text",
            description="Before or after the class.",
            label="Fase",
            aliases=("Tahap", "Sebutan fase"),
            values={
                "before": ("sebelum", "sebelum pelatihan", "sebelum diklat", "pra", "pra pelatihan", "pra diklat"),
                "after": (
                    *(
                        "sesudah",
                        "setelah",
                        "sesudah pelatihan",
                        "setelah pelatihan",
                        "sesudah diklat",
                        "setelah diklat",
                    ),
                    *("pasca", "pasca pelatihan", "pasca diklat"),
                ),
            },
        ),
        column(
            "aspect",
            values={},
            reader="capitals",
            description="Behaviour that was observed.",
            label="Aspek perilaku",
            aliases=(
                *("Aspek", "Aspek Penilaian", "Aspek yang Dinilai", "Aspek yang Diamati"),
                *("Perilaku", "Perilaku yang Dinilai", "Perilaku yang Diamati"),
            ),
        ),
        column("score"),
        column("scale_min"),
        column("scale_max"),
        column(
            "observer_id",
            type="text",
            nullable=True,
            privacy="pseudonym",
            description="Who observed: pseudonym of the NIP, or of the name where the form has no NIP. Empty where it does not say, which several peers of one day cannot be told apart without.",
            label="NIP pengamat",
            aliases=("NIP Penilai", "NIP Penilai / Pengamat", "NIP Pengamat / Penilai", "NIP Observer", *NAMES),
            wider=NAMES,
        ),
    ),
    rules=(
        Rule("SCALE_EMPTY", "scale_max", lambda: pl.col("scale_max") > pl.col("scale_min")),
        Rule("OFF_SCALE", "score", lambda: pl.col("score").is_between(pl.col("scale_min"), pl.col("scale_max"))),
    ),
)
