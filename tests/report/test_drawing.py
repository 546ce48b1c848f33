"""Charts: every value lies inside the drawing area, ticks are round and tell themselves apart."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.report import charts, drawing, site
from warehouse.report.words import words_of

INDONESIAN, ENGLISH = words_of("id"), words_of("en")
NUMBERS = st.floats(-1e9, 1e9, allow_nan=False, allow_subnormal=False).map(lambda value: round(value, 6))
STYLE = (Path(site.__file__).parent / "assets" / "report.css").read_text(encoding="utf-8")
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2060, 12, 31))


def write(value: float, digits: int) -> str:
    """A number with so many decimals."""
    return f"{value:.{digits}f}"


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_an_axis_of_numbers_holds_them_and_has_few_distinct_ticks(values: list[float]) -> None:
    axis = drawing.numbers(values, write, title="")
    assert all(-1e-6 <= axis.at(value) <= axis.length + 1e-6 for value in values)
    labels = [label for _, label in axis.ticks]
    assert 2 <= len(labels) == len(set(labels)) <= 10
    assert axis.at(axis.low) == axis.length
    assert axis.at(axis.high) == 0


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_no_mark_stands_on_the_frame(values: list[float]) -> None:
    """Where the axis lies down: on it the first point, and its interval, would be taken for the frame."""
    axis = drawing.numbers(values, write, title="", is_upward=False)
    assert all(7 < axis.at(value) < axis.length - 7 for value in values)
    assert all(-1e-6 <= axis.at(at) <= axis.length + 1e-6 for at, _ in axis.ticks)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0.0, 0.4], ["0.0", "0.1", "0.2", "0.3", "0.4"]),
        ([83.1, 89.8], ["83", "84", "85", "86", "87", "88", "89", "90"]),
        ([-2.1, 4.3], ["-3", "-2", "-1", "0", "1", "2", "3", "4", "5"]),
        ([5.0], ["4.4", "4.6", "4.8", "5.0", "5.2", "5.4", "5.6"]),
    ],
)
def test_ticks_are_round_and_say_no_more_decimals_than_tell_them_apart(values: list[float], labels: list[str]) -> None:
    assert [label for _, label in drawing.numbers(values, write, title="").ticks] == labels


@given(st.lists(DAYS, min_size=1, max_size=20))
def test_an_axis_of_days_holds_them_and_has_few_ticks(days: list[dt.date]) -> None:
    axis = drawing.days(days, ENGLISH.spoken.short_month, ENGLISH.date)
    assert all(0 <= axis.at(day.toordinal()) <= axis.length for day in days)
    labels = [label for _, label in axis.ticks]
    assert 1 <= len(labels) == len(set(labels)) <= 9
    assert all(0 <= axis.at(at) <= axis.length for at, _ in axis.ticks)


def test_days_are_told_by_months_or_where_no_two_begin_by_their_ends() -> None:
    def labels(*days: dt.date) -> list[str]:
        return [label for _, label in drawing.days(days, INDONESIAN.spoken.short_month, INDONESIAN.date).ticks]

    assert labels(dt.date(2026, 1, 15), dt.date(2026, 5, 2)) == ["Feb 2026", "Mar 2026", "Apr 2026", "Mei 2026"]
    assert labels(dt.date(2024, 11, 1), dt.date(2026, 10, 30)) == ["Jan 2025", "Jul 2025", "Jan 2026", "Jul 2026"]
    assert labels(dt.date(2026, 11, 3), dt.date(2026, 11, 24)) == ["3 November 2026", "24 November 2026"]
    assert labels(dt.date(2026, 11, 3)) == ["3 November 2026"]


def test_names_are_thinned_where_they_would_overlap() -> None:
    quarters = [f"III {year}" for year in range(2001, 2021)]
    assert len(drawing.names(quarters[:5]).ticks) == 5
    assert 3 <= len(drawing.names(quarters).ticks) <= 7
    assert len(drawing.rows(quarters).ticks) == 20


@given(st.integers(1, 40), st.integers(1, 6))
def test_a_name_stands_over_its_marks_and_below_those_before(n: int, marks: int) -> None:
    axis = drawing.rows(["x"] * n, marks)
    half = drawing.MARK * (marks - 1) / 2
    for at in range(n):
        name = axis.at(at) - axis.above
        assert name <= axis.at(at) - half - 8, "marks are four high"
        assert name - drawing.FONT >= (axis.at(at - 1) + half + 4 if at else 0)
    assert axis.at(n - 1) + half + 4 <= axis.length


def test_a_text_is_cut_to_its_room() -> None:
    assert drawing.cut("Pelayanan Prima") == "Pelayanan Prima"
    short = drawing.cut("Dinas Pemberdayaan Masyarakat, Pemberdayaan Perempuan, Perlindungan Anak")
    assert short.endswith("…")
    assert drawing.WIDTH - 30 < drawing.wide(short) <= drawing.WIDTH


def period(year: int, first: int, last: int) -> dict[str, dt.date]:
    """From one month to another."""
    return {"period_start": dt.date(year, first, 1), "period_end": dt.date(year, last, 28)}


def test_a_chart_is_one_image_that_names_itself_and_what_is_typed_is_text() -> None:
    rows = [
        {"service": "<b>KTP & KK</b>", **period(2026, month - 2, month), "ikm": 80.0 + month} for month in (3, 6, 9)
    ] + [{"service": "Izin" * 40, **period(2026, 4, 6), "ikm": 77.0}]
    image = ET.fromstring(charts.by_period("skm", rows, INDONESIAN, title="<i>IKM</i>", label="IKM"))
    space = "{http://www.w3.org/2000/svg}"
    assert image.get("role") == "img"
    assert image.get("aria-labelledby") == "skm-title skm-text"
    assert image.findtext(f"{space}title") == "<i>IKM</i>"
    assert image.findtext(f"{space}desc") == "3 periode; terendah 77,0, tertinggi 89,0."
    texts = [text.text or "" for text in image.iter(f"{space}text")]
    assert {"Tw I 2026", "Tw II 2026", "Tw III 2026", "<b>KTP & KK</b>"} <= set(texts)
    assert max(map(drawing.wide, texts)) <= drawing.WIDTH
    assert len(list(image.iter(f"{space}circle"))) == 4, "three of the first service and its place in the legend"


def test_nights_are_drawn_in_their_order_and_not_of_one_day() -> None:
    def night(day: int, hour: int, minutes: float) -> dict[str, Any]:
        return {"ended_at": dt.datetime(2026, 11, day, hour), "minutes": minutes}

    about: dict[str, Any] = {"title": "t", "label": "l"}
    assert charts.by_night("x", [night(1, 2, 5.0), night(1, 3, 6.0)], ENGLISH, **about) == ""
    drawn = charts.by_night("x", [night(2, 2, 5.0), night(1, 3, 1.0), night(1, 2, 6.0)], ENGLISH, **about)
    (heights,) = (re.findall(r",([\d.]+)", path) for path in re.findall(r'd="(M[^"]*)" fill="none"', drawn))
    longest, shortest, last = map(float, heights)
    assert longest < last < shortest, "the first night of the day, the second, the next day's"


@pytest.mark.parametrize(
    ("first", "last", "indonesian", "english"),
    [
        (4, 6, "Tw II 2026", "Q2 2026"), (7, 12, "Smt II 2026", "H2 2026"), (1, 12, "2026", "2026"), (5, 5, "Mei 2026", "May 2026"),
        (2, 4, "Feb 2026–Apr 2026", "Feb 2026–Apr 2026"), (6, 11, "Jun 2026–Nov 2026", "Jun 2026–Nov 2026"),
    ],
)  # fmt: skip
def test_a_period_is_called_what_it_is(first: int, last: int, indonesian: str, english: str) -> None:
    rows = [{"service": "s", **period(2026, first, last), "ikm": 80.0}]
    assert f">{english}<" in charts.by_period("x", rows, ENGLISH, title="t", label="l")
    assert f">{indonesian}<" in charts.by_period("x", rows, INDONESIAN, title="t", label="l")


def test_a_year_is_on_no_line_with_its_quarters() -> None:
    rows = [{"service": "s", **period(2026, month - 2, month), "ikm": 80.0 + month} for month in (3, 6, 9, 12)]
    drawn = charts.by_period("x", [*rows, {"service": "s", **period(2026, 1, 12), "ikm": 30.0}], ENGLISH, title="t", label="l")  # fmt: skip
    lines = [path.count("L") for path in re.findall(r'd="(M[^"]*)" fill="none" stroke="var', drawn)]
    assert sorted(lines) == [0, 3]


def test_what_is_not_known_is_not_drawn() -> None:
    months = [
        {"month": dt.date(2026, 1, 1), "mean": 0.4, "low": None, "high": None},
        {"month": dt.date(2026, 2, 1), "mean": None, "low": None, "high": None},
        {"month": dt.date(2026, 3, 1), "mean": 0.5, "low": 0.45, "high": 0.55},
    ]
    about: dict[str, Any] = {"title": "t", "label": "l", "digits": 2, "bounds": (0, 1)}
    drawn = charts.by_month("x", months, ENGLISH, **about)
    assert drawn.count("<circle") == 2
    assert drawn.count(f'stroke="{charts.BLUE}"') == 1
    assert charts.by_month("x", months[1:2], ENGLISH, **about) == ""


def test_no_interval_reaches_what_cannot_be() -> None:
    """An index ends at 100, whatever few classes leave open."""
    months = [{"month": dt.date(2026, month, 1), "mean": 90.0, "low": 70.0, "high": 110.0} for month in (1, 2)]
    about: dict[str, Any] = {"title": "t", "label": "l", "digits": 0}
    assert ">110<" not in charts.by_month("x", months, ENGLISH, **about, bounds=(0, 100))
    assert ">110<" in charts.by_month("x", months, ENGLISH, **about, bounds=(0, 200))


def luminance(color: str) -> float:
    """The relative luminance of #rrggbb (WCAG 2)."""
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


