"""The website: figures and words into pages. Every page exists in each of the city's languages: the first at the root of the
folder, the others each below its code (`en/`)."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from operator import itemgetter
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from schemas.reasons import REASONS
from schemas.sources import SOURCES
from warehouse.evaluation import effects
from warehouse.evaluation.effects import PROVEN
from warehouse.evaluation.flags import rules
from warehouse.evaluation.rule import FLAGGED
from warehouse.report import charts
from warehouse.report import figures as fg
from warehouse.report.charts import Chart
from warehouse.report.figures import Figures, Row, grouped, known
from warehouse.report.metrics import named
from warehouse.report.words import Words, words_of
from warehouse.words import kept
from warehouse.words.language import SOURCE, Kind, Sentence

HERE = Path(__file__).parent
DEFINITIONS: dict[str, Row] = yaml.safe_load((HERE / "definitions.yaml").read_text(encoding="utf-8"))
"""Anchor → what a word of the report means."""
COMMENT_LIMIT = 200
"""Comments shown on one program's page."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
LONGEST = 80
"""Letters of a code in the name of its page: file systems take 255 bytes of a name."""


@dataclass(frozen=True)
class Page:
    """One page in every language: where it lies below the language's root, its template, and what fills it."""

    path: str
    template: str
    fill: Callable[[Words], Row]


def write(figures: Figures, folder: Path, *, has_summary: bool) -> None:
    """Write the site of a version below `folder`; `has_summary`: the page for a meeting lies there.

    The same tables give the same bytes. A page that fails says so in its place. `index.html` is the front page; pages link to each other by relative paths,
    so that the folder may lie anywhere. Files of an earlier site in `folder` are overwritten, none is removed.
    """
    environment = begin(folder)
    for page in _pages(figures, has_summary):
        for words in map(words_of, figures.languages):
            _write(environment, figures, folder, page, words)


def begin(folder: Path) -> Environment:
    """Copy what every page needs below `folder`; returns where templates are."""
    # Not `copytree`, which gives the folder the mode of the program's own.
    (folder / "assets").mkdir(parents=True, exist_ok=True)
    for asset in (HERE / "assets").iterdir():
        shutil.copyfile(asset, folder / "assets" / asset.name)
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["row_heads"] = row_heads
    environment.filters["capital"] = capital
    return environment


def capital(sentence: Markup) -> Markup:
    """A sentence that may begin in markup, with its first letter large."""
    return Markup(re.sub(r"\A((?:\s|<[^>]*>)*)(\w)", lambda found: found[1] + found[2].upper(), str(sentence)))


def row_heads(rows: Markup) -> Markup:
    """The first cell of each row as its head, which is said with every other cell of the row to those who do not see it."""
    return Markup(re.sub(r"(<tr[^>]*>\s*)<td\b(.*?)</td>", r'\1<th scope="row"\2</th>', str(rows), flags=re.DOTALL))


