"""Small charts as SVG text: two axes, what is drawn between them, and a legend. Plain numbers in, text out; no words, no tables.

Text is set in the reader's own sans-serif, so its width is only estimated, generously. A chart is so narrow that its text is read on a phone.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import escape

WIDTH, HEIGHT, SCALE = 330, 160, 1.4
"""Size of the drawing area, in the chart's own units, and pixels to such a unit where there is room."""
INK, EDGE, FAINT = "var(--c-ink,#3d4650)", "var(--c-edge,#8a939d)", "var(--c-faint,#e3e7eb)"
"""Colours are those of white paper; a page whose paper is dark gives others to the same names (report.css), and a saved image has these."""
PAPER = "var(--paper,#fff)"
FONT = 11
"""Height of the text."""
WIDTHS = {
    **dict.fromkeys("Iijlft.,:;|()- ", 4.2),
    **dict.fromkeys("mwMW%", 10.5),
    **dict.fromkeys("ABCDEGHKNOPQRUVXYZ&", 8.2),
}
"""Widths that letters are taken to have; others have that of a digit."""
DIGIT, MARK, ROOM = 7.0, 9.0, 8
"""Width of a digit, how far marks of one row lie apart, and how far the first and the last mark stay from the frame."""
MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)
"""Months that may lie between two ticks of an axis of days."""


@dataclass(frozen=True)
class Axis:
    """Values to positions along one side of the drawing area, with its ticks."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    title: str = ""
    length: float = WIDTH
    is_upward: bool = False
    has_grid: bool = True
    above: float = 0
    """How far over its marks a name is written; 0: beside the drawing area."""
    keys: Sequence[str] = ()
    """What rows are called by tables of the page."""

    def at(self, value: float) -> float:
        """Where a value lies; with nothing to tell values apart by, in the middle."""
        share = (value - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.length * (1 - share if self.is_upward else share)


def numbers(
    values: Iterable[float],
    write: Callable[[float, int], str],
    *,
    title: str,
    is_upward: bool = True,
) -> Axis:
    """An axis whose ticks are round numbers; `write` writes one with so many decimals. It ends at its first and last tick, but one that lies down
    goes on where a mark would stand on the frame."""
    low, high = min(values := list(values)), max(values)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        low, high = low - abs(low or 1) / 10, high + abs(high or 1) / 10
    raw = (high - low) / (5 if is_upward else 6)
    power = 10.0 ** math.floor(math.log10(raw))
    step = power * next(
        factor for factor, limit in ((1, 1.42), (2, 3.17), (5, 7.08), (10, 10.01)) if raw / power < limit
    )
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = [(n * step, write(n * step, digits)) for n in range(first, last + 1)]
    start, end = first * step, last * step
    if is_upward:
        return Axis(start, end, ticks, title, HEIGHT, is_upward)
    room = (end - start) * ROOM / WIDTH
    return Axis(start - room * (low < start + room), end + room * (high > end - room), ticks, title)


def days(when: Iterable[dt.date], month: Callable[[dt.date], str], day: Callable[[dt.date], str]) -> Axis:
    """An axis of days with a tick at the beginning of every so many months; where fewer than two begin, at both ends.
    `month` and `day` write one."""
    first, last = min(when := list(when)), max(when)
    begins = [
        dt.date(at // 12, at % 12 + 1, 1)
        for at in range(first.year * 12 + first.month - 1 + (first.day > 1), last.year * 12 + last.month)
    ]
    step = next((step for step in MONTHS if len(begins) / step <= 5), MONTHS[-1])
    shown = [begin for begin in begins if (begin.year * 12 + begin.month - 1) % step == 0]
    ticks = [(float(begin.toordinal()), month(begin)) for begin in shown]
    if len(ticks) < 2:
        ticks = [(float(end.toordinal()), day(end)) for end in dict.fromkeys((first, last))]
    room = (last - first).days * ROOM / WIDTH
    return Axis(first.toordinal() - room, last.toordinal() + room, ticks)


def names(texts: Sequence[str]) -> Axis:
    """An axis of names along the lower side, the n-th at n; as many are written as there is room for."""
    step = math.ceil(len(texts) * max(map(wide, texts)) / WIDTH)
    return Axis(-0.5, len(texts) - 0.5, list(enumerate(texts))[::step], has_grid=False)


def rows(texts: Sequence[str], marks: int = 1, keys: Sequence[str] = ()) -> Axis:
    """A row per name, the n-th at n, with the name over its marks; `marks` lie below one another, `MARK` apart. `keys` as in `of_row`."""
    half = MARK * (marks - 1) / 2
    above = half + 9
    row = above + 12 + half + 9
    low = -(above + 12) / row
    return Axis(
        low, low + len(texts), list(enumerate(texts)), "", row * len(texts), has_grid=False, above=above, keys=keys
    )


def line(points: Sequence[tuple[float, float]], color: str) -> str:
    """A line through points."""
    path = "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="1.5"/>'


def rules(ends: Iterable[tuple[float, float, float, float]], color: str, more: str = "") -> str:
    """Straight lines from x, y to x, y, in one colour."""
    path = "".join(f"M{x:.1f},{y:.1f}L{to_x:.1f},{to_y:.1f}" for x, y, to_x, to_y in ends)
    return f'<path d="{path}" stroke="{color}"{more}/>' if path else ""


def point(x: float, y: float, color: str, shape: str = "circle", size: float = 3.3) -> str:
    """A filled mark; `shape` is circle, square, diamond or triangle."""
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{color}"/>'
    corners = {
        "square": ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
        "diamond": ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)),
        "triangle": ((0, -1.2), (1.2, 0.9), (-1.2, 0.9)),
    }[shape]
    path = "L".join(f"{x + size * across:.1f},{y + size * down:.1f}" for across, down in corners)
    return f'<path d="M{path}Z" fill="{color}"/>'


def of_row(key: str, marks: Iterable[str]) -> str:
    """What belongs to a row that a table of the page has by the same key, `code|part`: a filter of the table dims it, too.
    Without a key no table has it."""
    return f'<g data-row="{escape(key)}">{"".join(marks)}</g>' if key else "".join(marks)


def text(x: float, y: float, content: str, anchor: str = "middle", more: str = "") -> str:
    """A text; `anchor` is start, middle or end."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(content)}</text>'


