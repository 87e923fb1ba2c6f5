"""Chart geometry: numbers by week to the coordinates of an SVG that needs no colour and no script. Pure.

One series in each picture, so that nothing has to be told apart; the axis carries its values, and every picture has its table. No library: those that
draw SVG in Python (pygal, leather) put their styles into the picture, which the pages' Content-Security-Policy refuses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

WIDTH, HEIGHT = 280.0, 150.0  # units of the picture, about pixels where four stand side by side or one on a phone
LEFT, RIGHT, TOP, BOTTOM = 34.0, 4.0, 10.0, 24.0  # room for the axes' words
_GAP = 2.0  # between two bars

Kind = Literal["bars", "line"]


@dataclass(frozen=True)
class Bar:
    """One bar, as a rectangle of SVG."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Mark:
    """Words at an axis. ``anchor``: SVG's text-anchor."""

    x: float
    y: float
    words: str
    anchor: str


@dataclass(frozen=True)
class Chart:
    """A picture ``WIDTH`` by ``HEIGHT``. ``bars`` or ``line`` (points of a polyline) with ``area`` below it; ``summary`` says it in a sentence."""

    title: str
    summary: str
    bars: tuple[Bar, ...]
    line: str
    area: str
    across: tuple[float, ...]
    marks: tuple[Mark, ...]


def by_week(title: str, weeks: Sequence[tuple[dt.date, int]], kind: Kind = "bars") -> Chart:
    """``weeks``: first day and value of each, oldest first, at least one. ``line`` is for what there was at each week's end."""
    top = rounded_up(max(value for _, value in weeks))
    step = (WIDTH - LEFT - RIGHT) / len(weeks)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    lines = (0, top) if top % 2 else (0, top // 2, top)
    marks = [Mark(LEFT - 6, y(value) + 4, f"{value:,}", "end") for value in lines]
    marks += [Mark(LEFT, HEIGHT - 6, _short(weeks[0][0]), "start")]
    if len(weeks) > 1:
        marks.append(Mark(WIDTH - RIGHT, HEIGHT - 6, _short(weeks[-1][0]), "end"))
    middles = [(round(LEFT + step * (place + 0.5), 1), y(value)) for place, (_, value) in enumerate(weeks)]
    bars: tuple[Bar, ...] = ()
    line = area = ""
    if kind == "bars":
        bars = tuple(
            # One among thousands is seen too.
            Bar(round(LEFT + step * place + _GAP / 2, 1), min(y(value), y(0) - 1), round(step - _GAP, 1), max(round(y(0) - y(value), 1), 1))
            for place, (_, value) in enumerate(weeks) if value
        )
    else:
        line = " ".join(f"{x},{height}" for x, height in middles)
        area = f"{middles[0][0]},{y(0)} {line} {middles[-1][0]},{y(0)}"
    return Chart(title, summary(title, weeks), bars, line, area, tuple(y(value) for value in lines), tuple(marks))


def rounded_up(value: int) -> int:
    """The end of an axis: 1, 2 or 5 with noughts, at least 2."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if step * power >= max(value, 2):
                return step * power
        power *= 10


def summary(title: str, weeks: Sequence[tuple[dt.date, int]]) -> str:
    """What a picture shows, for those who do not see it."""
    highest = max(weeks, key=lambda week: week[1])
    last = weeks[-1]
    if not highest[1]:
        return f"{title} by week: none in {len(weeks)} weeks."
    return f"{title} by week: {last[1]:,} in the week of {_short(last[0])}, at most {highest[1]:,} in the week of {_short(highest[0])}."


def _short(day: dt.date) -> str:
    return f"{day.day} {day:%b}"
