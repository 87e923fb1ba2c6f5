"""With pre-labels and without: what is told of each, with intervals. Pure."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_Z95 = 1.96
_RESAMPLED = 1000
# Nobody reads faster than this, in characters a second; and nobody takes less time than this to look.
FASTEST_READING_CHARS_S = 100.0
LEAST_LOOK_S = 1.5
# From so many on, and that share of them, a manager is told.
STAMPS_TO_TELL, STAMPED_SHARE_TO_TELL = 5, 0.3


@dataclass(frozen=True)
class Outcome:
    """One annotation of an expert beside the pre-label of its task, shown to them or hidden.

    ``edits`` lead from the pre-label to the annotation. ``agrees``: with other people's annotations of the task, 0 to 1; None: there are none.
    ``chars``: length of the task's texts. ``lead_time_s``: as Label Studio's page measured it; None: it did not.
    """

    ls_user_id: int
    ls_task_id: int
    is_blind: bool
    version: str
    edits: int
    agrees_with_pre_label: float | None
    agrees: float | None
    lead_time_s: float | None
    chars: int

    @property
    def is_stamped(self) -> bool:
        """Shown, accepted as it was, and faster than anybody reads."""
        least_s = max(LEAST_LOOK_S, self.chars / FASTEST_READING_CHARS_S)
        return not self.is_blind and self.edits == 0 and self.lead_time_s is not None and self.lead_time_s < least_s


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval, from ``count`` annotations; None: there are none."""

    value: float | None
    low: float | None
    high: float | None
    count: int


@dataclass(frozen=True)
class ArmMetrics:
    """What is told of the annotations that were made with a pre-label in sight, or without."""

    accepted: Figure
    edits: Figure
    seconds: Figure
    agrees: Figure
    agrees_with_pre_label: Figure


@dataclass(frozen=True)
class RubberStamping:
    """How often somebody accepted a pre-label faster than anybody reads, of how many that were shown to them."""

    ls_user_id: int
    stamped: int
    shown: int

    @property
    def is_told(self) -> bool:
        return self.stamped >= STAMPS_TO_TELL and self.stamped >= STAMPED_SHARE_TO_TELL * self.shown


def arm(outcomes: Sequence[Outcome]) -> ArmMetrics:
    """The figures of one arm. Accepted: the annotation is the pre-label; in the blind arm that is agreement by chance and skill alone."""
    return ArmMetrics(
        accepted=share([one.edits == 0 for one in outcomes]), edits=mean([float(one.edits) for one in outcomes]),
        seconds=median([one.lead_time_s for one in outcomes if one.lead_time_s is not None]),
        agrees=mean([one.agrees for one in outcomes if one.agrees is not None]),
        agrees_with_pre_label=mean([one.agrees_with_pre_label for one in outcomes if one.agrees_with_pre_label is not None]),
    )


def stamps(outcomes: Sequence[Outcome]) -> tuple[RubberStamping, ...]:
    """By person, for everybody who was shown a pre-label."""
    shown: dict[int, list[Outcome]] = {}
    for one in outcomes:
        if not one.is_blind:
            shown.setdefault(one.ls_user_id, []).append(one)
    return tuple(RubberStamping(who, sum(one.is_stamped for one in theirs), len(theirs)) for who, theirs in sorted(shown.items()))


def share(values: Sequence[bool]) -> Figure:
    """A proportion, with Wilson's interval (E. B. Wilson, JASA 22, 1927)."""
    count = len(values)
    if not count:
        return Figure(None, None, None, 0)
    found = sum(values) / count
    middle = (found + _Z95**2 / (2 * count)) / (1 + _Z95**2 / count)
    half = _Z95 * math.sqrt(found * (1 - found) / count + _Z95**2 / (4 * count**2)) / (1 + _Z95**2 / count)
    return Figure(found, max(0.0, middle - half), min(1.0, middle + half), count)


def mean(values: Sequence[float]) -> Figure:
    """A mean; the interval by resampling."""
    return _resampled(values, statistics.fmean)


def median(values: Sequence[float]) -> Figure:
    """A median: a coffee break is no work. The interval by resampling."""
    return _resampled(values, statistics.median)


def _resampled(values: Sequence[float], of: Callable[[Sequence[float]], float]) -> Figure:
    if not values:
        return Figure(None, None, None, 0)
    drawn = random.Random(len(values))  # noqa: S311  # the same figures each time
    found = sorted(of(drawn.choices(values, k=len(values))) for _ in range(_RESAMPLED))
    return Figure(of(values), found[int(0.025 * _RESAMPLED)], found[int(0.975 * _RESAMPLED) - 1], len(values))
