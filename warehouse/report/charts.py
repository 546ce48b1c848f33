"""The report's charts in Vega-Lite's grammar: plain rows to what is drawn of them, and that to SVG text, static and self-contained.
What is not known is not drawn.

Each chart is an image with a title and a description in words; its text is sans-serif, it fills the width it is given,
and colour never carries a meaning alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert
from markupsafe import escape

from warehouse.evaluation.effects import PROVEN
from warehouse.report.figures import Row, known
from warehouse.report.words import Kind, Words

WIDTH, HEIGHT = 470, 170
"""Size of the drawing area, in the chart's own units."""
INK, RED, BLUE, GREY, FADED, FAINT = "#3d4650", "#b3261e", "#1b4f8a", "#6b7580", "#9db0c6", "#e3e7eb"
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "view": {"stroke": "transparent"},
    "font": "sans-serif",
    "axis": {
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelColor": INK, "titleColor": INK,
        "gridColor": FAINT, "domainColor": "#9aa3ad", "tickColor": "#9aa3ad", "titlePadding": 6,
        "labelLimit": 0,  # a limit has each label measured again
    },
    "legend": {"labelFontSize": 11, "orient": "top", "title": None, "labelColor": INK, "labelLimit": 300, "offset": 4, "columnPadding": 24},
    "text": {"fontSize": 11, "color": INK},
}  # fmt: skip


@dataclass(frozen=True)
class Chart:
    """What one chart draws: plain data, of which equal charts have equal SVG."""

    name: str
    """Begins the ids of its parts, so that they are its own on the page."""
    title: str
    description: str
    layers: list[Row]
    height: int
    format_locale: Row
    time_format_locale: Row

    def svg(self) -> str:
        """The chart as SVG text that names itself and scales with its box."""
        svg = vl_convert.vegalite_to_svg(
            {"layer": self.layers, "width": WIDTH, "height": self.height, "config": CONFIG},
            format_locale=self.format_locale,
            time_format_locale=self.time_format_locale,
        )
        # Inside an image nothing else is announced; the counters in ids differ from run to run.
        svg = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)
        ids = {old: f"{self.name}-{at}" for at, old in enumerate(dict.fromkeys(re.findall(r' id="([^"]+)"', svg)))}
        for old, new in ids.items():
            svg = svg.replace(f' id="{old}"', f' id="{new}"').replace(f"url(#{old})", f"url(#{new})")
        box = re.search(r'viewBox="[^"]*"', svg)
        view = box.group(0) if box else ""
        named = f'role="img" aria-labelledby="{self.name}-title {self.name}-text"'
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" {view} {named} font-family="sans-serif">'
            f'<title id="{self.name}-title">{escape(self.title)}</title><desc id="{self.name}-text">{escape(self.description)}</desc>'
        )
        return re.sub(r"^.*?<svg[^>]*>", lambda _: head, svg, count=1, flags=re.DOTALL)


