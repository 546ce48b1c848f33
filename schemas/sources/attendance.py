"""attendance: presence, session by session."""

from schemas.contract import column, source

CONTRACT = source(
    "attendance",
    description="Presence of each participant in each session. An empty cell is unknown, not absent.",
    grain="class × session × employee",
    key=("class_id", "session_no", "employee_id"),
    columns=(
        column("class_id", references="classes"),
        column("session_no"),
        column("employee_id", references="employees"),
        column(
            "status",
            type="text",
            description="Presence as signed.",
            label="Status kehadiran",
            aliases=("Status", "Kehadiran", "Presensi"),
            blank="unknown",
            values={
                "hadir": ("h", "v", "√", "✓", "✔", "1", "paraf"),
                "izin": ("i", "ijin"),
                "sakit": ("s",),
                "alpa": ("a", "alpha", "tk", "tanpa keterangan", "tidak absen"),
                "dinas luar": ("dl", "dinas_luar"),
                "cuti": ("c",),
                "unknown": ("tidak diketahui",),
            },
        ),
    ),
)
