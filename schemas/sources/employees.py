"""employees: who works where, month by month."""

import polars as pl

from schemas.contract import Rule, column, source

UNITS = (
    *("Nama OPD", "Nama Unit Kerja", "Nama Unit", "Nama Perangkat Daerah", "Nama SKPD", "Unit Organisasi"),
    *("Instansi/Unit Kerja", "Unit Kerja/Instansi", "Tempat Tugas", "Asal OPD", "Asal Unit Kerja"),
)
"""Headings over the names of offices, which in a list of units are no codes."""

CONTRACT = source(
    "employees",
    description="Full picture of all employees in a month; slowly changing history comes from the sequence of pictures.",
    grain="employee × snapshot month",
    key=("employee_id",),
    snapshot=True,
    columns=(
        column("employee_id"),
        column("full_name"),
        column("employment_type"),
        column("unit_code", references="units", vague=UNITS),
        column("position_title"),
        column("position_group"),
        column("grade"),
        column("education_level"),
        column(
            "email",
            type="text",
            nullable=True,
            privacy="identifier",
            description="Mail address of the office: tells who somebody is in reports of meetings and learning platforms.",
            label="Surel",
            aliases=("Email", "E-mail", "Alamat surel", "Alamat email", "Email dinas", "Email aktif"),
        ),
    ),
    rules=(
        # "IV" alone is golongan IV of a PPPK or a PNS golongan without its ruang: the kind of appointment decides.
        Rule(
            "GRADE_UNCLEAR",
            "grade",
            lambda: (pl.col("employment_type") != "PNS") | pl.col("grade").str.contains("/", literal=True),
        ),
    ),
)