def file_name(code: str) -> str:
    """A code as a file name that no file system or address misreads; a plain code is its own name."""
    if _PLAIN.fullmatch(code) and len(code) <= LONGEST:
        return f"{code}.html"
    digest = hashlib.md5(code.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', code).strip('-')[:LONGEST] or 'kode'}-{digest}.html"


def _below(figures: Figures, code: str) -> str:
    return "" if code == figures.languages[0] else f"{code}/"


def _write(environment: Environment, figures: Figures, folder: Path, page: Page, words: Words) -> None:
    below = _below(figures, words.code)
    text = None
    with figures.faults.aside(f"page {below}{page.path}"):
        text = _rendered(environment, figures, page, words)
    if text is None:
        up = "../" * page.path.count("/")
        text = environment.get_template("failed.html").render(
            w=words, say=words.say, base=up, root=up + "../" * bool(below)
        )
    path = folder / below / page.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _rendered(environment: Environment, figures: Figures, page: Page, words: Words) -> str:
    up = "../" * page.path.count("/")
    below = _below(figures, words.code)
    root = up + "../" * bool(below)
    others = [
        (words_of(code), f"{root}{_below(figures, code)}{page.path}")
        for code in figures.languages
        if code != words.code
    ]
    common = {"w": words, "say": words.say, "base": up, "root": root}
    content = page.fill(words)

    def main() -> str:
        """What the page is about: made of what stands in its key, and of nothing else."""
        return environment.get_template(page.template).render(
            **common,
            link=partial(_link, up),
            action=lambda flag: words.tell(rules()[flag["rule"]].action(flag)),
            reason=lambda flag: words.tell(rules()[flag["rule"]].reason(flag)),
            verdict=lambda row: words.tell(effects.verdict(row, figures.limits)),
            comparison=lambda row: words.tell(Sentence(row["verdict_code"], effects.COMPARISONS[row["verdict_code"]])),
            association=lambda row: words.tell(
                Sentence(row["verdict_code"], effects.ASSOCIATIONS[row["verdict_code"]])
            ),
            unfavourable=lambda flag: words.say(rules()[flag["rule"]].unfavourable),
            anchor=_anchor,
            rank=fg.STATES.index,
            **content,
        )

    return environment.get_template("base.html").render(
        **common,
        others=others,
        city=figures.city,
        path=page.path,
        as_of=figures.as_of,
        data_through=fg.data_through(figures),
        build_id=figures.build_id,
        decision=[column.label for column in SOURCES["follow_ups"].columns],
        title=content["title"],
        main=Markup(figures.cache.text(main, page.template, words.code, up, root, figures.limits, content)),
    )


def _link(up: str, kind: str, code: str) -> str:
    """Relative address of the page of a program, narasumber or office."""
    return f"{up}{kind}/{file_name(code)}"


def _anchor(text: str) -> str:
    """An id for any text: plain ones are kept readable, others stay distinct."""
    return file_name(text.replace(":", "-")).removesuffix(".html")


def _pages(figures: Figures, has_summary: bool) -> Iterator[Page]:
    yield Page("index.html", "front.html", partial(_front, figures, has_summary))
    yield Page("keputusan.html", "decisions.html", partial(_decisions, figures))
    yield Page("daftar-program.html", "programs.html", partial(_program_list, figures))
    yield Page("bandingkan.html", "compare.html", partial(_comparison, figures))
    yield Page("daftar-narasumber.html", "instructors.html", partial(_people_list, figures))
    yield Page("daftar-opd.html", "offices.html", partial(_office_list, figures))
    yield Page("layanan.html", "services.html", partial(_services, figures))
    yield Page("proyek.html", "projects.html", partial(_projects, figures))
    yield Page("bentuk.html", "forms.html", partial(_forms, figures))
    yield Page("kiriman.html", "deliveries.html", partial(_deliveries, figures))
    yield Page("tren.html", "trends.html", partial(_trends, figures))
    yield Page("metode.html", "method.html", partial(_method, figures))
    with figures.faults.aside("pages of programs"):
        for code in _programs(figures):
            yield Page(f"program/{file_name(code)}", "program.html", partial(_program, figures, code))
    with figures.faults.aside("pages of narasumber"):
        for row in figures.rows["instructors"]:
            name = file_name(row["instructor_id"])
            yield Page(f"narasumber/{name}", "instructor.html", partial(_instructor, figures, row))
    with figures.faults.aside("pages of offices"):
        for row in figures.rows["offices"]:
            yield Page(f"opd/{file_name(row['code'])}", "office.html", partial(_office, figures, row))


def _programs(figures: Figures) -> dict[str, str]:
    """Program code → name of its newest version."""
    names = {row["program_code"]: row["program_name"] or row["program_code"] for row in figures.rows["versions"]}
    for name in ("scorecards", "flags"):
        for row in figures.rows[name]:
            names.setdefault(row["program_code"], row.get("program_name") or row["program_code"])
    return dict(sorted(names.items()))


def _front(figures: Figures, has_summary: bool, words: Words) -> Row:
    names = _programs(figures)
    flags = {flag["flag_id"]: flag for flag in figures.rows["flags"]}
    verdicts = [
        row | {"flag": flags.get(row["flag_id"]), "name": names.get(row["program_code"], row["program_code"]),
               "effect": next(iter(figures.where("performance", program_code=row["program_code"], outcome="numeric_score", design=row["performance_design"])), None),
               "n_others": named(row["n_flags_red"] + row["n_flags_yellow"] - 1, f"curriculum_flag.n_others|*|{row['program_code']}")}
        for row in figures.rows["verdicts"]
    ]  # fmt: skip
    return {
        "title": words.say("Laporan evaluasi diklat"),
        "as_of": figures.as_of,
        "has_summary": has_summary,
        "standing": fg.standing(figures),
        "missing_lists": grouped(
            [row for row in figures.rows["unlisted"] if not row["n_listed"]], itemgetter("listed_by")
        ),
        "unlisted": [
            row
            for row in _unlisted(figures, words)
            if row["n_listed"] and row["unlisted_share"] > figures.policy("audit_unknown_share")
        ],
        "key": fg.key_figures(figures),
        "tolerated": figures.policy("dissatisfied_tolerated_share"),
        "floor_jp": figures.policy("jp_floor_pns"),
        "tolerated_absence": figures.policy("attendance_tolerated_share"),
        "verdicts": verdicts,
        "proven": PROVEN,
        "names": names,
        "successes": [row for row in figures.rows["follow_ups"] if row["result"] == fg.RESOLVED],
        "answers": fg.answers(figures),
        "sections": {name: figures.rows[name] for name in fg.sections()},
    }


def _decisions(figures: Figures, words: Words) -> Row:
    raised = figures.raised
    late = {row["flag_id"] for row in figures.rows["follow_ups"] if row["is_overdue"]}
    red = [flag for flag in raised if flag["state"] == "MERAH"]
    shown = [row for row in figures.rows["follow_ups"] if known(row, "share_before", "share_after")]
    names = _programs(figures)
    draw = partial(_drawn, figures, words, "keputusan.html")
    lines = [
        {"label": f"{names.get(row['program_code'], row['program_code'])}, {words.spoken.word('aspect', row['aspect'])}" if row["program_code"] else row["flag_id"],
         "before": row["share_before"], "after": row["share_after"]}
        for row in shown
    ]  # fmt: skip
    return {
        "title": words.say("Keputusan dan hasilnya"),
        "names": names,
        "headline": fg.headline(figures),
        "overdue": [flag for flag in red if flag["flag_id"] in late],
        "waiting": [flag for flag in red if flag["flag_id"] not in late and flag["status"] in fg.NEEDS_DECISION],
        "decided": [flag for flag in red if flag["flag_id"] not in late and flag["status"] not in fg.NEEDS_DECISION],
        "yellow": [flag for flag in raised if flag["state"] == "KUNING"],
        "quarter": fg.last_quarter(figures),
        "follow_ups": figures.rows["follow_ups"],
        "chart": draw(charts.dumbbells, "tindak-lanjut", lines, title=words.say("Porsi bermasalah sebelum dan sesudah keputusan"), sources=("survey_responses", "attendance", "follow_ups"), label=str(words.say("Porsi bermasalah")), kind="share"),
    }  # fmt: skip


def _program_list(figures: Figures, words: Words) -> Row:
    names = _programs(figures)
    performance = _performance(figures)
    programs = []
    for verdict in figures.rows["verdicts"]:
        code = verdict["program_code"]
        rows = figures.where("scorecards", program_code=code)
        # What is given now is judged; tests and answers of an old curriculum stand on the program's page.
        row = next((r for r in rows if r["curriculum_version"] == verdict["curriculum_version"]), None)
        best = next(
            (r for r in performance if r["program_code"] == code and r["design"] == verdict["performance_design"]), None
        )
        programs.append(
            verdict
            | {
                "name": names.get(code, code),
                "index": row["index_0_100"] if row else None,
                "share": row["dissatisfied_share"] if row else None,
                "n": row["n_judged"] if row else None,
                "g": row["hedges_g"] if row else None,
                "n_pairs": row["n_pairs"] if row else None,
                "behaviour": row["behaviour_change"] if row else None,
                "performance": best["effect"] if best else None,
                "ikm": row["ikm_mean"] if row else None,
            }
        )
    return {
        "title": words.say("Program"),
        "names": names,
        "programs": programs,
        "performance": sorted(performance, key=lambda r: (not r["is_proven"], r["claim"] != "effect", -(fg.number(r, "effect") or 0), r["program_code"])),
        "charts": _front_charts(figures, words),
    }  # fmt: skip


def _comparison(figures: Figures, words: Words) -> Row:
    """Every program's verdict beside the scorecard of the curriculum that is given now, by name."""
    names = _programs(figures)
    programs = [
        verdict | {"name": names.get(verdict["program_code"], verdict["program_code"]), "card": card}
        for verdict in figures.rows["verdicts"]
        for card in figures.where(
            "scorecards", program_code=verdict["program_code"], curriculum_version=verdict["curriculum_version"]
        )
    ]
    programs.sort(key=lambda row: (row["name"], row["program_code"]))
    return {"title": words.say("Bandingkan dua program"), "programs": programs}


def _people_list(figures: Figures, words: Words) -> Row:
    worst = {f["instructor_id"]: f["state"] for f in reversed(figures.rows["flags"]) if f["instructor_id"]}
    people = [row | {"state": worst.get(row["instructor_id"], "DATA_KURANG")} for row in figures.rows["instructors"]]
    people.sort(
        key=lambda p: (
            fg.STATES.index(p["state"]),
            -(p["wilson_low"] if known(p, "wilson_low") else -1),
            p["instructor_id"],
        )
    )
    return {"title": words.say("Narasumber"), "people": people}


def _office_list(figures: Figures, words: Words) -> Row:
    gaps = figures.rows["gaps"]
    return {
        "title": words.say("Siapa yang belum dilatih, dan di mana jam kurang?"),
        "hours": fg.hours_by_year(figures.rows["hours"]),
        "floor_jp": figures.policy("jp_floor_pns"),
        "cap_jp": figures.policy("jp_cap_pppk"),
        "gaps": gaps,
        "gap": fg.gap(figures),
        "offices": [_office_line(figures, row) for row in figures.rows["offices"]],
    }


def _services(figures: Figures, words: Words) -> Row:
    say, draw = words.say, partial(_drawn, figures, words, "layanan.html")
    rows = figures.rows["starts"]
    lines = [
        {"label": f"{row['service']} ({row['unit_code']})", "before": row["ikm_before"], "after": row["ikm_after"]}
        for row in rows
        if known(row, "ikm_before", "ikm_after")
    ]  # fmt: skip
    return {
        "title": say("Apakah kepuasan layanan naik di kantor yang pegawainya dilatih?"),
        "trained": [row for row in rows if row["trained_on"] is not None],
        "untrained": [row for row in rows if row["trained_on"] is None],
        **fg.services_counted(figures),
        "answers": fg.answers(figures),
        "chart": draw(charts.dumbbells, "sebelum-sesudah", lines, title=say("IKM sebelum dan sesudah kelas sendiri pertama"), sources=("service_satisfaction", "enrolments"), label="IKM", kind="points"),
        "dose": figures.rows["dose"],
        "dose_chart": draw(charts.by_dose, "skm-dosis", figures.rows["dose"], title=say("Kepuasan masyarakat (IKM) menurut jam pelatihan kantor"), sources=("service_satisfaction", "enrolments"), label="IKM"),
    }  # fmt: skip


def _projects(figures: Figures, words: Words) -> Row:
    say, draw = words.say, partial(_drawn, figures, words, "proyek.html")
    names = _programs(figures)
    changes = figures.rows["project_changes"]
    drawn = []
    for row in changes:
        months = [r for r in figures.where("project_months", program_code=row["program_code"]) if known(r, "net_low")]
        title = say("Deviasi bersih di sekitar kelas {p}", p=names.get(row["program_code"], row["program_code"]))
        chart = draw(
            charts.around,
            f"proyek-{row['program_code'].lower()}",
            months,
            title=title,
            sources=("projects", "enrolments"),
            label=str(say("Poin terhadap proyek lain")),
            across=str(say("Bulan sejak kelas")),
        )
        drawn += [chart] if chart else []
    return {
        "title": say("Apakah proyek lebih cepat sesudah manajernya dilatih?"),
        "names": names,
        "changes": changes,
        "drawn": drawn,
        "months": [row for row in figures.rows["project_months"] if not row["is_suppressed"]],
        "projects": [row for row in figures.rows["projects"] if row["is_critical"]],
        "minimum": figures.policy("minimum_cell_size"),
    }  # fmt: skip


def _forms(figures: Figures, words: Words) -> Row:
    say, draw = words.say, partial(_drawn, figures, words, "bentuk.html")
    names, rows = _programs(figures), figures.rows["forms"]
    titles = {
        "gain": (say("N-gain menurut bentuk, selang 95%"), say("N-gain"), ("gain_mean", "gain_low", "gain_high"), 1.0, (-inf, 1.0), ("assessments",)),
        "cost": (say("Biaya per peserta menurut bentuk, selang 95%"), say("Juta rupiah per peserta"), ("cost_per_participant", "cost_low", "cost_high"), 1e-6, (0.0, inf), ("classes",)),
    }  # fmt: skip
    drawn = []
    for name, (title, label, columns, factor, bounds, sources) in titles.items():
        lines = [
            {
                "code": row["program_code"],
                "label": names.get(row["program_code"], row["program_code"]),
                "kind": row["method"],
            }
            | dict(zip(("value", "low", "high"), (row[c] * factor for c in columns), strict=True))
            for row in rows
            if known(row, *columns)
        ]
        drawn.append(
            draw(charts.forms, f"bentuk-{name}", lines, title=title, sources=sources, label=str(label), bounds=bounds)
        )
    return {
        "title": say("Bentuk mana, dengan biaya berapa?"),
        "names": names,
        "forms": rows,
        "answers": fg.answers(figures),
        "drawn": [chart for chart in drawn if chart],
        "methods": figures.rows["methods"],
    }  # fmt: skip


def _drawn(
    figures: Figures,
    words: Words,
    where: str,
    draw: Callable[..., str],
    name: str,
    rows: list[Row],
    *,
    title: str,
    sources: Sequence[str] = (),
    **about: Any,
) -> Chart:
    """A chart of the page `where`, made of `sources`; one that fails says so in its place."""
    svg, source = Markup('<p class="gap">{}</p>').format(words.say("Gambar ini gagal dibuat.")), Markup("")
    with figures.faults.aside(f"chart {name} of {where} ({words.code})"):
        svg = Markup(draw(name, rows, words, title=str(title), **about))
        until = {row["source"]: row["data_through"] for row in figures.where("windows", opd_code="semua")}
        told = [
            words.say("{s} sampai {d}", s=words.word("source", one), d=words.show(until.get(one), "date"))
            for one in sources
        ]
        source = words.say("Sumber: {s}.", s=Markup("; ").join(told)) if told else source
    return Chart(name, title, svg, source)


def _front_charts(figures: Figures, words: Words) -> dict[str, Chart]:
    say, draw = words.say, partial(_drawn, figures, words, "daftar-program.html")
    return {
        "satisfaction": draw(charts.by_month, "kepuasan", figures.rows["satisfaction_by_month"], title=say("Indeks kepuasan menurut bulan akhir kelas"), sources=("survey_responses",), label=say("Indeks (0–100)"), digits=0, bounds=(0, 100)),
        "gain": draw(charts.by_month, "hasil-belajar", figures.rows["gain_by_month"], title=say("Kenaikan hasil belajar menurut bulan akhir kelas"), sources=("assessments",), label=say("Kenaikan (N-gain)"), digits=2, bounds=(-inf, 1)),
        "effects": draw(charts.effects, "kinerja", _performance(figures), title=say("Selisih kinerja peserta terhadap rekan pembanding"), sources=("performance", "enrolments"), label=say("Poin nilai kinerja, selang 95%")),
    }  # fmt: skip


def _performance(figures: Figures) -> list[Row]:
    names = _programs(figures)
    twice = {name for name, n in Counter(names.values()).items() if n > 1}
    rows = []
    for row in figures.where("performance", outcome="numeric_score"):
        code, name = row["program_code"], names.get(row["program_code"], row["program_code"])
        rows.append(row | {"program_name": f"{name} ({code})" if name in twice else name})
    return rows


def _office_of(figures: Figures) -> dict[str, str]:
    return {row["unit_code"]: row["office"] for row in figures.rows["unit_office"]}


def _office_line(figures: Figures, row: Row) -> Row:
    """An office with its newest year of PNS hours and its newest satisfaction indices."""
    hours = figures.where("hours", unit_code=row["code"], employment_type="PNS")
    newest = hours[0] if hours else None
    office = _office_of(figures)
    latest = [
        s["ikm"]
        for s in figures.rows["services"]
        if office.get(s["unit_code"], s["unit_code"]) == row["code"] and s["is_newest"] and known(s, "ikm")
    ]
    return row | {
        "year": newest["year"] if newest else None,
        "n_pns": newest["n_jp_known"] if newest else None,
        "floor_share": newest["floor_share"] if newest else None,
        "n_floor_met": newest["n_floor_met"] if newest else None,
        "jp_median": newest["jp_median"] if newest else None,
        "ikm": named(sum(latest) / len(latest) if latest else None, f"service_satisfaction_index.ikm|*|{row['code']}"),
        "n_services": named(len(latest), f"service_satisfaction_index.n_services|*|{row['code']}"),
    }


def _versions(figures: Figures, code: str) -> list[tuple[dt.date, str]]:
    """Days from which curriculum versions hold, the first version left out: it marks no change."""
    versions = [
        (r["version_valid_from"], r["curriculum_version"]) for r in figures.where("versions", program_code=code)
    ]
    return [(day, version) for day, version in versions[1:] if day is not None]


def _changes(flags: Iterable[Row]) -> list[tuple[dt.date, str]]:
    """Classes from which on the quality behind a flag is another, and how."""
    return sorted((flag["changed_on"], flag["change"]) for flag in flags if flag["change"])


def _program(figures: Figures, code: str, words: Words) -> Row:
    say = words.say
    names = _programs(figures)
    flags = figures.where("flags", program_code=code)
    raised = [f for f in flags if f["state"] in FLAGGED]
    evidence = grouped(figures.where("evidence", program_code=code), lambda e: e["flag_id"])
    aspects = ["OVERALL", *dict.fromkeys(f["aspect"] for f in raised if f["aspect"] not in ("OVERALL", "NARASUMBER"))]
    drawn = []
    for aspect in aspects:
        rows = _newest(figures.where("evidence", program_code=code, aspect=aspect, instructor_id=None))
        if not rows:
            continue
        rule = rules()[rows[0]["rule"]]
        title = say("Porsi {what} per kelas: {a}", what=say(rule.unfavourable), a=words.word("aspect", aspect))
        chart = _drawn(
            figures,
            words,
            f"program {code}",
            charts.by_class,
            f"kelas-{aspect.lower()}",
            rows,
            title=title,
            sources=("survey_responses",) if rule.counts_forms else ("attendance",),
            label=str(say("Porsi {what}", what=say(rule.unfavourable))),
            tolerated=named(rows[0]["tolerated_share"], f"curriculum_flag.tolerated_share|{rows[0]['flag_id']}"),
            counted=f"curriculum_flag_evidence.{{}}|*|{code}|{aspect}",
            versions=_versions(figures, code),
            changes=_changes(flag for flag in flags if flag["aspect"] == aspect),
        )
        drawn += [chart] if chart else []
    classes = figures.where("classes", program_code=code)
    comments = figures.where("comments", program_code=code)
    methods = {given["method"] for given in figures.where("given", program_code=code)}
    versions = figures.where("versions", program_code=code)
    return {
        "title": names[code],
        "code": code,
        "names": names,
        "area": next((v["competency_area"] for v in reversed(versions) if v["competency_area"]), None),
        "scorecards": [
            s | {"interval": fg.bounds(f"program_scorecard.dissatisfied_{{}}|*|{code}|{s['curriculum_version']}", s["dissatisfied_share"], s["n_worth"]),
                 "evidence": next((r["evidence_grade"] for r in figures.where("performance", program_code=code, outcome="numeric_score", design=s["performance_design"])), None)}
            for s in figures.where("scorecards", program_code=code)
        ],
        "flags": flags,
        "raised": raised,
        "evidence": evidence,
        "drawn": drawn,
        "classes": classes,
        "behaviour": figures.where("behaviour", program_code=code),
        "performance": figures.where("performance", program_code=code),
        "lasting": figures.where("lasting", program_code=code),
        "transfer": figures.where("transfer", program_code=code),
        "questions": figures.where("questions", program_code=code),
        "people": fg.people_of(figures, program_code=code),
        "methods": [m for m in figures.rows["methods"] if m["method"] in methods],
        "follow_ups": figures.where("follow_ups", program_code=code),
        "comments": comments[:COMMENT_LIMIT],
        "n_comments": len(comments),
        "comment_group": figures.policy("minimum_comment_group"),
    }  # fmt: skip


def _newest(rows: list[Row]) -> list[Row]:
    """The newest rows by the day on which their class ended, those without a day last."""
    in_time = sorted(rows, key=lambda row: (row["ended_on"] is None, row["ended_on"] or dt.date.max, row["class_id"]))
    return in_time[-fg.NEWEST :]


def _instructor(figures: Figures, row: Row, words: Words) -> Row:
    say = words.say
    person = row["instructor_id"]
    evidence = _newest(figures.where("evidence", instructor_id=person))
    flags = figures.where("flags", instructor_id=person)
    chart = _drawn(
        figures,
        words,
        f"narasumber {person}",
        charts.by_class,
        "kelas",
        evidence,
        title=say("Porsi tidak puas per kelas"),
        sources=("survey_responses",),
        label=str(say("Porsi {what}", what=say("tidak puas"))),
        tolerated=figures.policy("dissatisfied_tolerated_share"),
        counted=f"curriculum_flag_evidence.{{}}|*|{person}",
        changes=_changes(flags),
    )
    named = [f for f in figures.rows["flags"] if f["cause_instructor_id"] == person and f["instructor_id"] != person]
    return {
        "title": row["instructor_name"] or person,
        "person": row,
        "names": _programs(figures),
        "flags": flags,
        "raised": [f for f in flags + named if f["state"] in FLAGGED],
        "evidence": evidence,
        "chart": chart,
        "judgements": fg.people_of(figures, instructor_id=person),
        "follow_ups": figures.where("follow_ups", instructor_id=person),
        "minimum_batches": figures.policy("minimum_batches_instructor"),
        "minimum_respondents": figures.policy("minimum_respondents_instructor"),
    }  # fmt: skip


def _office(figures: Figures, row: Row, words: Words) -> Row:
    say = words.say
    office = _office_of(figures)
    services = [
        s if s["unit_code"] == row["code"] else s | {"service": f"{s['service']} ({s['unit_code']})"}
        for s in figures.rows["services"]
        if office.get(s["unit_code"], s["unit_code"]) == row["code"]
    ]
    chart = _drawn(
        figures,
        words,
        f"office {row['code']}",
        charts.by_period,
        "skm",
        services,
        title=say("Indeks kepuasan masyarakat menurut periode"),
        sources=("service_satisfaction",),
        label="IKM",
    )
    return {
        "title": row["name"] or row["code"],
        "office": row,
        "hours": [
            r
            | {
                "jp_mean": named(
                    r["jp_total"] / r["n_jp_known"],
                    f"training_hours.jp_mean|{r['unit_code']}|{r['year']}|{r['employment_type']}",
                )
                if known(r, "jp_total") and r["n_jp_known"]
                else r["jp_total"]
            }
            for r in figures.where("hours", unit_code=row["code"])
        ],
        "floor_jp": figures.policy("jp_floor_pns"),
        "cap_jp": figures.policy("jp_cap_pppk"),
        "windows": figures.where("windows", opd_code=row["code"]),
        "projects": [p for p in figures.rows["projects"] if office.get(p["unit_code"], p["unit_code"]) == row["code"]],
        "services": list(reversed(services)),
        "chart": chart,
    }


def _deliveries(figures: Figures, words: Words) -> Row:
    reasons = grouped(figures.rows["refusals"], lambda r: (r["source"], r["month"], r["folder"], r["file_name"]))
    rows = []
    for delivery in figures.rows["deliveries"]:
        labels = _labels(words, delivery["source"])
        refusals = reasons.get((delivery["source"], delivery["month"], delivery["folder"], delivery["file_name"]), [])
        lines = [
            words.say(
                "{n} baris, kolom {c}: {text}",
                n=words.show(r["n_rows"], "whole"),
                c=labels.get(r["column_name"], r["column_name"]) or "–",
                text=_reason(words, r["reason_code"]),
            )
            for r in refusals
        ]
        if delivery["reason_code"]:
            lines.insert(0, _reason(words, delivery["reason_code"], mend=True))
        is_refused = delivery["status"] in ("partly_refused", "held") and delivery["n_refused"]
        returned = is_refused or refusals or kept.doubts(delivery["drift"] or "")
        path = f"restricted/returned/{delivery['folder']}/{delivery['file_name']}.kembali.xlsx"
        found = delivery["seen"] if delivery["status"] in ("refused", "held", "duplicate") else ""
        about = {
            "found": words.kept(found, labels),
            "notes": [words.kept(note, labels) for note in kept.notes(delivery["drift"] or "")],
        }
        rows.append(delivery | about | {"lines": lines, "returned": path if returned else None})
    counts = {
        status: named(sum(row["status"] == status for row in rows), f"ops.delivery.n_files|*|{status}")
        for status in ("held", "refused", "partly_refused", "duplicate", "accepted")
    }
    windows = figures.where("windows", opd_code="semua")
    return {"title": words.say("Kiriman data"), "deliveries": rows, "counts": counts, "windows": windows, "unlisted": _unlisted(figures, words)}  # fmt: skip


def _unlisted(figures: Figures, words: Words) -> list[Row]:
    """Rows whose code no list has, by the column that holds it, as its senders know it."""
    return [
        row | {"column": _labels(words, row["source"]).get(row["column_name"], row["column_name"])}
        for row in figures.rows["unlisted"]
    ]


def _trends(figures: Figures, words: Words) -> Row:
    say, nights = words.say, figures.rows["nights"]
    title = say("Lama penyegaran malam")
    return {
        "title": say("Pembaruan data tiap malam"),
        "nights": nights,
        "unmet": figures.rows["unmet"],
        "outcomes": {"published": say("terbit"), "held": say("ditahan"), "failed": say("gagal")},
        "chart": _drawn(
            figures, words, "tren.html", charts.by_night, "lama", nights, title=title, label=str(say("Menit"))
        ),
    }


def _labels(words: Words, source: str) -> dict[str, str]:
    """Column of a source → its Indonesian heading, by which those who fill it in know it; other languages have its name."""
    return {c.name: c.label for c in SOURCES[source].columns} if words.code == SOURCE and source in SOURCES else {}


def _reason(words: Words, code: str, *, mend: bool = False) -> Markup:
    reason = REASONS.get(code)
    if reason is None:
        return Markup("{}").format(code)
    text = Markup("{}").format(reason.indonesian if words.code == SOURCE else reason.english)
    return text + Markup(" {}").format(words.spoken.say(reason.mend)) if mend else text


def defined(policies: list[Row], words: Words) -> tuple[dict[str, Markup], dict[str, Row]]:
    """The policy's values as a language writes them, and every definition with them in its text."""

    def kind(value: float, unit: str) -> Kind:
        by_unit: dict[str, Kind] = {"share": "share", "p-value": "chance"}
        return by_unit.get(unit, "whole" if value == int(value) else "fine")

    values = {r["policy"]: words.show(r["value"], kind(r["value"], r["unit"])) for r in policies}
    return values, {
        anchor: {
            "term": words.say(entry["term"], "definition"),
            "text": escape(words.spoken.say(entry["text"])).format_map(values),
            "source": entry.get("source"),
        }
        for anchor, entry in DEFINITIONS.items()
    }


def _method(figures: Figures, words: Words) -> Row:
    audits = figures.rows["audits"]
    values, definitions = defined(figures.rows["policies"], words)
    return {
        "title": words.say("Metode dan mutu data"),
        "definitions": definitions,
        "values": values,
        "policies": figures.rows["policies"],
        "failed": [a for a in audits if not a["passed"]],
        "n_audits": named(len(audits), "ops.audit_result.n_audits|*|"),
        "n_failed": named(sum(not a["passed"] for a in audits), "ops.audit_result.n_failed|*|"),
        "refused": figures.rows["refused_share"],
        "reasons": [
            r
            | {
                "text": _reason(words, r["reason_code"]),
                "column": _labels(words, r["source"]).get(r["column_name"], r["column_name"]) or "",
            }
            for r in figures.rows["refusal_reasons"]
        ],
    }
