"""How the sample city's offices write their files: plain CSV with a few broken rows, and a few files as people make them.

Belongs here: from rows to files, and the record of what is broken or odd in them.
Does not belong here: the rows themselves (`deliveries`), bytes of workbooks (`workbooks`).

Odd files are of two kinds. Those that a shipped profile reads carry the only copy of their rows. Those that nothing reads yet
(lists that do not name their class, reports of meetings, what is damaged) must be refused by name; what they say stands in
another file, too, so that no planted truth hangs on them. Each kind comes once in some months, so they are a small share.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from warehouse.sample.answers import forms_of
from warehouse.sample.courses import City, Class
from warehouse.sample.workbooks import ods, xls, xlsx
from warehouse.sample.world import INSTRUCTOR_NIP, SEEDS, Row, name_words

TURNS = 3  # kinds of odd files come in so many turns, one a month, in a long city one every other month
MARKS = ("H", "I", "S", "A", "DL", "C", "")
"""What stands in a list for each of ATTENDANCE; a cell is left empty where nobody knows."""
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
          "Desember")  # fmt: skip
WORDS = {
    4: ("Sangat Tidak Setuju", "Tidak Setuju", "Setuju", "Sangat Setuju"),
    5: ("Sangat Tidak Setuju", "Tidak Setuju", "Netral", "Setuju", "Sangat Setuju"),
}
"""What the agency's form calls its points."""
QUESTIONS = {
    "M1": "Materi [Kesesuaian dengan kebutuhan]", "M2": "Materi [Kemutakhiran contoh]", "T1": "Metode [Cara penyampaian]",
    "P1": "Penyelenggaraan [Pelayanan panitia]", "P2": "Penyelenggaraan [Ketepatan jadwal]",
    "S1": "Sarana [Kenyamanan ruang]", "F1": "Manfaat [Dapat diterapkan]", "O1": "Keseluruhan",
    "N1": "Penguasaan materi", "N2": "Cara menjawab",
}  # fmt: skip
"""Item of the form → its grid and row in the agency's form."""


