"""Pictures of numbers by week: coordinates within the picture, axes that can be read, a sentence for those who do not see it."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.web.charts import HEIGHT, WIDTH, by_week, rounded_up

MONDAY = dt.date(2026, 6, 1)


def _weeks(*values: int) -> list[tuple[dt.date, int]]:
    return [(MONDAY + dt.timedelta(weeks=place), value) for place, value in enumerate(values)]


@pytest.mark.parametrize(("value", "end"), [(0, 2), (1, 2), (2, 2), (3, 5), (6, 10), (11, 20), (101, 200), (5_001, 10_000)])
def test_an_axis_ends_at_a_round_number(value: int, end: int) -> None:
    """1, 2 or 5 with noughts, never below what is shown."""
    assert rounded_up(value) == end


@pytest.mark.parametrize("values", [(0,), (7,), (0, 0, 0), (1, 40, 3), tuple(range(52)), (123_456, 1)])
def test_everything_lies_within_the_picture(values: tuple[int, ...]) -> None:
    """The highest bar too, and a single week; weeks with none have no bar."""
    chart = by_week("Decisions", _weeks(*values))
    assert len(chart.bars) == sum(value > 0 for value in values)
    for bar in chart.bars:
        assert bar.x >= 0 and bar.x + bar.width <= WIDTH and bar.y >= 0 and bar.width > 0 and bar.height > 0 and bar.y + bar.height <= HEIGHT
    line = by_week("Verified", _weeks(*values), "line")
    assert not line.bars and all(0 <= float(number) <= HEIGHT for point in line.line.split() for number in point.split(",")[1:])
    assert all(0 <= mark.x <= WIDTH and 0 <= mark.y <= HEIGHT for mark in (*chart.marks, *line.marks))


def test_bars_are_as_high_as_their_numbers() -> None:
    """Twice as many is twice as high, against the values at the axis."""
    low, high = by_week("Decisions", _weeks(5, 10)).bars
    assert high.height == pytest.approx(2 * low.height, abs=0.2)
    assert [mark.words for mark in by_week("Decisions", _weeks(5, 10)).marks] == ["0", "5", "10", "1 Jun", "8 Jun"]


def test_a_picture_says_what_it_shows() -> None:
    """The last week and the highest one; nothing at all is said as such."""
    assert by_week("Decisions", _weeks(2, 1200, 3)).summary == "Decisions by week: 3 in the week of 15 Jun, at most 1,200 in the week of 8 Jun."
    assert by_week("Decisions", _weeks(0, 0)).summary == "Decisions by week: none in 2 weeks."
