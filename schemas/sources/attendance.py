"""attendance: presence, session by session."""

import polars as pl

from schemas.contract import Rule, column, source
from schemas.fields import LAST_NUMBER

ABSENT = (
    *("a", "alpha", "tk", "tanpa keterangan", "tanpa ket", "tidak ada keterangan", "mangkir", "bolos", "tidak absen"),
    *("th", "tidak hadir", "tdk hadir", "tdk. hadir", "tak hadir", "tidak", "absent"),
    *("saya tidak hadir", "tidak dapat hadir", "tidak bisa hadir", "tdk dapat hadir", "tdk bisa hadir"),
)
"""What is written for who was away without a word why: in the first line that there was none, in the others nothing of it."""
OFFICIAL = (
    "dl",
    "dinas",
    "tugas luar",
    "tugas dinas",
    "perjalanan dinas",
    "perjadin",
    "official duty",
    "business trip",
)
LEAVE = (
    "c",
    *(f"cuti {kind}" for kind in ("tahunan", "besar", "bersama", "sakit", "melahirkan", "alasan penting", "haji")),
    *("on leave", "annual leave", "maternity leave"),
)
PRESENT = (
    *("h", "v", "√", "✓", "✔", "🗸", "☑", "✅", "•", "●", "1", "paraf", "ttd", "tanda tangan"),
    *("tepat waktu", "hadir tepat waktu", "terlambat", "hadir terlambat", "hdr", "present", "ya"),
    *("late", "true", "saya hadir"),
    *("ü", "þ"),
)
"""What is written for who was there; the last two are the tick and the ticked box of the font Wingdings, of which a workbook keeps the letter."""


def _is_session() -> pl.Expr:
    """A number, or a day as yyyymmdd, or a part of a day as yyyymmddnn."""
    number = pl.col("session_no")
    day = pl.when(number > 99_999_999).then(number // 100).otherwise(number)
    is_day = (
        day.is_between(19_900_101, 20_991_231) & (day // 100 % 100).is_between(1, 12) & (day % 100).is_between(1, 31)
    )
    return (number <= LAST_NUMBER) | is_day


CONTRACT = source(
    "attendance",
    description="Presence of each participant in each session. An empty cell is unknown, not absent.",
    grain="class × session × employee",
    key=("class_id", "session_no", "employee_id"),
    columns=(
        column("class_id", references="classes"),
        column(
            "session_no",
            maximum=None,
            reader="session",
            is_past=True,
            description="Number of the session within the class, from 1; where a list tells only its day, the day as yyyymmdd, "
            "and a part of it as yyyymmddnn.",
        ),
        column("employee_id", references="employees"),
        column(
            "status",
            type="text",
            description="Presence as signed.",
            label="Status kehadiran",
            aliases=("Status", "Kehadiran", "Presensi"),
            blank="unknown",
            reader="presence",
            values={
                "hadir": PRESENT,
                "izin": ("i", "ijin", "permission", "permit", "excused"),
                "sakit": ("s", "izin sakit", "ijin sakit", "sick", "sick leave"),
                "alpa": ABSENT,
                "dinas luar": OFFICIAL,
                "cuti": LEAVE,
                # A box that nobody ticked is an empty cell.
                "unknown": ("tidak diketahui", "false"),
            },
        ),
    ),
    rules=(Rule("NOT_A_SESSION", "session_no", _is_session),),
)
