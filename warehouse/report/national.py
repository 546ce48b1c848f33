"""The national report: the state of the agencies, and a page per group of measures that compares them. Made of nothing but a national file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from schemas.national import ALL, NATIONAL_TABLES
from warehouse.database import connect, rows_of
from warehouse.faults import Faults
from warehouse.report import charts
from warehouse.report.metrics import METRICS, named
from warehouse.report.site import begin, defined
from warehouse.report.words import Words, words_of

Row = dict[str, Any]
GROUPS: Mapping[str, tuple[str, ...]] = {
    "kepuasan": ("indeks_kepuasan", "porsi_tidak_puas"),
    "belajar": ("hasil_belajar", "nilai_sebelum", "nilai_sesudah", "porsi_menyelesaikan", "porsi_lulus"),
    "perilaku": ("perubahan_perilaku",),
    "jam": ("porsi_memenuhi_jp", "porsi_di_bawah_minimum", "jp_kurang", "porsi_tanpa_pelatihan"),
    "layanan": ("rata_rata_ikm",),
    "biaya": ("biaya_per_peserta",),
}
"""Page → its measures: each measure has its place (a test holds it)."""
CARDS = (
    "indeks_kepuasan",
    "porsi_tidak_puas",
    "hasil_belajar",
    "perubahan_perilaku",
    "porsi_memenuhi_jp",
    "rata_rata_ikm",
)
"""Measures of the front page."""
MOST_PROGRAMS = 1000
"""Rows of programs that a page shows of a measure; the others are in the table."""


def _groups(words: Words) -> dict[str, Markup]:
    say = words.say
    return {
        "kepuasan": say("Kepuasan peserta"), "belajar": say("Hasil belajar"), "perilaku": say("Perilaku kerja"),
        "jam": say("Jam pelatihan"), "layanan": say("Layanan"), "biaya": say("Biaya"),
    }  # fmt: skip


class _Nation:
    """The rows of a national file, their numbers with names."""

    def __init__(self, file: Path) -> None:
        order = {"agency": "position", "mover": "from_agency_code, to_agency_code"}
        with connect(file, read_only=True) as con:
            self.rows = {
                name: [
                    {column: named(value, f"{name}.{column}|" + "|".join(str(row[key]) for key in table.key)) for column, value in row.items()}
                    for row in rows_of(con, f"select * from {table.table} order by {order.get(name, ', '.join(table.key))}")
                ]
                for name, table in NATIONAL_TABLES.items()
            }  # fmt: skip
        [self.run] = self.rows["run"]
        self.agencies = {row["agency_code"]: row for row in self.rows["agency"]}
        self.limits = {row["policy"]: row["value"] for row in self.rows["policy"]}
        self.languages = str(self.run["languages"]).split()
        place = {code: nth for nth, code in enumerate(self.agencies)}
        self.measures: dict[str, list[Row]] = {name: [] for name in METRICS}
        for row in sorted(
            self.rows["measure"], key=lambda row: (row["program_code"], place.get(row["agency_code"], -1))
        ):
            self.measures[row["metric"]].append(row | {"agency": self.agencies.get(row["agency_code"])})

    def whole(self, metric: str) -> Row:
        """The measure of all agencies together."""
        nothing = {"value": None, "n_people": None, "n_agencies": 0, "n_agencies_left_out": 0, "is_suppressed": False}
        return next((row for row in self.measures[metric] if row["agency_code"] == ALL), nothing)


def write(file: Path, folder: Path) -> Faults:
    """Write the report of a national file below `folder`, each page in each language; returned is what failed and says so in its place.

    The same tables give the same bytes.
    """
    nation, faults, environment = _Nation(file), Faults(), begin(folder)
    pages: list[tuple[str, str, Callable[[Words], Row]]] = [
        ("index.html", "front", partial(_front, nation)),
        *((f"{group}.html", "group", partial(_group, nation, faults, group)) for group in GROUPS),
        ("metode.html", "method", partial(_method, nation)),
    ]
    for words in map(words_of, nation.languages):
        below = "" if words.code == nation.languages[0] else f"{words.code}/"
        for path, template, fill in pages:
            root = "../" * bool(below)
            others = [
                (words_of(code), f"{root}{'' if code == nation.languages[0] else f'{code}/'}{path}")
                for code in nation.languages
                if code != words.code
            ]
            common = {
                "w": words, "say": words.say, "base": "", "root": root, "own": partial(_own, root, words.code), "most": MOST_PROGRAMS,
                "groups": [{"path": f"{group}.html", "name": name} for group, name in _groups(words).items()],
            }  # fmt: skip
            text = environment.get_template("failed.html").render(**common)
            with faults.aside(f"page {below}{path}"):
                content = fill(words)
                main = environment.get_template(f"national/{template}.html").render(**common, **content)
                text = environment.get_template("national/base.html").render(
                    **common, others=others, city={"agency": nation.run["agency"], "logo": None}, path=path, as_of=nation.run["as_of"],
                    build_id=nation.run["build_id"], title=content["title"], site=_title(nation, words), data_through={}, main=Markup(main),
                )  # fmt: skip
            target = folder / below / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
    return faults


def _own(root: str, language: str, address: str) -> str:
    """The agency's own report from this page: an address, or a path from the root of this report."""
    return address if "://" in address else root + address


