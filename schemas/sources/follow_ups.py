"""follow_ups: what was decided about a flag."""

from schemas.contract import column, source

CONTRACT = source(
    "follow_ups",
    description="Decisions taken on curriculum flags, and whether they were carried out.",
    grain="flag × action × day of the decision",
    key=("flag_id", "action", "decided_on"),
    columns=(
        column("flag_id", aliases=("Kode flag", "ID tanda")),
        column(
            "action",
            type="text",
            description="What is to be done.",
            label="Tindakan",
            aliases=(
                "Tindak lanjut",
                "Rencana tindak lanjut",
                "RTL",
                "Rencana aksi",
                "Rencana perbaikan",
                "Tindakan perbaikan",
            ),
        ),
        column(
            "owner",
            type="text",
            nullable=True,
            description="Office in charge.",
            label="Penanggung jawab",
            aliases=(
                *("Penanggungjawab", "PIC", "Penanggung jawab (PIC)", "PIC / Penanggung jawab"),
                *("Unit penanggung jawab", "OPD penanggung jawab"),
            ),
        ),
        column(
            "decided_on",
            type="date",
            is_past=True,
            description="Day of the decision.",
            label="Tanggal keputusan",
            aliases=("Tanggal diputuskan", "Tanggal penetapan"),
            vague=("Tanggal rapat",),
        ),
        column(
            "due_on",
            type="date",
            is_deadline=True,
            unsaid=("segera", "secepatnya", "sesegera mungkin"),
            nullable=True,
            description="Day by which it is due.",
            label="Tenggat",
            aliases=(
                *("Batas waktu", "Tenggat waktu", "Target selesai", "Target waktu", "Target penyelesaian"),
                *("Deadline", "Jatuh tempo", "Tanggal jatuh tempo", "Tanggal target", "Target tanggal"),
            ),
        ),
        column(
            "done_on",
            type="date",
            is_past=True,
            unsaid=(
                *(
                    "belum",
                    "belum selesai",
                    "belum dilaksanakan",
                    "belum ada",
                    "proses",
                    "dalam proses",
                    "masih proses",
                ),
                *("sedang berjalan", "on progress", "on going", "ongoing"),
            ),
            nullable=True,
            description="Day on which it was done.",
            label="Tanggal selesai",
            aliases=("Tanggal penyelesaian", "Tanggal realisasi"),
        ),
        column(
            "new_curriculum_version",
            type="text",
            reader="version",
            nullable=True,
            description="Version that answers the flag.",
            label="Versi kurikulum baru",
            aliases=("Versi baru", "Kurikulum baru"),
        ),
    ),
)
