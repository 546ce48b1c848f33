"""The report's charts: plain rows to SVG text, static and self-contained. What is not known is not drawn.

Each chart is an image with a title and a description in words; its text is sans-serif, it fills the width it is given,
and colour never carries a meaning alone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup, escape

from warehouse.report.figures import Row, known
from warehouse.report.words import Kind, Words

WIDTH, HEIGHT = 470, 170
"""Size of the drawing area, in the chart's own units."""
INK, RED, BLUE, GREY, FAINT = "#3d4650", "#b3261e", "#1b4f8a", "#6b7580", "#e3e7eb"
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "view": {"stroke": "transparent"},
    "font": "sans-serif",
    "axis": {
        "labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "labelColor": INK, "titleColor": INK,
        "gridColor": FAINT, "domainColor": "#9aa3ad", "tickColor": "#9aa3ad", "titlePadding": 6,
    },
    "legend": {"labelFontSize": 11, "orient": "top", "title": None, "labelColor": INK, "labelLimit": 300, "offset": 4},
    "text": {"fontSize": 11, "color": INK},
}  # fmt: skip


def by_class(
    name: str,
    rows: Iterable[Row],
    words: Words,
    *,
    title: str,
    tolerated: float,
    label: str,
    versions: Sequence[tuple[dt.date, str]] = (),
) -> str:
    """The share that flags are judged by, called `label`, by day of class end with its Wilson interval, against the tolerated
    share; one mark per class.

    `rows` have end_date, n_observed, n_unfavourable, unfavourable_share, wilson_low, wilson_high (shares 0–1);
    `versions` are the days from which curriculum versions hold, drawn as vertical rules. Empty text without rows.
    """
    shown = [r for r in rows if known(r, "end_date", "unfavourable_share", "wilson_low", "wilson_high")]
    if not shown:
        return ""
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
    scale = alt.Scale(domain=[0, max(0.4, *(d["high"] for d in data))], nice=True)
    percent = ".0%"
    base = alt.Chart(_values(data)).encode(x=_days("day"))
    kinds = {
        "color": alt.Color("kind:N", scale=alt.Scale(domain=[str(inside), str(above)], range=[BLUE, RED])),
        "shape": alt.Shape("kind:N", scale=alt.Scale(domain=[str(inside), str(above)], range=["circle", "diamond"])),
    }
    layers: list[Any] = [
        alt.Chart(_values([{"y": tolerated}]))
        .mark_rule(strokeDash=[4, 3], color=INK)
        .encode(y=alt.Y("y:Q", scale=scale, title=label)),
        base.mark_rule(color="#9db0c6", strokeWidth=1.2).encode(
            y=alt.Y("low:Q", scale=scale, axis=alt.Axis(format=percent, tickCount=5), title=label), y2="high:Q"
        ),
        base.mark_point(filled=True, size=34, opacity=1).encode(y=alt.Y("share:Q", scale=scale, title=label), **kinds),
    ]
    days = [row["end_date"] for row in shown]
    marks = [(day, version) for day, version in versions if min(days) <= day <= max(days)]
    if marks:
        rules = alt.Chart(
            _values([{"day": d.isoformat(), "text": str(words.say("versi {v}", v=v))} for d, v in marks])
        ).encode(x=_days("day"))
        layers += [
            rules.mark_rule(color=INK, strokeWidth=1.5),
            rules.mark_text(align="left", dx=4, y=6).encode(text="text:N"),
        ]
    shares = [row["unfavourable_share"] for row in shown]
    description = words.say(
        "{n} kelas dari {first} sampai {last}; {bad} di antaranya mencapai toleransi {tolerated}. Terendah {low}, tertinggi {high}.",
        n=len(shown), first=words.date(min(days)), last=words.date(max(days)), bad=sum(s >= tolerated for s in shares),
        tolerated=words.plain(tolerated, "share"), low=words.plain(min(shares), "share"), high=words.plain(max(shares), "share"),
    )  # fmt: skip
    return _svg(name, alt.layer(*layers), words, title, str(description))


