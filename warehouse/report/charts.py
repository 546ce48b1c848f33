"""The report's charts: plain rows to SVG text, static and self-contained. What is not known is not drawn.

Each chart is an image with a title and a description in words, whose numbers carry their names; colour never carries a meaning alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from warehouse.evaluation.effects import PROVEN
from warehouse.report import drawing
from warehouse.report.drawing import INK, Axis, line, point, rules, text
from warehouse.report.figures import Row, known
from warehouse.report.metrics import named
from warehouse.report.words import Kind, Words

RED, BLUE, OCHRE, GREEN, VIOLET, GREY, FADED = (
    "var(--c-red,#b3261e)",
    "var(--c-blue,#1b4f8a)",
    "var(--c-ochre,#a8600a)",
    "var(--c-green,#2b6b3f)",
    "var(--c-violet,#7a3e8e)",
    "var(--c-grey,#6b7580)",
    "var(--c-faded,#7d93ac)",
)
SERVICES = ((BLUE, "circle"), (OCHRE, "square"), (GREEN, "triangle"), (VIOLET, "diamond"), (GREY, "circle"))
"""Colours and shapes of an office's services."""
FORMS = (*SERVICES[:4], (RED, "circle"), (GREY, "square"), (INK, "triangle"), (BLUE, "diamond"))
"""Colours and shapes of forms of delivery."""


SENTENCE = 200
"""The most characters that stand below the title of a chart."""


@dataclass(frozen=True)
class Chart:
    """A chart for a page: its name on the page, what it is about, the image (empty: there is nothing to draw) and where its numbers come from."""

    name: str
    title: str
    svg: Markup
    source: str = ""

    @property
    def says(self) -> Markup:
        """What the image shows, in a sentence for who sees it, too; empty where that is a list of all that is drawn."""
        found = re.search(r"<desc[^>]*>(.*?)</desc>", self.svg, re.DOTALL)
        text = Markup(found.group(1)) if found else Markup("")
        return text if len(text.striptags()) <= SENTENCE else Markup("")

    def __bool__(self) -> bool:
        """Whether there is something to see."""
        return bool(self.svg)


def by_class(
    name: str,
    rows: Iterable[Row],
    words: Words,
    *,
    title: str,
    tolerated: float,
    label: str,
    counted: str,
    versions: Sequence[tuple[dt.date, str]] = (),
    changes: Sequence[tuple[dt.date, str]] = (),
) -> str:
    """The share that flags are judged by, called `label`, by day of class end with its Wilson interval, against the tolerated
    share; one mark per class.

    `rows` have ended_on, n_observed, n_unfavourable, unfavourable_share, wilson_low, wilson_high (shares 0–1);
    `versions` are the days from which curriculum versions hold, drawn as vertical rules; `changes` the classes from which on quality is another
    (`memburuk`, `membaik`), before which a rule of dashes is drawn; `counted` names the counts of classes, its `{}`
    being `n_shown` or `n_bad`. Empty text without rows.
    """
    shown = [r for r in rows if known(r, "ended_on", "unfavourable_share", "wilson_low", "wilson_high")]
    if not shown:
        return ""
    days = [row["ended_on"] for row in shown]
    begun = [(day, version) for day, version in versions if min(days) <= day <= max(days)]
    x = _days(days, words)
    y = drawing.numbers([0, 0.4, *(row["wilson_high"] for row in shown)], _percent(words), title=label)
    limit = y.at(tolerated)
    marks = [
        rules([(0, limit, x.length, limit)], INK, ' stroke-dasharray="4 3"'),
        rules(
            ((at := _day(x, row["ended_on"]), y.at(row["wilson_low"]), at, y.at(row["wilson_high"])) for row in shown),
            FADED,
        ),
    ]
    legend = [
        (BLUE, "circle", str(words.say("di bawah toleransi"))),
        (RED, "diamond", str(words.say("mencapai toleransi"))),
    ]
    for row in shown:
        color, shape, _ = legend[row["unfavourable_share"] >= tolerated]
        marks.append(point(_day(x, row["ended_on"]), y.at(row["unfavourable_share"]), color, shape, 2.9))
    for day, version in begun:
        marks += [
            rules([(_day(x, day), 0, _day(x, day), y.length)], INK, ' stroke-width="1.5"'),
            text(_day(x, day) + 4, 10, str(words.say("versi {v}", v=version)), "start"),
        ]
    turned = [(day, change) for day, change in changes if min(days) < day <= max(days)]
    for day, change in turned:
        at, color = _day(x, day) - 5, RED if change == "memburuk" else GREEN
        marks += [
            rules([(at, 0, at, y.length)], color, ' stroke-width="1.5" stroke-dasharray="2 3"'),
            text(at - 4, 22, str(words.word("change", change)), "end"),
        ]
    shares = [row["unfavourable_share"] for row in shown]
    description = words.say(
        "{n} kelas dari {first} sampai {last}; {bad} di antaranya mencapai toleransi {tolerated}. Terendah {low}, tertinggi {high}.",
        n=words.show(named(len(shown), counted.replace("{}", "n_shown")), "whole"), first=words.date(min(days)), last=words.date(max(days)),
        bad=words.show(named(sum(s >= tolerated for s in shares), counted.replace("{}", "n_bad")), "whole"),
        tolerated=words.show(tolerated, "share"), low=words.show(min(shares), "share"), high=words.show(max(shares), "share"),
    )  # fmt: skip
    description += Markup("").join(
        Markup(" ") + words.say("Mutu {c} sejak {d}.", c=words.word("change", change), d=words.date(day))
        for day, change in turned
    )
    return drawing.svg(name, title, description, x, y, marks, legend)


