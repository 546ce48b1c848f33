"""The one-page summary for a meeting, as a PDF in the city's own language."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import typst

from warehouse.evaluation import effects
from warehouse.evaluation.flags import rules
from warehouse.evaluation.rule import FLAGGED
from warehouse.report import figures as fg
from warehouse.report.figures import Figures, Row
from warehouse.report.words import Words, words_of

TEMPLATE = Path(__file__).parent / "summary.typ"
RESULTS = 5
"""Follow-ups that are reported, newest first, and effects."""


def summary_pdf(figures: Figures, file: Path) -> None:
    """Write the summary of a version as one A4 page to `file`.

    What is overdue comes first, then red flags, then yellow ones; those that do not fit are counted. The same tables give the same bytes.
    """
    # The most flags that leave everything on one page: only the layout can tell.
    low, high = 0, len(figures.raised)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _pages(figures, middle) == 1 else (low, middle - 1)
    pdf = typst.compile(TEMPLATE, format="pdf", ignore_system_fonts=True, sys_inputs=_inputs(figures, low))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pdf)


def _pages(figures: Figures, shown: int) -> int:
    """How many pages the document takes with this many flags listed."""
    inputs = _inputs(figures, shown)
    pages = typst.query(TEMPLATE, "<pages>", field="value", one=True, ignore_system_fonts=True, sys_inputs=inputs)
    return int(json.loads(pages))


def _inputs(figures: Figures, shown: int) -> dict[str, str]:
    return {"data": json.dumps(_content(figures, shown), ensure_ascii=False)}


def _content(figures: Figures, shown: int) -> dict[str, Any]:
    """What the page says, as plain text; `shown` flags are listed and the others counted."""
    words = words_of(figures.languages[0])
    limits = figures.limits
    late = {row["flag_id"]: row["due_on"] for row in figures.rows["follow_ups"] if row["is_overdue"]}
    raised = sorted(figures.raised, key=lambda flag: flag["flag_id"] not in late)
    names = {row["program_code"]: row["program_name"] for row in figures.rows["versions"]}
    left = [flag["state"] for flag in raised[shown:]]
    parts = [f"{left.count(state)} {_word(words, 'state', state)}" for state in FLAGGED[::-1] if state in left]
    results = figures.rows["follow_ups"]
    proven = [
        row
        for row in figures.rows["performance"]
        if row["outcome"] == "numeric_score" and row["evidence_grade"] in effects.PROVEN
    ]

    def say(phrase: str, **values: Any) -> str:
        return words.spoken.say(phrase).format(**values)

    return {
        "title": say("Ringkasan evaluasi diklat"),
        "day": say("Per {day}", day=words.date(figures.as_of)),
        "headline": say(
            "{n_waiting} dari {n_programs} program menunggu keputusan, {n_overdue} lagi terlambat",
            **fg.standing(figures),
        ),
        "counts": say(
            "{n_red} tanda merah dan {n_yellow} kuning: {n_waiting} menunggu keputusan, {n_decided} sudah diputuskan. "
            "{n_resolved} tanda sudah teratasi, {n_overdue} tindak lanjut melewati tenggat.",
            **fg.headline(figures),
        ),
        "none": say("Tidak ada tanda merah atau kuning."),
        "heads": [say(head) for head in ("Tanda", "Program", "Alasan", "Sebab", "Tindakan", "Tindak lanjut")],
        "flags": [_flag(words, flag, names, late.get(flag["flag_id"])) for flag in raised[:shown]],
        "more": say("… dan {n} lainnya ({parts}), lihat laporan.", n=len(left), parts=", ".join(parts)) if left else "",
        "results_title": say("Hasil tindak lanjut terakhir"),
        "results": [_result(words, row, names) for row in results[:RESULTS]],
        "results_more": say("… dan {n} lainnya, lihat laporan.", n=len(results) - RESULTS)
        if len(results) > RESULTS
        else "",
        "effects_title": say("Pengaruh pada nilai kinerja"),
        "effects": [
            f"{names.get(row['program_code']) or row['program_code']}: {words.spoken.tell(effects.verdict(row, limits))}"
            for row in proven[:RESULTS]
        ]
        or [say("Belum ada program yang pengaruhnya pada nilai kinerja terbukti atau didukung.")],
        "effects_more": say("… dan {n} lainnya, lihat laporan.", n=len(proven) - RESULTS)
        if len(proven) > RESULTS
        else "",
        "others_title": say("Putusan program lain"),
        "others": [
            f"{_word(words, 'verdict', verdict)}: {', '.join(names.get(row['program_code']) or row['program_code'] for row in rows)}."
            for verdict, rows in fg.grouped(figures.rows["verdicts"], lambda row: row["verdict"]).items()
            if verdict != "perlu_diperbaiki"
        ],
        "definition": say(
            "MERAH: porsi bermasalah (peserta tidak puas, atau jarang hadir) sekarang di atas toleransi {tolerated} dengan peluang "
            "sedikitnya {red} (narasumber: {person}; aspek selain itu, materi, dan kehadiran: {other}), dengan memperhitungkan bahwa jawaban satu kelas saling terkait dan mutu dapat berubah. KUNING: dengan "
            "peluang sedikitnya {yellow}. Versi {version}.",
            tolerated=words.plain(limits["dissatisfied_tolerated_share"], "share"),
            red=words.plain(limits["flag_red_probability"], "share"),
            person=words.plain(limits["flag_red_probability_person"], "share"),
            other=words.plain(limits["flag_red_probability_other"], "share"),
            yellow=words.plain(limits["flag_yellow_probability"], "share"),
            version=figures.build_id,
        ),
    }


def _flag(words: Words, flag: Row, names: dict[str, str], late: dt.date | None) -> dict[str, str]:
    rule, spoken = rules()[flag["rule"]], words.spoken
    about = spoken.say("{program}, versi {version}: {aspect}").format(
        program=flag["program_code"], version=flag["curriculum_version"], aspect=_word(words, "aspect", flag["aspect"])
    )
    if flag["instructor_id"]:
        about += f", {flag['instructor_name'] or ''} ({flag['instructor_id']})"
    return {
        "state": flag["state"],
        "label": _word(words, "state", flag["state"]),
        "program": names.get(flag["program_code"]) or flag["program_code"],
        "about": about,
        "reason": spoken.tell(rule.reason(flag)),
        "cause": _word(words, "cause", flag["cause"]) if flag["cause"] else spoken.say("belum diketahui"),
        "action": spoken.tell(rule.action(flag)),
        "status": spoken.say("terlambat: tenggat {d}").format(d=words.date(late))
        if late
        else _word(words, "status", flag["status"]),
    }


def _result(words: Words, row: Row, names: dict[str, str]) -> str:
    say = words.spoken.say
    name = names.get(row["program_code"])
    text = say("{flag}: {action} (diputuskan {day}).").format(
        flag=f"{name} ({row['flag_id']})" if name else row["flag_id"],
        action=row["action"],
        day=words.date(row["decided_on"]),
    )
    if row["done_on"] is None and row["due_on"] is not None:
        who = say("Penanggung jawab {owner}, tenggat {due}.")
        text += " " + who.format(owner=row["owner"] or "–", due=words.date(row["due_on"]))
    if row["state_after"] is None:
        if row["is_overdue"]:
            return f"{text} {say('Belum ada angkatan sesudahnya; melewati tenggat.')}"
        return f"{text} {say('Belum ada angkatan sesudahnya.')}"
    before, after = (
        words.plain(row[name], "share") or say("tidak diketahui") for name in ("share_before", "share_after")
    )
    result = say("Porsi bermasalah {before} menjadi {after}: {result}.").format(
        before=before, after=after, result=_word(words, "result", row["result"])
    )
    return f"{text} {result}"


def _word(words: Words, kind: str, code: str) -> str:
    return words.spoken.word(kind, code)
