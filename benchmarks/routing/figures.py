"""Statistics of the routing benchmark: from times to figures. Pure: times in milliseconds in, ratios with their intervals out."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

Times = Sequence[float]
_RESAMPLES = 2000
_SEED = 1


@dataclass(frozen=True)
class Ratio:
    """The second side's figure over the first one's, and where it lies in 95 of 100 resamplings of the rounds."""

    value: float
    low: float
    high: float


def p95(times: Times) -> float:
    """The time that 95 of 100 requests do not exceed. Needs two times or more."""
    return quantiles(times, n=20, method="inclusive")[-1]


def median_ratio(first: Times, second: Times) -> Ratio:
    """Of medians. Both sides have one time for each round."""
    return _ratio(first, second, median)


def p95_ratio(first: Times, second: Times) -> Ratio:
    """Of 95th percentiles. Both sides have one time for each round."""
    return _ratio(first, second, p95)


def _ratio(first: Times, second: Times, figure: Callable[[Times], float]) -> Ratio:
    if len(first) != len(second):
        raise ValueError("both sides have one time for each round")
    draw = random.Random(_SEED)  # noqa: S311  (a sample, not a secret)
    rounds = range(len(first))
    found = []
    for _ in range(_RESAMPLES):
        # Whole rounds are drawn: what disturbs the machine for a while disturbs both sides of a round alike.
        chosen = draw.choices(rounds, k=len(first))
        found.append(figure([second[i] for i in chosen]) / figure([first[i] for i in chosen]))
    found.sort()
    return Ratio(figure(second) / figure(first), found[int(0.025 * _RESAMPLES)], found[int(0.975 * _RESAMPLES)])