@dataclass
class Landing:
    """Writes deliveries and remembers how many rows there are, which are broken, and which files are odd."""

    root: Path
    rng: np.random.Generator
    n_rows: Counter[str] = field(default_factory=Counter)
    defects: list[Row] = field(default_factory=list)
    files: list[Row] = field(default_factory=list)
    planted: pl.DataFrame = field(default_factory=lambda: pl.read_csv(SEEDS / "defects.csv"))

    def write(self, source: str, month: str, stem: str, frame: pl.DataFrame) -> None:
        """Write one source's month as CSV, with the month's defects."""
        if frame.is_empty():
            return
        name = f"{source}/{month}/{stem}.csv"
        frame = self.spoil(name, frame, self.planted.filter(pl.col("source") == source).to_dicts())
        self.n_rows[source] += frame.height
        frame.write_csv(self._path(name))

    def write_odd(self, odd: Odd, month: str) -> None:
        """Write an odd file and take it down."""
        name = f"{odd.folder}/{month}/{odd.name}"
        self._path(name).write_bytes(odd.content)
        about = {"name": name, "kind": odd.kind, "loads": odd.loads, "reason": odd.reason}
        self.files.append(about | {"n_rows": odd.carries.height})

    def _path(self, name: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def spoil(self, name: str, frame: pl.DataFrame, defects: list[Row]) -> pl.DataFrame:
        """Put spoiled copies of rows right after them; `line` is the line of the file, the header being line 1."""
        if not defects:
            return frame
        frame = frame.cast(pl.String).with_row_index("order")
        picked = np.sort(self.rng.choice(frame.height, len(defects), replace=False)).tolist()
        copies = []
        for before, (row, defect) in enumerate(zip(picked, defects, strict=True)):
            column, value = defect["column"], defect["value"]
            copies.append(frame[row].with_columns(pl.lit(value).alias(column)) if column else frame[row])
            place = {"file": name, "line": row + 3 + before, "column": column}
            self.defects.append(place | {"kind": defect["kind"], "value": value})
        return pl.concat([frame, *copies]).sort("order", maintain_order=True).drop("order")


@dataclass(frozen=True)
class Odd:
    """A file as an office made it. `carries` are the rows that no other file has, of the source `of`."""

    folder: str
    name: str
    kind: str
    content: bytes
    reason: str
    loads: bool = False
    of: str = ""
    carries: pl.DataFrame = field(default_factory=pl.DataFrame)


def without_carried(source: str, frame: pl.DataFrame, odd: Sequence[Odd]) -> pl.DataFrame:
    """The source's rows that odd files do not carry: these hold whole classes."""
    gone = {class_id for file in odd if file.of == source for class_id in file.carries["class_id"].unique()}
    return frame.filter(~pl.col("class_id").is_in(gone)) if gone and frame.height else frame


def odd_files(city: City, month: int, frames: Mapping[str, pl.DataFrame]) -> Iterator[Odd]:
    """The month's odd files, made of its rows, by turns."""
    writer = _Writer(city, month, frames)
    since, step = month - city.world.training_from, 2 if city.world.is_long else 1
    turn = since // step % TURNS if since % step == 0 else None
    lists = [klass for klass in city.listed(month) if klass.is_plain_in_attendance]
    forms = [klass for klass in city.classes_of(month) if klass.is_plain_in_answers]
    if not lists:
        return
    first, middle, second = lists[0], lists[len(lists) // 2], lists[-1]
    if turn == 0:
        yield writer.signed_list(first)
        yield from writer.weekly_lists(second)
        yield from (writer.lottery(klass) for klass in city.listed(month)[:TURNS] if len(klass.losers))
        yield from (writer.google_form(klass) for klass in [klass for klass in forms if klass.scale == 4][-1:])
    elif turn == 1:
        yield writer.workbook(second)
        yield from writer.daily_lists(first) if first is not second else ()
        yield writer.teams(first)
        yield writer.old_workbook(middle)
        yield from (writer.google_form(klass) for klass in [klass for klass in forms if klass.scale == 5][-1:])
    elif turn == 2:
        yield writer.workbook(second)
        yield writer.list_by_day(first)
        yield writer.zoom(first)
        yield writer.open_document(middle)
    if month == len(city.world.months) - 1:
        yield writer.unclosed_quote()
        yield writer.damaged(first)


class _Writer:
    """Makes odd files of one month's rows."""

    def __init__(self, city: City, month: int, frames: Mapping[str, pl.DataFrame]) -> None:
        self.world, self.city, self.frames = city.world, city, frames
        self.given = name_words()["female" if month % 2 else "male"]
        self.sender = f"{'Bu' if month % 2 else 'Pak'} {self.given[month % len(self.given)]}"

    def rows(self, source: str, klass: Class) -> pl.DataFrame:
        """The class's rows of a source."""
        return self.frames[source].filter(pl.col("class_id") == klass.class_id)

    def title(self, klass: Class, *more: str) -> list[list[str]]:
        """What stands above a list."""
        about = [f"Pelatihan : {klass.program['program_name']}", f"Angkatan {klass.batch_no}", *more]
        return [["DAFTAR HADIR PESERTA"], *([line] for line in about), []]

    def people(self, klass: Class) -> Iterator[list[str]]:
        """Number, name, NIP as it is printed, and office of each participant."""
        people = self.world.people
        units = self.world.units["unit_name"].to_numpy()[people.unit[klass.month, klass.members]]
        for place, (who, unit) in enumerate(zip(klass.members.tolist(), units.tolist(), strict=True)):
            nip = str(people.employee_id[who])
            printed = f"{nip[:8]} {nip[8:14]} {nip[14]} {nip[15:]}"
            yield [str(place + 1), str(people.full_name[who]), printed, str(unit)]

    def signed_list(self, klass: Class) -> Odd:
        """The whole class on one sheet, with totals and the signatures of those in charge; named after its sender."""
        count = klass.status.shape[1]
        head = ["No", "Nama", "NIP", "Unit Kerja", *(f"Sesi {n + 1}" for n in range(count)), "Ket"]
        lines = [
            [*about, *(MARKS[mark] for mark in marks), ""]
            for about, marks in zip(self.people(klass), klass.status.tolist(), strict=True)
        ]
        totals = ["", "Jumlah hadir", "", "", *(int(n) for n in (klass.status == 0).sum(axis=0)), ""]
        place = f"Tangerang Selatan, {written_day(klass.days[-1])}"
        signer = f"NIP. {INSTRUCTOR_NIP[:8]} {INSTRUCTOR_NIP[8:14]} {INSTRUCTOR_NIP[14]} {INSTRUCTOR_NIP[15:]}"
        below = [["", text] for text in (place, "Mengetahui,", "Kepala Bidang Pengembangan Kompetensi", "", signer)]
        cells: list[list[Any]] = [
            *self.title(klass, f"Kode Kelas : {klass.class_id}"),
            head,
            *lines,
            totals,
            [],
            *below,
        ]
        name = f"Daftar Hadir {klass.class_id} dari {self.sender}.xlsx"
        return Odd(
            "attendance", name, "attendance_signed", xlsx({"Sheet1": cells}), "profile attendance_sheet", loads=True,
            of="attendance", carries=self.rows("attendance", klass),
        )  # fmt: skip

    def weekly_lists(self, klass: Class) -> Iterator[Odd]:
        """Two lists, each with its own sessions; the class stands in the files' names alone."""
        count = klass.status.shape[1]
        for week, part in enumerate(np.array_split(np.arange(count), 2), start=1):
            head = [
                "No",
                "Nama",
                "NIP",
                "Unit Kerja",
                *(f"{written_day(klass.days[s], 'short')} ke-{s + 1}" for s in part),
            ]
            lines = [
                [*about, *(MARKS[mark] for mark in marks[part])]
                for about, marks in zip(self.people(klass), klass.status, strict=True)
            ]
            cells = [*self.title(klass, f"Minggu ke-{week}"), head, *lines]
            name = f"absen minggu {week} {klass.class_id} ({self.sender}).csv"
            yield Odd(
                "attendance", name, "attendance_weekly", text_of(cells, ";"), "profile attendance_sheet", loads=True,
                of="attendance", carries=self.rows("attendance", klass).filter(pl.col("session_no").is_in((part + 1).tolist())),
            )  # fmt: skip

    def _day(self, klass: Class, day: np.datetime64, *, is_numbered: bool) -> tuple[list[list[str]], pl.DataFrame]:
        """The list of one day, whose date stands in the title, and the rows that it carries."""
        sessions = np.flatnonzero(klass.days == day)
        parts = ["Pagi", "Siang"] if len(sessions) == 2 else ["Kehadiran"]
        if is_numbered:
            parts = [f"Pertemuan {session + 1}" for session in sessions]
        marks = klass.status[:, sessions].tolist()
        lines = [[*who, *(MARKS[mark] for mark in own)] for who, own in zip(self.people(klass), marks, strict=True)]
        about = self.title(klass, f"Kode Kelas : {klass.class_id}", f"Hari/Tanggal : {written_day(day, 'long')}")
        rows = self.rows("attendance", klass).filter(pl.col("session_no").is_in((sessions + 1).tolist()))
        return [*about, ["No", "Nama", "NIP", "Unit Kerja", *parts], *lines], rows

    def daily_lists(self, klass: Class) -> Iterator[Odd]:
        """A list a day; which session it is about is told by the day in its title alone."""
        for day in np.unique(klass.days):
            cells, rows = self._day(klass, day, is_numbered=False)
            name = f"absen {klass.class_id} tgl {np.datetime_as_string(day)}.xlsx"
            yield Odd(
                "attendance", name, "attendance_daily", xlsx({"Sheet1": cells}), "profile attendance_sheet", loads=True,
                of="attendance", carries=rows,
            )  # fmt: skip

    def list_by_day(self, klass: Class) -> Odd:
        """A workbook with a sheet per day."""
        days = {
            f"Hari {number}": self._day(klass, day, is_numbered=True)
            for number, day in enumerate(np.unique(klass.days), start=1)
        }
        return Odd(
            "attendance", f"{klass.class_id} per hari.xlsx", "attendance_sheet_per_day",
            xlsx({name: cells for name, (cells, _) in days.items()}), "profile attendance_sheet", loads=True,
            of="attendance", carries=pl.concat(rows for _, rows in days.values()),
        )  # fmt: skip

    def _join(self, klass: Class) -> Iterator[tuple[str, str, str, str, int]]:
        """Name, mail, join, leave and minutes of each who was there on the first day, as a meeting's host sees them."""
        rng = self.world.rng(10, klass.number)
        people, day = self.world.people, str(klass.days[0])
        for who in klass.members[klass.status[:, 0] == 0].tolist():
            late, minutes = int(rng.integers(0, 25)), int(rng.integers(120, 175))
            leave = 8 * 60 + late + minutes
            mail = f"p{who:05d}@tangerangselatankota.example"
            yield (
                str(people.full_name[who]), mail, f"{day} 08:{late:02d}", f"{day} {leave // 60:02d}:{leave % 60:02d}",
                minutes,
            )  # fmt: skip

    def teams(self, klass: Class) -> Odd:
        """A Teams attendance report: three tables below each other, in UTF-16, with tabs."""
        joined = list(self._join(klass))
        head = ["Name", "First Join", "Last Leave", "In-Meeting Duration", "Email", "Participant ID (UPN)", "Role"]
        cells = [
            ["1. Summary"], ["Meeting title", klass.program["program_name"]],
            ["Attended participants", str(len(joined))], [], ["2. Participants"], head,
            *([n, j, x, f"{m // 60}h {m % 60}m", e, e, "Attendee"] for n, e, j, x, m in joined), [],
            ["3. In-Meeting Activities"], ["Name", "Join Time", "Leave Time", "Duration", "Email", "Role"],
            *([n, j, x, f"{m // 60}h {m % 60}m", e, "Attendee"] for n, e, j, x, m in joined),
        ]  # fmt: skip
        name = f"{klass.program['program_name']} - Attendance report {klass.days[0]}.csv"
        content = text_of(cells, "\t").decode().encode("utf-16")
        return Odd("attendance", name, "teams_report", content, "the title of the meeting names no class")

    def zoom(self, klass: Class) -> Odd:
        """A Zoom report of participants: by name and mail, minute by minute."""
        head = ["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)", "Guest"]
        meeting = ["8123 4567 890", klass.program["program_name"], str(klass.days[0])]
        joined = ([name, mail, join, leave, str(n), "No"] for name, mail, join, leave, n in self._join(klass))
        cells = [["Meeting ID", "Topic", "Start Time"], meeting, [], head, *joined]
        name = f"participants_{klass.class_id}.csv"
        return Odd("attendance", name, "zoom_report", text_of(cells, ","), "the topic of the meeting names no class")

    def workbook(self, klass: Class) -> Odd:
        """Attendance in the contract's own columns, as a workbook."""
        frame = self.rows("attendance", klass)
        content = xlsx({"Sheet1": [frame.columns, *frame.iter_rows()]})
        return Odd(
            "attendance", f"{klass.class_id}.xlsx", "workbook", content, "the contract's own columns", loads=True,
            of="attendance", carries=frame,
        )  # fmt: skip

    def old_workbook(self, klass: Class) -> Odd:
        """The same from a machine with Excel 97."""
        frame = self.rows("attendance", klass)
        content = xls([frame.columns, *frame.iter_rows()])
        return Odd(
            "attendance", f"{klass.class_id}.xls", "xls", content, "the contract's own columns", loads=True,
            of="attendance", carries=frame,
        )  # fmt: skip

    def open_document(self, klass: Class) -> Odd:
        """The same from LibreOffice."""
        frame = self.rows("attendance", klass)
        content = ods([frame.columns, *frame.iter_rows()])
        return Odd(
            "attendance", f"{klass.class_id}.ods", "ods", content, "the contract's own columns", loads=True,
            of="attendance", carries=frame,
        )  # fmt: skip

    def lottery(self, klass: Class) -> Odd:
        """Who wanted to come, and whom the lot let in."""
        ids = self.world.people.employee_id
        drawn = [*((who, "ya") for who in klass.members.tolist()), *((who, "tidak") for who in klass.losers.tolist())]
        cells = [["class_id", "employee_id", "terpilih"], *([klass.class_id, str(ids[who]), got] for who, got in drawn)]
        name = f"hasil undian {klass.class_id}.csv"
        return Odd(
            "enrolments", name, "lottery", text_of(cells, ","), "who won is told by a column that no layout knows"
        )

    def google_form(self, klass: Class) -> Odd:
        """The agency's form as Google exports it, with grids; who sent it twice is one mail address."""
        forms = forms_of(self.city, klass)
        head = ["Cap waktu", "Kode Kelas", "Alamat Email"]
        head += [
            f"Narasumber {who} [{QUESTIONS[code]}]" if who else QUESTIONS[code]
            for code, who in zip(forms.codes, forms.judged, strict=True)
        ]
        words = WORDS[klass.scale]
        lines = [
            [f"{np.datetime64(sent).item():%d/%m/%Y %H:%M:%S}", klass.class_id, f"r{who:05d}@mail.example",
             *(words[score - 1] for score in scores), comment or ""]
            for sent, who, scores, comment in zip(
                forms.sent, klass.members[forms.who].tolist(), forms.scores.tolist(), forms.comments, strict=True
            )
        ]  # fmt: skip
        folder = f"google_form_{klass.scale}"
        return Odd(
            folder, f"Evaluasi {klass.class_id} (Jawaban).csv", folder, text_of([[*head, "Saran"], *lines], ","),
            f"profile {folder}", loads=True, of="survey_responses", carries=self.rows("survey_responses", klass),
        )  # fmt: skip

    def unclosed_quote(self) -> Odd:
        """The month's list again, with a quote that is opened in its first row and never closed."""
        lines = self.frames["attendance"].write_csv().splitlines(keepends=True)
        lines[1] = '"' + lines[1]
        content = "".join(lines).encode()
        return Odd("attendance", "daftar_hadir (salinan).csv", "unclosed_quote", content, "a quote is never closed")

    def damaged(self, klass: Class) -> Odd:
        """A workbook of which the last part did not arrive."""
        whole = self.workbook(klass).content
        name = f"{klass.class_id} (unduhan).xlsx"
        return Odd("attendance", name, "damaged", whole[: len(whole) * 3 // 5], "the last two fifths did not arrive")


def text_of(cells: Sequence[Sequence[Any]], delimiter: str) -> bytes:
    """Rows as text in UTF-8."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(cells)
    return out.getvalue().encode()


def written_day(day: np.datetime64, style: str = "") -> str:
    """A day as people write it: 3 Agustus 2026; `short`: Senin 03/08; `long`: Senin, 3 Agustus 2026."""
    date = day.astype("datetime64[D]").item()
    weekday, plain = DAYS[date.weekday()], f"{date.day} {MONTHS[date.month - 1]} {date.year}"
    return {"short": f"{weekday} {date:%d/%m}", "long": f"{weekday}, {plain}"}.get(style, plain)
