"""enrolments: who was sent to which class, and with what result; and who wanted to come and was not let in."""

from schemas.contract import column, source

CONTRACT = source(
    "enrolments",
    description="Participants of the classes, their completion, result and certificate; and applicants without a place, where a lot was drawn or a waiting list kept.",
    grain="class × employee",
    key=("class_id", "employee_id"),
    columns=(
        column("class_id", references="classes"),
        column("employee_id", references="employees"),
        column(
            "status",
            type="text",
            description="State of the enrolment. not_drawn: the lot left the person out. waiting: on the waiting list.",
            label="Status keikutsertaan",
            reader="remark",
            aliases=("Status kepesertaan", "Status peserta", "Status penyelesaian", "Hasil Undian", "Hasil Pengundian"),
            values={
                "registered": (
                    *("terdaftar", "terpilih", "lolos undian", "terpilih undian"),
                    *("peserta", "peserta aktif", "aktif", "sedang mengikuti", "masih mengikuti"),
                    *("in progress", "not started", "belum selesai", "belum mulai", "sedang berlangsung"),
                ),
                "completed": ("selesai", "tuntas", "selesai mengikuti", "menyelesaikan"),
                "withdrawn": ("mengundurkan diri", "mundur"),
                "not_drawn": ("tidak terpilih", "tidak lolos undian", "tidak terpilih undian", "kalah undian"),
                "waiting": ("daftar tunggu", "cadangan"),
            },
        ),
        column("outcome"),
        column(
            "certificate_no",
            type="text",
            nullable=True,
            description="Number of the certificate.",
            label="Nomor sertifikat",
            aliases=(
                *("No. Sertifikat", "Nomor STTP", "No. STTP", "Nomor STTPP", "No. STTPP"),
                *("Nomor Piagam", "No. Piagam", "Nomor STTPL", "No. STTPL"),
            ),
        ),
        column("certificate_jp", is_of_row=True),
    ),
)