COLORS = {
    name: value
    for module in (drawing, charts)
    for name, value in vars(module).items()
    if str(value).startswith("var(--c-") and name != "FAINT"  # lines behind what is read
}


@pytest.mark.parametrize("color", COLORS.values(), ids=COLORS)
def test_what_is_drawn_stands_out_on_white_and_on_dark_paper(color: str) -> None:
    """3 : 1 for what is drawn, 4.5 : 1 for what is written (WCAG 2.2, 1.4.11 and 1.4.3)."""
    found = re.fullmatch(r"var\((--c-\w+),(#\w{6})\)", color)
    assert found
    name, light = found.groups()
    dark = dict(re.findall(r"(--[\w-]+): (#\w{6})", STYLE.split("prefers-color-scheme: dark", 1)[1]))
    least = 4.5 if color == drawing.INK else 3
    assert contrast(light, "#ffffff") >= least
    assert contrast(dark[name], dark["--paper"]) >= least


def test_a_pale_colour_is_found() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#9db0c6", "#ffffff") < 3


def test_a_chart_names_its_colours() -> None:
    """None is written out: on dark paper it would stay as it was."""
    rows = [{"label": "A", "before": 1.0, "after": 2.0}]
    image = charts.dumbbells("x", rows, ENGLISH, title="t", label="l", kind="points")
    colors = re.findall(r'(?:fill|stroke)="([^"]+)"', image)
    assert {charts.GREY, charts.BLUE, charts.FADED, drawing.INK, drawing.EDGE} <= set(colors)
    assert [color for color in colors if not color.startswith("var(--") and color != "none"] == []