def _title(nation: _Nation, words: Words) -> Markup:
    return words.say("Laporan diklat {n}", n=nation.run["nation"])


def _front(nation: _Nation, words: Words) -> Row:
    agencies = [row | {"attention": _attention(row, words)} for row in nation.agencies.values()]
    page = {metric: f"{group}.html#{metric}" for group, metrics in GROUPS.items() for metric in metrics}
    n_attention = sum(_is_urgent(row) for row in agencies)
    return {
        "title": _title(nation, words),
        "as_of": nation.run["as_of"],
        "agencies": agencies,
        "names": {code: row["agency_short"] for code, row in nation.agencies.items()},
        "n_agencies": nation.run["n_agencies"],
        "n_published": nation.run["n_published"],
        "n_attention": named(n_attention, "agency.n_attention|*|"),
        "n_known": named(sum(row["knows_people"] for row in agencies), "agency.n_known|*|"),
        "minimum": nation.limits["minimum_cell_size"],
        "movers": nation.rows["mover"],
        "cards": [
            {"label": METRICS[name].label[words.code], "definition": METRICS[name].definition, "format": METRICS[name].format, "path": page[name],
             "row": nation.whole(name)}
            for name in CARDS
        ],
    }  # fmt: skip


def _is_urgent(row: Row) -> bool:
    """Whether somebody of the nation must look at an agency: it is not read, outdated, failed, or a decision of it is overdue."""
    return row["state"] != "terbit" or row["refreshed"] == "gagal" or bool(row["n_overdue"])


def _attention(row: Row, words: Words) -> list[Markup]:
    say, show = words.say, words.show
    found = []
    if row["state"] == "disisihkan":
        found.append(say("entrinya di agencies.yaml keliru; tidak ada yang dibaca"))
    if row["refreshed"] == "gagal":
        found.append(say("penyegaran terakhir gagal pada langkah {s}", s=row["stopped_at"]))
    if row["state"] == "belum":
        found.append(say("belum menerbitkan apa pun"))
    if row["state"] == "tak_terbaca":
        found.append(say("versi terbitnya tidak terbaca"))
    if row["state"] == "usang":
        found.append(say("data sudah {n} hari", n=show(row["days_old"], "whole")))
    if row["n_overdue"]:
        found.append(say("{n} keputusan terlambat", n=show(row["n_overdue"], "whole")))
    if row["n_waiting"]:
        found.append(say("{n} program menunggu keputusan", n=show(row["n_waiting"], "whole")))
    if row["n_warnings"]:
        found.append(say("{n} peringatan pemeriksaan data", n=show(row["n_warnings"], "whole")))
    return found


def _group(nation: _Nation, faults: Faults, group: str, words: Words) -> Row:
    metrics = []
    for name in GROUPS[group]:
        metric, rows, whole = METRICS[name], nation.measures[name], nation.whole(name)
        own = [row for row in rows if row["program_code"] == ALL and row["agency"]]
        lines = [
            {
                "label": row["agency"]["agency_short"],
                "value": row["value"],
                "low": row["value_low"],
                "high": row["value_high"],
            }
            for row in own
        ]
        label = metric.label[words.code]
        svg = Markup('<p class="gap">{}</p>').format(words.say("Gambar ini gagal dibuat."))
        with faults.aside(f"chart {name} ({words.code})"):
            svg = Markup(
                charts.intervals(name, lines, words, title=label, label=label, kind=metric.format, whole=whole["value"])
            )
        programs = [row for row in rows if row["program_code"] != ALL]
        metrics.append(
            {"name": name, "label": label, "unit_label": words.say("Nilai"), "definition": metric.definition, "format": metric.format, "whole": whole,
             "rows": own, "chart": charts.Chart(name, label, svg), "programs": programs, "has_intervals": any(row["value_low"] is not None for row in programs)}
        )  # fmt: skip
    return {"title": _groups(words)[group], "metrics": metrics}


def _method(nation: _Nation, words: Words) -> Row:
    values, definitions = defined(nation.rows["policy"], words)
    return {
        "title": words.say("Metode dan mutu data"),
        "values": values,
        "definitions": {METRICS[name].definition: definitions[METRICS[name].definition] for name in METRICS}
        | {name: definitions[name] for name in ("putusan", "wilson", "tersembunyi", "tidak-diketahui")},
        "policies": nation.rows["policy"],
        "audits": nation.rows["audit"],
    }
