"""What is printed: a table for people, with the targets beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from statistics import median

from benchmarks.routing.figures import Ratio, median_ratio, p95, p95_ratio
from benchmarks.routing.measuring import Measured

_HEAD = ("operation", "median ms", "", "ratio of medians", "p95 ms", "", "ratio of p95", "queries", "")
_WIDTHS = (19, 9, 9, 20, 9, 9, 20, 7, 4)


def table(title: str, measured: Iterable[Measured], target: str) -> str:
    """One comparison. The two columns of each figure are the first side and the second."""
    lines = [f"\n{title}\n  target: {target}\n", _row(_HEAD)]
    lines += [_row(_cells(one)) for one in measured]
    return "\n".join(lines)


def _cells(one: Measured) -> Iterator[str]:
    yield one.operation
    yield f"{median(one.first_ms):.1f}"
    yield f"{median(one.second_ms):.1f}"
    yield _ratio(median_ratio(one.first_ms, one.second_ms))
    yield f"{p95(one.first_ms):.1f}"
    yield f"{p95(one.second_ms):.1f}"
    yield _ratio(p95_ratio(one.first_ms, one.second_ms))
    yield str(one.first_queries)
    yield str(one.second_queries)


def _ratio(ratio: Ratio) -> str:
    return f"{ratio.value:.2f} ({ratio.low:.2f}–{ratio.high:.2f})"


def _row(cells: Iterable[str]) -> str:
    return "  " + " ".join(cell.ljust(width) if not i else cell.rjust(width) for i, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True)))