def wide(content: str) -> float:
    """How much room a text is taken to need."""
    return sum(WIDTHS.get(letter, DIGIT) for letter in content)


def cut(content: str, room: float = WIDTH) -> str:
    """A text that fits into the room, with an ellipsis for what does not."""
    if wide(content) <= room:
        return content
    while wide(content) > room - DIGIT:
        content = content[:-1]
    return f"{content.rstrip()}…"


HALO = f' paint-order="stroke" stroke="{PAPER}" stroke-width="3"'
"""Of a text that lines go behind."""


def svg(
    name: str,
    title: str,
    description: str,
    x: Axis,
    y: Axis,
    marks: Iterable[str],
    legend: Sequence[tuple[str, str, str]] = (),
) -> str:
    """The chart as an image that names itself, scales with its box and has ids of its own on the page.

    `description` may be markup. `marks` are drawn in their order, at the positions that the axes give; `legend` has colour, shape and text of each kind.
    """
    entries, across, down = [], 0.0, 0
    for color, shape, content in legend:
        width = 14 + wide(content)
        if across and across + width > x.length:
            across, down = 0.0, down + 17
        entries += [point(across + 5, down - 4, color, shape, 4.5), text(across + 14, down, content, "start")]
        across += width + 20
    top = 9 + (down + 19 if legend else 0)
    half = max(wide(label) for _, label in x.ticks) / 2
    beside = 0.0 if y.above else 8 + max(wide(label) for _, label in y.ticks) + (18 if y.title else 0)
    left, right = max(beside, half) + 4, half + 6
    width, height = left + x.length + right, top + y.length + 24 + (16 if x.title else 0)
    drawn = [
        rules(((x.at(at), 0, x.at(at), y.length) for at, _ in x.ticks if x.has_grid), FAINT),
        rules(((0, y.at(at), x.length, y.at(at)) for at, _ in y.ticks if y.has_grid), FAINT),
        rules(((x.at(at), y.length, x.at(at), y.length + 5) for at, _ in x.ticks), EDGE),
        rules(((-5, y.at(at), 0, y.at(at)) for at, _ in y.ticks if not y.above), EDGE),
        *(text(x.at(at), y.length + 17, label) for at, label in x.ticks),
        *(text(-8, y.at(at) + 4, label, "end") for at, label in y.ticks if not y.above),
        *marks,
        *(
            of_row(y.keys[nth] if y.keys else "", [text(4, y.at(at) - y.above, label, "start", HALO)])
            for nth, (at, label) in enumerate(y.ticks if y.above else ())
        ),
        rules([(0, 0, 0, y.length), (0, y.length, x.length, y.length)], EDGE),
    ]
    if x.title:
        drawn.append(text(x.length / 2, y.length + 34, x.title))
    if y.title:
        drawn.append(text(-y.length / 2, 10 - left, y.title, more=' transform="rotate(-90)"'))
    if legend:
        drawn.append(f'<g transform="translate(0,{-down - 12})">{"".join(entries)}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width * SCALE:.0f}" role="img" '
        f'aria-labelledby="{name}-title {name}-text" font-family="sans-serif" font-size="{FONT}" fill="{INK}">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-text">{escape(description)}</desc>'
        f'<g transform="translate({left:.1f},{top})">{"".join(drawn)}</g></svg>'
    )