Bounds = tuple[float, float]
"""The least and the most that a number can be: an interval is drawn no further."""


def by_month(
    name: str, rows: Iterable[Row], words: Words, *, title: str, label: str, digits: int, bounds: Bounds
) -> str:
    """Means by month of class end with their intervals; `rows` have month, mean, low, high (None: not drawn), n_classes."""
    shown = [row for row in rows if known(row, "month", "mean")]
    if not shown:
        return ""
    sure = [_within(row, bounds) for row in shown if known(row, "low", "high")]
    x = _days([row["month"] for row in shown], words)
    ends = [row[end] for row in sure for end in ("low", "high")]
    y = drawing.numbers([*(row["mean"] for row in shown), *ends], words.spoken.number, title=label)
    points = [(_day(x, row["month"]), y.at(row["mean"])) for row in shown]
    marks = [
        line(points, FADED),
        rules(((at := _day(x, row["month"]), y.at(row["low"]), at, y.at(row["high"])) for row in sure), BLUE),
        *(point(*at, BLUE) for at in points),
    ]
    kind: Kind = "fine" if digits == 2 else "points"
    worst, best = min(shown, key=lambda r: r["mean"]), max(shown, key=lambda r: r["mean"])
    description = words.say(
        "{n} bulan, dari {a} ({x}) sampai {b} ({y}). Terendah {low} ({lm}), tertinggi {high} ({hm}).",
        n=len(shown), a=words.plain(shown[0]["month"], "month"), x=words.show(shown[0]["mean"], kind),
        b=words.plain(shown[-1]["month"], "month"), y=words.show(shown[-1]["mean"], kind),
        low=words.show(worst["mean"], kind), lm=words.plain(worst["month"], "month"),
        high=words.show(best["mean"], kind), hm=words.plain(best["month"], "month"),
    )  # fmt: skip
    return drawing.svg(name, title, description, x, y, marks)


