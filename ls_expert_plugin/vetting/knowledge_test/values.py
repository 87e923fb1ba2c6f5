"""What a knowledge test is made of. All frozen; an item leaves the test only as a ``PresentedItem``, which has no key."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from ls_expert_plugin.domains.items import Item

Outcome = Literal["pass", "fail", "undecided"]
Letter = Literal["a", "b", "c", "d"]
LETTERS: tuple[Letter, ...] = ("a", "b", "c", "d")
Z_95 = 1.96


@dataclass(frozen=True)
class Difficulty:
    """An item's difficulty in logits. Without ``standard_error`` it is the author's estimate, else it comes from ``answers`` answers."""

    logits: float
    standard_error: float | None = None
    answers: int = 0

    @property
    def label(self) -> str:
        """Where it comes from, for people to read."""
        return "author's estimate" if self.standard_error is None else f"from {self.answers} answers"


@dataclass(frozen=True)
class ScaledItem:
    """An item with its key, and the difficulty that counts today. Never sent to a candidate."""

    item: Item
    difficulty: Difficulty


@dataclass(frozen=True)
class AttemptRules:
    """How a test goes. ``cut`` in logits; ``nearest`` is how many of the most informative items one is drawn from; ``max_exposure`` is the
    largest share of people who may see an item; ``own_weight``: so many items of each of a person's specialties come to one of another.
    ``min_own``: so many items of a person's own specialties come first in a test, and it is not decided before, as far as there are so many."""

    cut: float = 0.0
    min_items: int = 10
    max_items: int = 40
    nearest: int = 5
    max_exposure: float = 0.65
    own_weight: int = 3
    min_own: int = 5


@dataclass(frozen=True)
class PresentedItem:
    """What a candidate sees: ``options`` are (letter, text) in this person's order. There is no key in it, nor the item's id, which may name one:
    ``handle`` is this sitting's own name for it."""

    handle: str
    number: int
    stem: str
    options: tuple[tuple[Letter, str], ...]


@dataclass(frozen=True)
class ItemResponse:
    """One answer as it was marked. ``letter`` is None for "I don't know", which counts as wrong. ``option``: what stood at the letter, 0 the right
    one, 1 to 3 the wrong ones in the pack's order; None also for answers from before this was kept."""

    item_id: str
    letter: Letter | None
    right: bool
    answered_at_utc: dt.datetime
    option: int | None = None


@dataclass(frozen=True)
class Estimate:
    """An ability in logits with its standard error; infinite before the first answer."""

    ability: float
    standard_error: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the ability, in logits."""
        return self.ability - Z_95 * self.standard_error, self.ability + Z_95 * self.standard_error


@dataclass(frozen=True)
class Result:
    """What a finished test shows. ``ended_by``: ``cut``, the cut lies outside the interval; ``budget``; or ``bank``, no item was left.

    ``curve`` is the estimate after each answer. ``undecided`` is no refusal: a person looks at it.
    """

    outcome: Outcome
    ended_by: Literal["cut", "budget", "bank"]
    estimate: Estimate
    item_ids: tuple[str, ...]
    curve: tuple[Estimate, ...]


@dataclass(frozen=True)
class Sitting:
    """One test of one person. The choice, the order and the options follow from ``seed``: as kept a random text, as used the ``order.sitting_key``
    made from it and a server secret. It never leaves the server.

    ``specialties`` are the person's; ``excluded`` are ids of items that may not come again.
    """

    seed: str
    specialties: tuple[str, ...] = ()
    excluded: frozenset[str] = frozenset()
    answers: tuple[ItemResponse, ...] = ()


@dataclass(frozen=True)
class Held:
    """A test as it is kept. ``outcome``, ``ability`` and ``standard_error`` (logits) are None until it is over; ``logits`` are the
    difficulties of the items answered, as they counted then."""

    id: int
    verification_id: int
    pack_version: int
    started_at_utc: dt.datetime
    ended_at_utc: dt.datetime | None
    outcome: Outcome | None
    ability: float | None
    standard_error: float | None
    sitting: Sitting
    logits: tuple[float, ...]
