"""The one-page summary for a meeting, as a PDF in Bahasa Indonesia."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst

from warehouse.report import figures as fg
from warehouse.report.figures import Figures, Row
from warehouse.report.words import INDONESIAN as W

TEMPLATE = Path(__file__).parent / "summary.typ"
RESULTS = 5
"""Follow-ups that are reported, newest first."""


def summary_pdf(warehouse: Path, file: Path) -> None:
    """Write the summary of a warehouse file as one A4 page to `file`.

    Red flags come first, then yellow ones; those that do not fit are counted. The same tables give the same bytes.
    """
    figures = fg.read(warehouse)
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
    found = typst.query(TEMPLATE, "<pages>", field="value", one=True, ignore_system_fonts=True, sys_inputs=inputs)
    return int(json.loads(found))


def _inputs(figures: Figures, shown: int) -> dict[str, str]:
    return {"data": json.dumps(_content(figures, shown), ensure_ascii=False)}


def _content(figures: Figures, shown: int) -> dict[str, Any]:
    """What the page says, as plain text; `shown` flags are listed and the others counted."""
    headline, raised = fg.headline(figures), figures.raised
    names = {row["program_code"]: row["program_name"] for row in figures.rows["versions"]}
    left = [flag["state"] for flag in raised[shown:]]
    parts = [f"{left.count(state)} {state}" for state in ("MERAH", "KUNING") if state in left]
    results = figures.rows["follow_ups"]
    policy = figures.policy
    return {
        "title": "Ringkasan evaluasi diklat",
        "day": f"Per {W.date(figures.as_of)}",
        "headline": f"{headline['n_judged']} program dinilai, {headline['n_need']} perlu keputusan",
        "counts": (
            f"{headline['n_red']} tanda merah dan {headline['n_yellow']} kuning: {headline['n_waiting']} menunggu keputusan, "
            f"{headline['n_decided']} sudah diputuskan, {headline['n_resolved']} selesai. "
            f"{headline['n_overdue']} tindak lanjut melewati tenggat."
        ),
        "none": "Tidak ada tanda merah atau kuning.",
        "heads": ["Tanda", "Program", "Alasan", "Sebab", "Tindakan", "Tindak lanjut"],
        "flags": [_flag(flag, names) for flag in raised[:shown]],
        "more": f"… dan {len(left)} lainnya ({', '.join(parts)}), lihat laporan." if left else "",
        "results_title": "Hasil tindak lanjut terakhir",
        "results": [_result(row) for row in results[:RESULTS]],
        "results_more": f"… dan {len(results) - RESULTS} lainnya, lihat laporan." if len(results) > RESULTS else "",
        "definition": (
            f"MERAH: batas bawah Wilson satu sisi ({W.plain(policy('flag_confidence'), 'share')}) dari porsi peserta yang "
            f"tidak puas di atas toleransi {W.plain(policy('dissatisfied_tolerated_share'), 'share')}, juga setelah koreksi "
            f"karena banyak tanda diuji sekaligus (q paling tinggi {W.plain(policy('flag_false_discovery_rate'), 'fine')}); "
            f"atau indeks instansi di bawah {W.plain(policy('flag_index_red'), 'fine')}. KUNING: porsi mencapai toleransi, "
            f"atau indeks di bawah {W.plain(policy('flag_index_yellow'), 'fine')}. Versi {figures.build_id}."
        ),
    }


def _flag(flag: Row, names: dict[str, str]) -> dict[str, str]:
    about = f"{flag['program_code']}, versi {flag['curriculum_version']}: {_word('aspect', flag['aspect'])}"
    if flag["instructor_id"]:
        about += f", {flag['instructor_name'] or ''} ({flag['instructor_id']})"
    return {
        "state": flag["state"],
        "program": names.get(flag["program_code"]) or flag["program_code"],
        "about": about,
        "reason": flag["reason"] or "tidak diketahui",
        "cause": _word("cause", flag["cause"]) if flag["cause"] else "belum dapat dibedakan",
        "action": flag["action"] or "tidak diketahui",
        "status": _word("status", flag["status"]),
    }


def _result(row: Row) -> str:
    text = f"{row['flag_id']}: {row['action']} (diputuskan {W.date(row['decided_on'])}). "
    if row["state_after"] is None:
        late = "; melewati tenggat" if row["is_overdue"] else ""
        return f"{text}Belum ada angkatan sesudahnya{late}."
    before, after = (W.plain(row[name], "share") or "tidak diketahui" for name in ("share_before", "share_after"))
    return f"{text}Porsi tidak puas {before} menjadi {after}: {_word('result', row['result'])}."


def _word(kind: str, code: str) -> str:
    return W.word(kind, code).unescape()