def by_night(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> str:
    """How long nights took; `rows` have ended_at and minutes. Empty text where all of them ended on one day."""
    shown = sorted((row for row in rows if known(row, "minutes")), key=lambda row: row["ended_at"])
    if len({row["ended_at"].date() for row in shown}) < 2:
        return ""
    x = _days([row["ended_at"] for row in shown], words)
    y = drawing.numbers([0, *(row["minutes"] for row in shown)], words.spoken.number, title=label)
    points = [(_day(x, row["ended_at"]), y.at(row["minutes"])) for row in shown]
    marks = [line(points, FADED), *(point(*at, BLUE) for at in points)]
    values = [row["minutes"] for row in shown]
    description = words.say(
        "{n} malam; tersingkat {low} menit, terlama {high} menit.",
        n=len(shown), low=words.show(min(values), "points"), high=words.show(max(values), "points"),
    )  # fmt: skip
    return drawing.svg(name, title, description, x, y, marks)


def effects(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> str:
    """Differences with 95 % intervals, one line per program, against zero; the mark says what the evidence is.

    `rows` have program_code, program_name (distinct), design, effect, ci_low, ci_high, claim (effect or change), evidence_grade.
    """
    shown = [row for row in rows if known(row, "effect", "ci_low", "ci_high")]
    if not shown:
        return ""
    shown.sort(key=lambda r: (-r["effect"], r["program_code"]))
    looks = [
        (BLUE, "circle", str(words.say("terbukti atau didukung bukti"))),
        (OCHRE, "square", str(words.say("perbandingan adil, tidak terbukti"))),
        (GREY, "triangle", str(words.say("bukan bukti pengaruh"))),
    ]
    ends = [row[end] for row in shown for end in ("effect", "ci_low", "ci_high")]
    x = drawing.numbers([0, *ends], words.spoken.number, title=label, is_upward=False)
    keys = [f"{row['program_code']}|{row['design']}" for row in shown]
    y = drawing.rows([drawing.cut(row["program_name"]) for row in shown], keys=keys)
    marks = [rules([(x.at(0), 0, x.at(0), y.length)], INK)]
    for at, row in enumerate(shown):
        color, shape, _ = looks[0 if row["evidence_grade"] in PROVEN else 1 if row["claim"] == "effect" else 2]
        interval = rules([(x.at(row["ci_low"]), y.at(at), x.at(row["ci_high"]), y.at(at))], color)
        marks.append(drawing.of_row(keys[at], [interval, point(x.at(row["effect"]), y.at(at), color, shape)]))
    clear = [row["program_name"] for row in shown if row["evidence_grade"] in PROVEN]
    description = words.say(
        "{n} program. Pengaruh terbukti atau didukung bukti: {clear}.",
        n=len(shown), clear=", ".join(clear) or words.say("tidak ada"),
    )  # fmt: skip
    return drawing.svg(name, title, description, x, y, marks, looks)


def dumbbells(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str, kind: Kind) -> str:
    """What was before and what is after, one line each; `rows` have label (distinct), before and after. Empty text without rows."""
    shown = list(rows)
    if not shown:
        return ""
    looks = [(GREY, "circle", str(words.say("sebelum"))), (BLUE, "square", str(words.say("sesudah")))]
    write = _percent(words) if kind == "share" else words.spoken.number
    ends = [row[end] for row in shown for end in ("before", "after")]
    x = drawing.numbers(ends, write, title=label, is_upward=False)
    y = drawing.rows([drawing.cut(row["label"]) for row in shown])
    marks = []
    for at, row in enumerate(shown):
        marks.append(rules([(x.at(row["before"]), y.at(at), x.at(row["after"]), y.at(at))], FADED, ' stroke-width="2"'))
        for end, (color, shape, _) in zip(("before", "after"), looks, strict=True):
            marks.append(point(x.at(row[end]), y.at(at), color, shape))
    described = Markup("; ").join(
        Markup("{} {} → {}").format(r["label"], words.show(r["before"], kind), words.show(r["after"], kind))
        for r in shown
    )
    return drawing.svg(name, title, described, x, y, marks, looks)


def intervals(
    name: str, rows: Iterable[Row], words: Words, *, title: str, label: str, kind: Kind, whole: float | None
) -> str:
    """A number of each with its interval, one line each, in the order of `rows`, and as a rule the number of all together; `rows` have label (distinct),
    value, low, high (None: not drawn). Empty text without rows."""
    shown = [row for row in rows if known(row, "value")]
    if not shown:
        return ""
    ends = [row[end] for row in shown for end in ("value", "low", "high") if known(row, end)]
    write = _percent(words) if kind == "share" else words.spoken.number
    x = drawing.numbers([*ends, *([] if whole is None else [whole])], write, title=label, is_upward=False)
    y = drawing.rows([drawing.cut(row["label"]) for row in shown])
    marks = [] if whole is None else [rules([(x.at(whole), 0, x.at(whole), y.length)], INK)]
    for at, row in enumerate(shown):
        if known(row, "low", "high"):
            marks.append(rules([(x.at(row["low"]), y.at(at), x.at(row["high"]), y.at(at))], BLUE))
        marks.append(point(x.at(row["value"]), y.at(at), BLUE))
    described = "; ".join(f"{row['label']} {words.plain(row['value'], kind)}" for row in shown)
    return drawing.svg(name, title, described, x, y, marks)


def around(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str, across: str) -> str:
    """A difference with its interval, month by month around a day; `rows` have months_since, net_deviation, net_low, net_high."""
    shown = list(rows)
    if len(shown) < 2:
        return ""
    x = drawing.numbers(
        [0, *(r["months_since"] for r in shown)],
        words.spoken.number,
        title=across,
        is_upward=False,
    )
    y = drawing.numbers(
        [0, *(r[end] for r in shown for end in ("net_low", "net_high"))], words.spoken.number, title=label
    )
    points = [(x.at(r["months_since"]), y.at(r["net_deviation"])) for r in shown]
    marks = [
        rules([(0, y.at(0), x.length, y.at(0))], INK),
        rules([(x.at(0), 0, x.at(0), y.length)], INK, ' stroke-dasharray="4 3"'),
        text(x.at(0) + 4, 10, str(words.say("kelas")), "start"),
        line(points, FADED),
        rules(
            (
                (x.at(r["months_since"]), y.at(r["net_low"]), x.at(r["months_since"]), y.at(r["net_high"]))
                for r in shown
            ),
            BLUE,
        ),
        *(point(*at, BLUE) for at in points),
    ]
    last, best = shown[-1], max(shown, key=lambda r: r["net_deviation"])
    description = words.say(
        "{n} bulan; tertinggi {high} pada bulan {m}; terakhir {last}.",
        n=len(shown), high=words.show(best["net_deviation"], "signed"), m=words.show(best["months_since"], "whole"), last=words.show(last["net_deviation"], "signed"),
    )  # fmt: skip
    return drawing.svg(name, title, description, x, y, marks)


def forms(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str, bounds: Bounds) -> str:
    """A number of each program in each of its forms with its interval; `rows` have code, label, kind (a method), value, low, high."""
    shown = [_within(row, bounds) for row in rows]
    if not shown:
        return ""
    kinds = sorted({row["kind"] for row in shown})
    looks = {kind: (*FORMS[at % len(FORMS)], str(words.word("method", kind))) for at, kind in enumerate(kinds)}
    programs = {row["code"]: row["label"] for row in shown}
    x = drawing.numbers(
        [row[end] for row in shown for end in ("value", "low", "high")],
        words.spoken.number,
        title=label,
        is_upward=False,
    )
    most = max(sum(row["code"] == code for row in shown) for code in programs)
    y = drawing.rows([drawing.cut(label) for label in programs.values()], most, list(programs))
    marks = []
    for at, code in enumerate(programs):
        own = [row for row in shown if row["code"] == code]
        for nth, row in enumerate(own):
            color, shape, _ = looks[row["kind"]]
            down = y.at(at) + (nth - (len(own) - 1) / 2) * drawing.MARK
            interval = rules([(x.at(row["low"]), down, x.at(row["high"]), down)], color)
            mark = point(x.at(row["value"]), down, color, shape)
            marks.append(drawing.of_row(f"{code}|{row['kind']}", [interval, mark]))
    least, most_of_all = min(shown, key=lambda row: row["value"]), max(shown, key=lambda row: row["value"])
    description = words.say(
        "{n} program, {m} bentuk. Tertinggi: {high}; terendah: {low}.",
        n=len(programs), m=len(kinds),
        **{end: Markup("{} ({})").format(row["label"], looks[row["kind"]][2]) for end, row in (("high", most_of_all), ("low", least))},
    )  # fmt: skip
    return drawing.svg(name, title, description, x, y, marks, list(looks.values()))


def by_dose(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> str:
    """Mean public satisfaction with its interval by period and group of offices.

    `rows` have period_start, period_end, dose_group, ikm, ikm_low, ikm_high (points 25–100).
    """
    all_looks = {"none": (GREY, "circle"), "low": (OCHRE, "square"), "high": (BLUE, "triangle")}
    shown = [row for row in rows if known(row, "ikm", "ikm_low", "ikm_high") and row["dose_group"] in all_looks]
    if not shown:
        return ""
    groups = [g for g in all_looks if any(row["dose_group"] == g for row in shown)]
    looks = {group: (*all_looks[group], str(words.word("dose", group))) for group in groups}
    periods = _periods(shown)
    x = drawing.names([_called(period, words) for period in periods])
    ends = [row[end] for row in shown for end in ("ikm", "ikm_low", "ikm_high")]
    y = drawing.numbers(ends, words.spoken.number, title=label)
    marks = []
    for row in shown:
        color, shape, _ = looks[row["dose_group"]]
        # Side by side in the middle of their period.
        at = x.at(periods.index(_period(row)) + (groups.index(row["dose_group"]) + 0.5) / len(groups) * 0.8 - 0.4)
        marks.append(rules([(at, y.at(row["ikm_low"]), at, y.at(row["ikm_high"]))], color))
        marks.append(point(at, y.at(row["ikm"]), color, shape))
    last = [row for row in shown if _period(row) == periods[-1]]
    listed = Markup("; ").join(
        Markup("{} {}").format(looks[r["dose_group"]][2], words.show(r["ikm"], "points")) for r in last
    )
    description = words.say(
        "{n} periode. Periode terakhir ({when}): {listed}.",
        n=len(periods), when=_called(periods[-1], words), listed=listed,
    )  # fmt: skip
    return drawing.svg(name, title, description, x, y, marks, list(looks.values()))


def by_period(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> str:
    """Public satisfaction of one office's services by period; `rows` have service, period_start, period_end, ikm. At most five services.
    Periods of as many months are one line: a year is none of its quarters."""
    found = [row for row in rows if known(row, "ikm")]
    services = sorted({row["service"] for row in found})[: len(SERVICES)]
    found = [row for row in found if row["service"] in services]
    if not found:
        return ""
    periods = _periods(found)
    x = drawing.names([_called(period, words) for period in periods])
    y = drawing.numbers([row["ikm"] for row in found], words.spoken.number, title=label)
    looks = dict(zip(services, SERVICES, strict=False))
    marks = []
    for service, (color, shape) in looks.items():
        own = {_period(row): row["ikm"] for row in found if row["service"] == service}
        for months in sorted({_months(period) for period in own}):
            points = [
                (x.at(at), y.at(own[period]))
                for at, period in enumerate(periods)
                if period in own and _months(period) == months
            ]
            marks += [line(points, color), *(point(*at, color, shape) for at in points)]
    legend = (
        [(*look, drawing.cut(service, drawing.WIDTH - 20)) for service, look in looks.items()]
        if len(services) > 1
        else []
    )
    values = [row["ikm"] for row in found]
    description = words.say(
        "{n} periode; terendah {low}, tertinggi {high}.",
        n=len(periods), low=words.show(min(values), "points"), high=words.show(max(values), "points"),
    )  # fmt: skip
    return drawing.svg(name, title, description, x, y, marks, legend)


def _within(row: Row, bounds: Bounds) -> Row:
    return row | {"low": max(row["low"], bounds[0]), "high": min(row["high"], bounds[1])}


Period = tuple[dt.date, dt.date]
"""Its last day, and its first."""
PARTS = {3: "quarter", 6: "semester"}
"""Months of the parts of a year that have names."""


def _period(row: Row) -> Period:
    return row["period_end"], row["period_start"]


def _periods(rows: Iterable[Row]) -> list[Period]:
    """In their order; of those that end together the shortest is the first."""
    return sorted({_period(row) for row in rows}, key=lambda period: (period[0], _months(period)))


def _months(period: Period) -> int:
    last, first = period
    return 12 * (last.year - first.year) + last.month - first.month + 1


def _called(period: Period, words: Words) -> str:
    """A quarter, half or whole year, or a month by its name; any other period by its first and last month."""
    last, first, months = *period, _months(period)
    if months in PARTS and last.month % months == 0:
        return f"{words.spoken.word(PARTS[months], str(last.month // months))} {last.year}"
    if (months, last.month) == (12, 12):
        return str(last.year)
    return "–".join(dict.fromkeys(map(words.spoken.short_month, (first, last))))


def _days(when: Iterable[dt.date], words: Words) -> Axis:
    return drawing.days(when, words.spoken.short_month, words.date)


def _day(x: Axis, day: dt.date) -> float:
    return x.at(day.toordinal())


def _percent(words: Words) -> Callable[[float, int], str]:
    return lambda share, digits: words.spoken.percent(share, max(0, digits - 2))
