"""enrolments: who was sent to which class, and with what result."""

from schemas.contract import column, source

CONTRACT = source(
    "enrolments",
    description="Participants of the classes, their completion, result and certificate.",
    grain="class × employee",
    key=("class_id", "employee_id"),
    columns=(
        column("class_id", references="classes"),
        column("employee_id", references="employees"),
        column(
            "status",
            type="text",
            description="State of the enrolment.",
            label="Status keikutsertaan",
            values={
                "registered": ("terdaftar",),
                "completed": ("selesai",),
                "withdrawn": ("mengundurkan diri", "mundur"),
            },
        ),
        column("outcome"),
        column(
            "certificate_no",
            type="text",
            nullable=True,
            description="Number of the certificate.",
            label="Nomor sertifikat",
        ),
        column("certificate_jp"),
    ),
)