def by_class(
    name: str,
    rows: Iterable[Row],
    words: Words,
    *,
    title: str,
    tolerated: float,
    label: str,
    versions: Sequence[tuple[dt.date, str]] = (),
) -> Chart | None:
    """The share that flags are judged by, called `label`, by day of class end with its Wilson interval, against the tolerated
    share; one mark per class.

    `rows` have end_date, n_observed, n_unfavourable, unfavourable_share, wilson_low, wilson_high (shares 0–1);
    `versions` are the days from which curriculum versions hold, drawn as vertical rules. None without rows.
    """
    shown = [r for r in rows if known(r, "end_date", "unfavourable_share", "wilson_low", "wilson_high")]
    if not shown:
        return None
    inside, above = (
        words.say("di bawah toleransi"),
        words.say("mencapai toleransi"),
    )
    data = [
        {
            "day": row["end_date"].isoformat(),
            "share": row["unfavourable_share"],
            "low": row["wilson_low"],
            "high": row["wilson_high"],
            "kind": str(above if row["unfavourable_share"] >= tolerated else inside),
        }
        for row in shown
    ]
    scale = {"domain": [0, max(0.4, *(d["high"] for d in data))], "nice": True}
    domain = [str(inside), str(above)]
    layers = [
        _layer(
            [{"y": tolerated}], _mark("rule", strokeDash=[4, 3], color=INK), y=_number("y", title=label, scale=scale)
        ),
        _layer(
            data, _mark("rule", color=FADED, strokeWidth=1.2),
            x=_days("day"), y=_number("low", title=label, scale=scale, axis={"format": ".0%", "tickCount": 5}), y2=_end("high"),
        ),
        _layer(
            data, _point(34), x=_days("day"), y=_number("share", title=label, scale=scale),
            color=_kind(domain, [BLUE, RED]), shape=_kind(domain, ["circle", "diamond"]),
        ),
    ]  # fmt: skip
    days = [row["end_date"] for row in shown]
    marks = [(day, version) for day, version in versions if min(days) <= day <= max(days)]
    if marks:
        begun = [{"day": d.isoformat(), "text": str(words.say("versi {v}", v=v))} for d, v in marks]
        layers += [
            _layer(begun, _mark("rule", color=INK, strokeWidth=1.5), x=_days("day")),
            _layer(begun, _mark("text", align="left", dx=4, y=6), x=_days("day"), text=_text("text")),
        ]
    shares = [row["unfavourable_share"] for row in shown]
    description = words.say(
        "{n} kelas dari {first} sampai {last}; {bad} di antaranya mencapai toleransi {tolerated}. Terendah {low}, tertinggi {high}.",
        n=len(shown), first=words.date(min(days)), last=words.date(max(days)), bad=sum(s >= tolerated for s in shares),
        tolerated=words.plain(tolerated, "share"), low=words.plain(min(shares), "share"), high=words.plain(max(shares), "share"),
    )  # fmt: skip
    return _chart(name, layers, words, title, str(description))


def by_month(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str, digits: int) -> Chart | None:
    """Means by month of class end with their intervals; `rows` have month, mean, low, high (None: not drawn), n_classes."""
    shown = [row for row in rows if known(row, "month", "mean")]
    if not shown:
        return None
    data = [{"day": r["month"].isoformat(), "mean": r["mean"], "low": r["low"], "high": r["high"]} for r in shown]
    x = _days("day")
    y = _number(
        "mean", title=label, scale={"zero": False, "nice": True}, axis={"format": f".{digits}f", "tickCount": 5}
    )
    sure = [d for d in data if d["low"] is not None and d["high"] is not None]
    layers = [
        _layer(data, _mark("line", color=FADED), x=x, y=y),
        _layer(sure, _mark("rule", color=BLUE), x=x, y=_number("low", title=label), y2=_end("high")),
        _layer(data, _point(40, color=BLUE), x=x, y=y),
    ]
    kind: Kind = "fine" if digits == 2 else "points"
    worst, best = min(shown, key=lambda r: r["mean"]), max(shown, key=lambda r: r["mean"])
    description = words.say(
        "{n} bulan, dari {a} ({x}) sampai {b} ({y}). Terendah {low} ({lm}), tertinggi {high} ({hm}).",
        n=len(shown), a=words.plain(shown[0]["month"], "month"), x=words.plain(shown[0]["mean"], kind),
        b=words.plain(shown[-1]["month"], "month"), y=words.plain(shown[-1]["mean"], kind),
        low=words.plain(worst["mean"], kind), lm=words.plain(worst["month"], "month"),
        high=words.plain(best["mean"], kind), hm=words.plain(best["month"], "month"),
    )  # fmt: skip
    return _chart(name, layers, words, title, str(description))


