"""programs: what is taught, by curriculum version."""

from schemas.contract import column, source
from schemas.fields import FIELDS

CONTRACT = source(
    "programs",
    description="Training programs and the versions of their curricula.",
    grain="program × curriculum version",
    key=("program_code", "curriculum_version"),
    columns=(
        column("program_code", aliases=(*FIELDS["program_code"].aliases, "Kode")),
        column("program_name"),
        column("competency_area"),
        column("curriculum_version", nullable=True, blank="1"),
        column("version_valid_from"),
        column(
            "objectives",
            type="text",
            nullable=True,
            description="What participants can do afterwards.",
            label="Tujuan pelatihan",
            aliases=("Tujuan", "Tujuan pembelajaran", "Capaian pembelajaran"),
        ),
    ),
)
