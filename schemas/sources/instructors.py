"""instructors: the resource persons (narasumber)."""

from schemas.contract import column, source
from schemas.fields import FIELDS

NAMES = (
    *("Nama lengkap", "Nama pengajar", "Nama widyaiswara", "Nama fasilitator", "Nama instruktur", "Nama pemateri"),
    *("Nama narasumber/pengajar", "Nama narasumber/fasilitator"),
)
"""Further headings over their names."""

CONTRACT = source(
    "instructors",
    description="Resource persons (narasumber) who teach; they act in a public role.",
    grain="instructor",
    key=("instructor_id",),
    columns=(
        column("instructor_id", aliases=(*FIELDS["instructor_id"].aliases, "Kode")),
        # A narasumber's name may be published (policy), an employee's may not: hence another privacy class.
        column(
            "full_name",
            privacy="public",
            nullable=True,
            label="Nama narasumber",
            aliases=(*FIELDS["full_name"].aliases, *NAMES),
            vague=("Narasumber",),
        ),
        column("instructor_type"),
        column("affiliation"),
        column(
            "competencies",
            type="text",
            nullable=True,
            description="Fields the narasumber is competent in.",
            label="Kompetensi",
            aliases=("Keahlian", "Bidang Keahlian", "Bidang Kompetensi", "Spesialisasi"),
        ),
    ),
)
