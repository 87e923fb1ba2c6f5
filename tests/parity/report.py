"""The outcome of a comparison in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from tests.parity.outcomes import Difference, Side

_WHY_LINES = 12


def told(stock: Side, extended: Side, difference: Difference) -> str:
    """Both counts, and every test by name that differs."""
    lines = [_counts("stock", stock), _counts("with the extension", extended)]
    lines += _named("fail on stock, too", difference.failing)
    lines += _named("passed on stock and does not pass with the extension", difference.lost)
    for test in difference.lost:
        lines += [f"      {test}:", *(f"        {line}" for line in difference.why[test].strip().splitlines()[-_WHY_LINES:])]
    lines += _named("the other way round", difference.gained)
    lines += _named("flaky: differed at first, not when run again alone", difference.flaky)
    lines += _named("differ on purpose, see tests/parity/exceptions.txt", [f"{test}: {reason}" for test, reason in difference.excepted.items()])
    lines += _named("in tests/parity/exceptions.txt without need: take them out", difference.stale)
    lines.append("  Parity." if difference.is_parity else "  No parity.")
    return "\n".join(lines)


def _counts(name: str, side: Side) -> str:
    counted = ", ".join(f"{number:5d} {outcome}" for outcome, number in side.counts().items())
    return f"  {name:<20}{counted}; {side.facts['processor_s'] / 60:.1f} minutes of processor time"


def _named(what: str, tests: Iterable[str]) -> list[str]:
    tests = list(tests)
    return [f"  {len(tests):5d} {what}", *(f"          {test}" for test in tests)]
