"""Keystroke-level model: what a practised user does on a page, as operators, and the seconds these take. Pure.

Card, S. K., Moran, T. P. and Newell, A. (1980): The keystroke-level model for user performance time with interactive systems.
Communications of the ACM 23(7), 396-410. The system's response is left out: the same machine answers before and after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

# Seconds. K: a key or a button of the mouse, by an average typist who is no secretary. P: pointing with a mouse. H: homing the hand between
# mouse and keyboard. M: mental preparation, once for each thing that is reached for.
SECONDS: Mapping[str, float] = {"K": 0.28, "P": 1.1, "H": 0.4, "M": 1.35}


@dataclass
class Tally:
    """What one walk took. ``screens``: heights of a window that had to be scrolled; the model has no operator for them. ``texts``: fields whose
    text is the person's own, such as an answer, and is not counted.
    """

    clicks: int = 0
    keys: int = 0
    points: int = 0
    homings: int = 0
    preparations: int = 0
    pages: int = 0
    screens: int = 0
    texts: int = 0

    @property
    def seconds(self) -> float:
        """By the model: K for clicks and keys, P, H and M."""
        operators = {"K": self.clicks + self.keys, "P": self.points, "H": self.homings, "M": self.preparations}
        return sum(SECONDS[name] * times for name, times in operators.items())

    def as_json(self) -> dict[str, float]:
        """Every count, and the seconds."""
        return {**asdict(self), "seconds": round(self.seconds, 1)}
