"""One table: what was measured, before and after, at each size; how it grows, and where that leads at ten times as much. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

Taken = float | str | None
# Below it, growth says more about the machine than about us.
NOISE_S = 0.002


def table(sizes: Sequence[int], sides: Mapping[str, Mapping[int, Mapping[str, Taken]]]) -> str:
    """``sides``: by "before" and "after", by size, seconds by name. Milliseconds are shown, and what failed below."""
    names = list(dict.fromkeys(name for side in sides.values() for found in side.values() for name in found))
    head = ["ms, median", *(f"{side} {_power(size)}" for side in sides for size in sizes)]
    head += [f"{side} {words}" for side in sides for words in ("grows as n^", f"about at {_power(sizes[-1] * 10)}")]
    rows, failed = [head, ["---"] + ["---:"] * (len(head) - 1)], list[str]()
    for name in names:
        cells = [name]
        for side, found in sides.items():
            for size in sizes:
                taken = found.get(size, {}).get(name)
                cells.append(_ms(taken))
                if isinstance(taken, str):
                    failed.append(f"{side}, {_power(size)}, {name}: {taken}")
        for found in sides.values():
            cells += _growth([(size, found.get(size, {}).get(name)) for size in sizes])
        rows.append(cells)
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "".join(f"\n\nNot measured: {one}" for one in failed)


def _growth(points: Iterable[tuple[int, Taken]]) -> list[str]:
    """The exponent between the two largest sizes, and the time at ten times the largest, if it goes on so. Honest only where both were measured."""
    known = [(size, taken) for size, taken in points if isinstance(taken, float)]
    if len(known) < 2:
        return ["", ""]
    (size, first), (larger, last) = known[-2:]
    if last < NOISE_S:
        return ["0", f"{max(last, 0) * 1000:.0f}"]
    exponent = max(math.log(last / max(first, NOISE_S / 2)) / math.log(larger / size), 0.0)
    return [f"{exponent:.1f}", f"{last * 10 ** exponent * 1000:,.0f}"]


def _ms(taken: Taken) -> str:
    if taken is None:
        return ""
    return "failed" if isinstance(taken, str) else f"{taken * 1000:,.1f}" if taken < 0.1 else f"{taken * 1000:,.0f}"


def _power(size: int) -> str:
    exponent = round(math.log10(size))
    return "10" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(exponent)) if 10**exponent == size else f"{size:,}"
