"""The words, numbers and dates of the report in both of its languages. Nothing here knows a page or a table."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from markupsafe import Markup, escape

from warehouse.report.figures import SUPPRESSED

Code = Literal["id", "en"]
Kind = Literal["whole", "points", "fine", "share", "signed", "signed_fine", "chance", "rupiah", "date", "month"]

MONTHS = {
    "id": [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
MONTHS_SHORT = {
    "id": ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"],
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
}
DAYS = {
    "id": ["Minggu", "Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu"],
    "en": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
}

WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "state": {
        "MERAH": ("MERAH", "RED"),
        "KUNING": ("KUNING", "YELLOW"),
        "HIJAU": ("HIJAU", "GREEN"),
        "DATA_KURANG": ("DATA KURANG", "TOO LITTLE DATA"),
    },
    "aspect": {
        "MATERI": ("Materi", "Material"),
        "NARASUMBER": ("Narasumber", "Resource person"),
        "METODE": ("Metode", "Method"),
        "PENYELENGGARA": ("Penyelenggara", "Organiser"),
        "SARPRAS": ("Sarana dan prasarana", "Facilities"),
        "MANFAAT": ("Manfaat", "Usefulness"),
        "OVERALL": ("Keseluruhan", "Overall"),
    },
    "cause": {
        "kurikulum": ("kurikulum", "curriculum"),
        "narasumber": ("narasumber", "resource person"),
        "metode": ("metode", "method"),
        "penyelenggara": ("penyelenggara", "organiser"),
    },
    "status": {
        "terbuka": ("terbuka, belum ada keputusan", "open, nothing decided yet"),
        "ditindaklanjuti": ("sudah diputuskan, hasil belum terlihat", "decided, result not yet seen"),
        "selesai": ("selesai: angkatan sesudahnya hijau", "resolved: later batches are green"),
        "berlanjut": ("berlanjut: angkatan sesudahnya belum hijau", "persists: later batches are not green"),
        "tidak_ada": ("tidak perlu", "none needed"),
    },
    "result": {
        "selesai": ("selesai", "resolved"),
        "berlanjut": ("berlanjut", "persists"),
        "belum dapat dinilai": ("belum dapat dinilai", "cannot be judged yet"),
    },
    "contradiction": {
        "tidak_disukai_tetapi_efektif": ("tidak disukai, tetapi hasil belajar tinggi", "disliked, yet much is learnt"),
        "disukai_tetapi_tidak_efektif": ("disukai, tetapi hasil belajar rendah", "liked, yet little is learnt"),
    },
    "design": {
        "randomised": ("diundi", "by lot"),
        "nominated": ("ditunjuk", "nominated"),
        "self_selected": ("mendaftar sendiri", "self-selected"),
        "unknown": ("tidak diketahui", "unknown"),
    },
    "claim": {
        "effect": ("dapat dibaca sebagai pengaruh", "may be read as an effect"),
        "change": ("perubahan, bukan bukti pengaruh", "a change, no proof of an effect"),
    },
    "outcome": {
        "numeric_score": ("nilai kinerja", "performance score"),
        "predicate_rank": ("predikat kinerja (1–5)", "performance predicate (1–5)"),
    },
    "observer": {
        "self": ("diri sendiri", "the person"),
        "supervisor": ("atasan", "supervisor"),
        "peer": ("rekan kerja", "peers"),
    },
    "method": {
        "tatap_muka": ("tatap muka", "face to face"),
        "seminar": ("seminar", "seminar"),
        "workshop": ("lokakarya", "workshop"),
        "bimbingan_teknis": ("bimbingan teknis", "technical guidance"),
        "e_learning": ("e-learning", "e-learning"),
        "blended": ("campuran", "blended"),
        "other": ("lainnya", "other"),
        "unknown": ("tidak diketahui", "unknown"),
    },
    "measure": {
        "satisfaction": ("indeks kepuasan", "satisfaction index"),
        "gain": ("kenaikan hasil belajar", "learning gain"),
        "behaviour": ("perubahan perilaku", "behaviour change"),
        "cost_per_participant": ("biaya per peserta", "cost per participant"),
        "cost_per_gain_point": ("biaya per poin kenaikan", "cost per point gained"),
    },
    "dose": {
        "none": ("tanpa pelatihan", "no training"),
        "low": ("di bawah median", "below the median"),
        "high": ("median ke atas", "median or more"),
        "unknown": ("jumlah pegawai tidak diketahui", "number of employees unknown"),
    },
    "employment": {
        "PNS": ("PNS", "PNS"),
        "PPPK": ("PPPK", "PPPK"),
        "PPPK_PARUH_WAKTU": ("PPPK paruh waktu", "PPPK part-time"),
        "other": ("lainnya", "other"),
    },
    "project": {
        "kritis": ("kritis", "critical"),
        "terlambat": ("terlambat", "late"),
        "sesuai": ("sesuai rencana", "on plan"),
        "belum_mulai": ("belum mulai", "not started"),
    },
    "delivery": {
        "accepted": ("Semua baris diterima", "All rows accepted"),
        "partly_refused": ("Sebagian baris ditolak, sisanya dipakai", "Some rows refused, the rest is used"),
        "refused": ("Berkas ditolak, tidak ada yang dipakai", "File refused, none of it is used"),
        "held": ("Berkas ditahan, menunggu perbaikan", "File held until it is mended"),
        "duplicate": (
            "Isi sama dengan berkas lain, tidak dibaca dua kali",
            "Same content as another file, not read twice",
        ),
    },
    "severity": {"error": ("gagal", "failed"), "warning": ("peringatan", "warning")},
    "instructor_type": {
        "widyaiswara": ("widyaiswara", "career trainer (widyaiswara)"),
        "praktisi": ("praktisi", "practitioner"),
        "pakar": ("pakar", "expert"),
        "narasumber_lainnya": ("narasumber lainnya", "other resource person"),
    },
    "source": {
        "assessments": ("tes peserta", "tests"),
        "attendance": ("daftar hadir", "attendance"),
        "classes": ("kelas (angkatan)", "classes"),
        "employees": ("pegawai", "employees"),
        "enrolments": ("peserta", "participants"),
        "follow_ups": ("tindak lanjut", "follow-ups"),
        "instructors": ("narasumber", "resource persons"),
        "observations": ("pengamatan perilaku", "observations"),
        "performance": ("kinerja (SKP)", "performance (SKP)"),
        "programs": ("program", "programs"),
        "projects": ("proyek", "projects"),
        "service_satisfaction": ("survei kepuasan masyarakat", "public satisfaction survey"),
        "sessions": ("sesi", "sessions"),
        "survey_responses": ("survei peserta", "participants' survey"),
        "units": ("unit kerja", "units"),
    },
}
"""Kind of code → code → (Bahasa Indonesia, English)."""


@dataclass(frozen=True)
class Words:
    """One language. Every method returns text that is safe to put into a page."""

    code: Code

    def say(self, indonesian: str, english: str, **values: Any) -> Markup:
        """The phrase of this language; `{name}` stands for an (escaped) value. Phrases are ours, hence trusted."""
        return Markup(indonesian if self.code == "id" else english).format(**values)

    def word(self, kind: str, code: str | None) -> Markup:
        """The word for a code of the warehouse; a code without a word stands for itself, none is unknown."""
        if code is None:
            return self.unknown()
        pair = WORDS[kind].get(code)
        return escape(code) if pair is None else Markup(pair[self.code == "en"])

    def unknown(self) -> Markup:
        """What stands where a number is not known; never a zero."""
        word = self.say("tidak diketahui", "unknown")
        return Markup(
            '<span class="gap" title="{0}"><span aria-hidden="true">–</span><span class="unseen">{0}</span></span>'
        ).format(word)

    def hidden(self) -> Markup:
        """What stands where a number would tell about a small group."""
        word = self.say("disembunyikan (kelompok kecil)", "hidden (small group)")
        return Markup('<span class="gap">{}</span>').format(word)

    def show(self, value: Any, kind: Kind) -> Markup:
        """A value as this language writes it; `share` takes 0–1, `rupiah` whole rupiah, `signed` shows its plus."""
        if value is SUPPRESSED:
            return self.hidden()
        if value is None:
            return self.unknown()
        return escape(self.plain(value, kind))

    def plain(self, value: Any, kind: Kind) -> str:
        """The same as text without markup, for charts and documents; empty where the value is not known."""
        if value is None or value is SUPPRESSED:
            return ""
        if kind == "date":
            return self.date(value)
        if kind == "month":
            return f"{MONTHS[self.code][value.month - 1]} {value.year}"
        if kind == "rupiah":
            return ("−" if value < 0 else "") + "Rp" + self.number(abs(value), 0)
        if kind == "share":
            return self.number(100 * value, 1) + ("\u00a0%" if self.code == "id" else "%")
        if kind == "chance":
            return "< " + self.number(0.001, 3) if value < 0.001 else self.number(value, 3)
        digits = {"whole": 0, "points": 1, "fine": 2, "signed": 1, "signed_fine": 2}[kind]
        text = self.number(value, digits)
        return "+" + text if kind.startswith("signed") and value > 0 and text.strip("0.,") else text

    def number(self, value: float, digits: int) -> str:
        """`1234.5` as 1.234,5 or 1,234.5, with a true minus sign."""
        text = f"{abs(value):,.{digits}f}"
        if self.code == "id":
            text = text.translate(str.maketrans(",.", ".,"))
        return "−" + text if value < 0 and text.strip("0.,") else text

    def date(self, day: dt.date) -> str:
        """24 November 2026 in either language."""
        return f"{day.day} {MONTHS[self.code][day.month - 1]} {day.year}"

    def interval(self, low: Any, high: Any, kind: Kind) -> Markup:
        """`1,2 s.d. 3,4`, or unknown where either end is."""
        for end in (low, high):
            if end is None or end is SUPPRESSED:
                return self.show(end, kind)
        return self.say(
            '<span class="range">{low} s.d. {high}</span>',
            '<span class="range">{low} to {high}</span>',
            low=self.show(low, kind),
            high=self.show(high, kind),
        )

    def cell(self, value: Any, kind: Kind) -> Markup:
        """A table cell with its sort key; what is not known has none and sorts last."""
        key = value.isoformat() if isinstance(value, dt.date) else value
        known = value is not None and value is not SUPPRESSED
        attribute = Markup(' data-v="{}"').format(key) if known else Markup("")
        look = ' class="day"' if kind in ("date", "month") else ' class="n"'
        return Markup("<td{}{}>{}</td>").format(Markup(look), attribute, self.show(value, kind))

    def native(self, text: str | None) -> Markup:
        """A sentence of the warehouse, which is in Bahasa Indonesia: marked as such on pages in another language."""
        if text is None:
            return self.unknown()
        text = text.replace(" %", "\u00a0%")
        return escape(text) if self.code == "id" else Markup('<span lang="id">{}</span>').format(text)

    @property
    def format_locale(self) -> dict[str, Any]:
        """Numbers of charts, as d3-format wants them."""
        if self.code == "en":
            return {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["Rp", ""]}
        return {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["Rp", ""], "percent": "\u00a0%"}

    @property
    def time_format_locale(self) -> dict[str, Any]:
        """Dates of charts, as d3-time-format wants them."""
        return {
            "dateTime": "%A %e %B %Y %X",
            "date": "%d/%m/%Y",
            "time": "%H:%M:%S",
            "periods": ["AM", "PM"],
            "days": DAYS[self.code],
            "shortDays": [day[:3] for day in DAYS[self.code]],
            "months": MONTHS[self.code],
            "shortMonths": MONTHS_SHORT[self.code],
        }


INDONESIAN, ENGLISH = Words("id"), Words("en")