def by_month(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str, digits: int) -> str:
    """Means by month of class end with their intervals; `rows` have month, mean, low, high (None: not drawn), n_classes."""
    shown = [row for row in rows if known(row, "month", "mean")]
    if not shown:
        return ""
    data = [{"day": r["month"].isoformat(), "mean": r["mean"], "low": r["low"], "high": r["high"]} for r in shown]
    y = alt.Y(
        "mean:Q", title=label, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(format=f".{digits}f", tickCount=5)
    )
    base = alt.Chart(_values(data)).encode(x=_days("day"))
    sure = alt.Chart(_values([d for d in data if d["low"] is not None and d["high"] is not None])).encode(
        x=_days("day")
    )
    chart = alt.layer(
        base.mark_line(color="#9db0c6").encode(y=y),
        sure.mark_rule(color=BLUE).encode(y=alt.Y("low:Q", title=label), y2="high:Q"),
        base.mark_point(filled=True, size=40, opacity=1, color=BLUE).encode(y=y),
    )
    kind: Kind = "fine" if digits == 2 else "points"
    worst, best = min(shown, key=lambda r: r["mean"]), max(shown, key=lambda r: r["mean"])
    description = words.say(
        "{n} bulan, dari {a} ({x}) sampai {b} ({y}). Terendah {low} ({lm}), tertinggi {high} ({hm}).",
        n=len(shown), a=words.plain(shown[0]["month"], "month"), x=words.plain(shown[0]["mean"], kind),
        b=words.plain(shown[-1]["month"], "month"), y=words.plain(shown[-1]["mean"], kind),
        low=words.plain(worst["mean"], kind), lm=words.plain(worst["month"], "month"),
        high=words.plain(best["mean"], kind), hm=words.plain(best["month"], "month"),
    )  # fmt: skip
    return _svg(name, chart, words, title, str(description))


def effects(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> str:
    """Differences with 95 % intervals, one line per program, against zero; filled marks may be read as effects.

    `rows` have program_code, program_name (distinct), effect, ci_low, ci_high, claim (effect or change).
    """
    shown = [row for row in rows if known(row, "effect", "ci_low", "ci_high")]
    if not shown:
        return ""
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
    y = alt.Y("who:N", sort=[row["program_name"] for row in shown], title=None, axis=alt.Axis(labelLimit=260))
    domain = list(kinds.values())
    base = alt.Chart(_values(data)).encode(y=y)
    color = alt.Color("kind:N", scale=alt.Scale(domain=domain, range=[BLUE, GREY]))
    chart = alt.layer(
        alt.Chart(_values([{"x": 0}])).mark_rule(color=INK).encode(x=alt.X("x:Q", title=label)),
        base.mark_rule().encode(x=alt.X("low:Q", title=label), x2="high:Q", color=color),
        base.mark_point(filled=True, size=48, opacity=1).encode(
            x=alt.X("x:Q", title=label), color=color,
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=domain, range=["circle", "triangle-up"])),
        ),
    )  # fmt: skip
    clear = [row["program_name"] for row in shown if row["evidence_grade"] == "didukung"]
    description = words.say(
        "{n} program. Pengaruh yang selangnya tidak memuat nol: {clear}.",
        n=len(shown), clear=", ".join(clear) or words.say("tidak ada"),
    )  # fmt: skip
    return _svg(
        name, chart.properties(width=WIDTH, height=20 * len(shown) + 10), words, title, str(description), sized=True
    )