def by_night(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> Chart | None:
    """How long nights took; `rows` have ended_at and minutes. None without two of them."""
    shown = [row for row in rows if known(row, "minutes")]
    if len(shown) < 2:
        return None
    data = [{"day": row["ended_at"].isoformat(), "y": row["minutes"]} for row in shown]
    line = {"x": _days("day"), "y": _number("y", title=label, axis={"tickCount": 5})}
    layers = [_layer(data, _mark("line", color=FADED), **line), _layer(data, _point(40, color=BLUE), **line)]
    values = [row["minutes"] for row in shown]
    description = words.say(
        "{n} malam; tersingkat {low} menit, terlama {high} menit.",
        n=len(shown), low=words.plain(min(values), "points"), high=words.plain(max(values), "points"),
    )  # fmt: skip
    return _chart(name, layers, words, title, str(description))


def effects(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> Chart | None:
    """Differences with 95 % intervals, one line per program, against zero; filled marks may be read as effects.

    `rows` have program_code, program_name (distinct), effect, ci_low, ci_high, claim (effect or change), evidence_grade.
    """
    shown = [row for row in rows if known(row, "effect", "ci_low", "ci_high")]
    if not shown:
        return None
    shown.sort(key=lambda r: (-r["effect"], r["program_code"]))
    kinds = {claim: str(words.word("claim", claim)) for claim in ("effect", "change")}
    data = [
        {
            "who": r["program_name"],
            "x": r["effect"],
            "low": r["ci_low"],
            "high": r["ci_high"],
            "kind": kinds[r["claim"]],
        }
        for r in shown
    ]
    who = _text("who", sort=[row["program_name"] for row in shown], title=None, axis={"labelLimit": 260})
    domain = list(kinds.values())
    color = _kind(domain, [BLUE, GREY])
    layers = [
        _layer([{"x": 0}], _mark("rule", color=INK), x=_number("x", title=label)),
        _layer(data, _mark("rule"), y=who, x=_number("low", title=label), x2=_end("high"), color=color),
        _layer(
            data, _point(48), y=who, x=_number("x", title=label), color=color,
            shape=_kind(domain, ["circle", "triangle-up"]),
        ),
    ]  # fmt: skip
    clear = [row["program_name"] for row in shown if row["evidence_grade"] in PROVEN]
    description = words.say(
        "{n} program. Pengaruh yang selangnya tidak memuat nol: {clear}.",
        n=len(shown), clear=", ".join(clear) or words.say("tidak ada"),
    )  # fmt: skip
    return _chart(name, layers, words, title, str(description), height=20 * len(shown) + 10)


def by_dose(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> Chart | None:
    """Mean public satisfaction with its interval by period and group of offices.

    `rows` have period_end, dose_group, ikm, ikm_low, ikm_high (points 25–100).
    """
    drawn = ("none", "low", "high")
    shown = [row for row in rows if known(row, "ikm", "ikm_low", "ikm_high") and row["dose_group"] in drawn]
    if not shown:
        return None
    groups = [g for g in drawn if any(row["dose_group"] == g for row in shown)]
    kinds = {group: str(words.word("dose", group)) for group in groups}
    periods = sorted({row["period_end"] for row in shown})
    names = {day: f"{_quarter(day)} {day.year}" for day in periods}
    data = [
        {
            "when": names[r["period_end"]],
            "y": r["ikm"],
            "low": r["ikm_low"],
            "high": r["ikm_high"],
            "kind": kinds[r["dose_group"]],
        }
        for r in shown
    ]
    domain = list(kinds.values())
    colors = {"none": GREY, "low": "#a8600a", "high": BLUE}
    shapes = {"none": "circle", "low": "square", "high": "triangle-up"}
    side_by_side = {
        "x": _period("when", list(names.values())),
        "xOffset": _text("kind", sort=domain),
        "color": _kind(domain, [colors[g] for g in groups], sort=domain),
    }
    scale = {"zero": False, "nice": True}
    layers = [
        _layer(data, _mark("rule"), **side_by_side, y=_number("low", title=label, scale=scale), y2=_end("high")),
        _layer(
            data, _point(48), **side_by_side, y=_number("y", title=label, scale=scale),
            shape=_kind(domain, [shapes[g] for g in groups], sort=domain),
        ),
    ]  # fmt: skip
    last = [row for row in shown if row["period_end"] == periods[-1]]
    listed = "; ".join(f"{kinds[r['dose_group']]} {words.plain(r['ikm'], 'points')}" for r in last)
    description = words.say(
        "{n} periode. Periode terakhir ({when}): {listed}.",
        n=len(periods), when=names[periods[-1]], listed=listed,
    )  # fmt: skip
    return _chart(name, layers, words, title, str(description))


def by_period(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> Chart | None:
    """Public satisfaction of one office's services by period; `rows` have service, period_end, ikm. At most five services."""
    found = [row for row in rows if known(row, "ikm")]
    services = sorted({row["service"] for row in found})[:5]
    found = [row for row in found if row["service"] in services]
    if not found:
        return None
    periods = sorted({row["period_end"] for row in found})
    names = {day: f"{_quarter(day)} {day.year}" for day in periods}
    data = [{"when": names[row["period_end"]], "y": row["ikm"], "kind": row["service"]} for row in found]
    legend = {"legend": None} if len(services) == 1 else {}
    colors = [BLUE, "#a8600a", "#2b6b3f", "#7a3e8e", GREY]
    lines = {
        "x": _period("when", list(names.values())),
        "y": _number("y", title=label, scale={"zero": False, "nice": True}, axis={"tickCount": 5}),
        "color": _kind(services, colors[: len(services)], sort=services, **legend),
    }
    layers = [
        _layer(data, _mark("line", strokeWidth=1.2), **lines),
        _layer(data, _point(44), **lines, shape=_text("kind", sort=services, **legend)),
    ]
    values = [row["ikm"] for row in found]
    description = words.say(
        "{n} periode; terendah {low}, tertinggi {high}.",
        n=len(periods), low=words.plain(min(values), "points"), high=words.plain(max(values), "points"),
    )  # fmt: skip
    return _chart(name, layers, words, title, str(description))


def _quarter(day: dt.date) -> str:
    return ("I", "II", "III", "IV")[(day.month - 1) // 3]


def _layer(rows: list[Row], mark: Row, **encoding: Row) -> Row:
    """One layer of a Vega-Lite chart: its rows, what marks them, and what each channel takes from a row."""
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _mark(kind: str, **look: Any) -> Row:
    return {"type": kind} | look


def _point(size: int, **look: Any) -> Row:
    return _mark("point", filled=True, size=size, opacity=1, **look)


def _number(field: str, **more: Any) -> Row:
    return {"field": field, "type": "quantitative"} | more


def _text(field: str, **more: Any) -> Row:
    return {"field": field, "type": "nominal"} | more


def _end(field: str) -> Row:
    return {"field": field}


def _kind(domain: list[str], look: list[str], **more: Any) -> Row:
    """Colours or shapes for the words of the column `kind`."""
    return _text("kind", scale={"domain": domain, "range": look}, **more)


def _period(field: str, order: list[str]) -> Row:
    return {"field": field, "type": "ordinal", "sort": order, "title": None, "axis": {"labelAngle": 0}}


def _days(field: str) -> Row:
    # Days are written and read as UTC, so that the machine's time zone moves none of them.
    return {
        "field": field,
        "type": "temporal",
        "title": None,
        "scale": {"type": "utc", "padding": 8},
        "axis": {"format": "%b %Y", "tickCount": 6, "labelOverlap": True},
    }


def _chart(name: str, layers: list[Row], words: Words, title: str, description: str, height: int = HEIGHT) -> Chart:
    return Chart(name, title, description, layers, height, words.format_locale, words.time_format_locale)
