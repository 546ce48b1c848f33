"""units: the organisation, month by month."""

import re

from schemas.contract import column, source
from schemas.fields import FIELDS

OFFICES = tuple(text for text in FIELDS["unit_code"].aliases if not re.search("Nama|Induk|Kode", text))
"""Headings over codes of offices, or over their names where codes stand beside them."""

CONTRACT = source(
    "units",
    description="Full picture of the organisation in a month: offices, technical units, districts and villages.",
    grain="unit × snapshot month",
    key=("unit_code",),
    snapshot=True,
    columns=(
        column(
            "unit_code",
            aliases=(
                *OFFICES,
                *(text for text in FIELDS["unit_code"].aliases if "Kode" in text),
                "Kode",
                "Kode SKPD",
                "Kode Satker",
                "Kode UNOR",
                "Kode Perangkat Daerah",
                "ID Unit",
            ),
            wider=OFFICES,
        ),
        column("unit_name", codes="unit_code"),
        column("parent_unit_code", references="units"),
        column(
            "unit_type",
            nullable=True,
            aliases=(
                "Jenis",
                "Jenis OPD",
                "Tipe",
                "Tipe unit",
                "Tipe OPD",
                "Jenis Perangkat Daerah",
                "Jenis Unit Kerja",
            ),
        ),
    ),
)