def by_dose(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> str:
    """Mean public satisfaction with its interval by period and group of offices.

    `rows` have period_end, dose_group, ikm, ikm_low, ikm_high (points 25–100).
    """
    drawn = ("none", "low", "high")
    shown = [row for row in rows if known(row, "ikm", "ikm_low", "ikm_high") and row["dose_group"] in drawn]
    if not shown:
        return ""
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
    base = alt.Chart(_values(data)).encode(
        x=alt.X("when:O", sort=list(names.values()), title=None, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("kind:N", sort=domain),
        color=alt.Color("kind:N", sort=domain, scale=alt.Scale(domain=domain, range=[colors[g] for g in groups])),
    )
    scale = alt.Scale(zero=False, nice=True)
    chart = alt.layer(
        base.mark_rule().encode(y=alt.Y("low:Q", title=label, scale=scale), y2="high:Q"),
        base.mark_point(filled=True, size=48, opacity=1).encode(
            y=alt.Y("y:Q", title=label, scale=scale),
            shape=alt.Shape("kind:N", sort=domain, scale=alt.Scale(domain=domain, range=[shapes[g] for g in groups])),
        ),
    )
    last = [row for row in shown if row["period_end"] == periods[-1]]
    listed = "; ".join(f"{kinds[r['dose_group']]} {words.plain(r['ikm'], 'points')}" for r in last)
    description = words.say(
        "{n} periode. Periode terakhir ({when}): {listed}.",
        n=len(periods), when=names[periods[-1]], listed=listed,
    )  # fmt: skip
    return _svg(name, chart, words, title, str(description))


def by_period(name: str, rows: Iterable[Row], words: Words, *, title: str, label: str) -> str:
    """Public satisfaction of one office's services by period; `rows` have service, period_end, ikm. At most five services."""
    found = [row for row in rows if known(row, "ikm")]
    services = sorted({row["service"] for row in found})[:5]
    found = [row for row in found if row["service"] in services]
    if not found:
        return ""
    periods = sorted({row["period_end"] for row in found})
    names = {day: f"{_quarter(day)} {day.year}" for day in periods}
    data = [{"when": names[row["period_end"]], "y": row["ikm"], "kind": row["service"]} for row in found]
    x = alt.X("when:O", sort=list(names.values()), title=None, axis=alt.Axis(labelAngle=0))
    y = alt.Y("y:Q", title=label, scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(tickCount=5))
    shown = None if len(services) == 1 else alt.Undefined
    colors = [BLUE, "#a8600a", "#2b6b3f", "#7a3e8e", GREY]
    base = alt.Chart(_values(data)).encode(
        x=x,
        y=y,
        color=alt.Color(
            "kind:N", sort=services, scale=alt.Scale(domain=services, range=colors[: len(services)]), legend=shown
        ),
    )
    chart = alt.layer(
        base.mark_line(strokeWidth=1.2),
        base.mark_point(filled=True, size=44, opacity=1).encode(shape=alt.Shape("kind:N", sort=services, legend=shown)),
    )
    values = [row["ikm"] for row in found]
    description = words.say(
        "{n} periode; terendah {low}, tertinggi {high}.",
        n=len(periods), low=words.plain(min(values), "points"), high=words.plain(max(values), "points"),
    )  # fmt: skip
    return _svg(name, chart, words, title, str(description))


def _quarter(day: dt.date) -> str:
    return ("I", "II", "III", "IV")[(day.month - 1) // 3]


def _values(rows: list[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=rows)


def _days(field: str) -> alt.X:
    # Days are written and read as UTC, so that the machine's time zone moves none of them.
    return alt.X(
        f"{field}:T",
        title=None,
        scale=alt.Scale(type="utc", padding=8),
        axis=alt.Axis(format="%b %Y", tickCount=6, labelOverlap=True),
    )


def _svg(
    name: str,
    chart: alt.LayerChart | alt.FacetChart,
    words: Words,
    title: str,
    description: str,
    *,
    sized: bool = False,
) -> str:
    """The chart as SVG text that names itself, scales with its box and has ids of its own on the page."""
    if not sized:
        chart = chart.properties(width=WIDTH, height=HEIGHT)
    svg = vl_convert.vegalite_to_svg(
        chart.to_dict(validate=False) | {"config": CONFIG},
        format_locale=words.format_locale,
        time_format_locale=words.time_format_locale,
    )
    # Inside an image nothing else is announced; the counters in ids differ from run to run.
    svg = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", svg)
    ids = {old: f"{name}-{at}" for at, old in enumerate(dict.fromkeys(re.findall(r' id="([^"]+)"', svg)))}
    for old, new in ids.items():
        svg = svg.replace(f' id="{old}"', f' id="{new}"').replace(f"url(#{old})", f"url(#{new})")
    box = re.search(r'viewBox="[^"]*"', svg)
    view = box.group(0) if box else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {view} role="img" aria-labelledby="{name}-title {name}-text" font-family="sans-serif">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-text">{escape(description)}</desc>'
    )
    return str(Markup(re.sub(r"^.*?<svg[^>]*>", lambda _: head, svg, count=1, flags=re.DOTALL)))
