"""Chart of a knowledge test for the reviewer: the estimate after each answer, and what was answered. Pure.

The curve is made from the difficulties that counted when each answer was given, so that it stays the one that led to the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.knowledge_test.rasch import LIMIT, estimate
from ls_expert_plugin.vetting.knowledge_test.values import Held, ItemResponse

if TYPE_CHECKING:
    from ls_expert_plugin.domains.items import Item
    from ls_expert_plugin.domains.pack import Pack

MOST_NUMBERS = 10  # on the horizontal axis, so that they stay apart on a phone
WIDTH, HEIGHT = 640.0, 220.0  # units of the picture; a page makes it as wide as it has room


@dataclass(frozen=True)
class Answered:
    """One answer beside its item; ``chosen`` and ``key`` are texts, empty for "I don't know" and for an item that the pack no longer has."""

    number: int
    stem: str
    chosen: str
    key: str
    right: bool
    source: str


@dataclass(frozen=True)
class Curve:
    """Coordinates of a picture ``WIDTH`` by ``HEIGHT``: ``line`` and ``band`` for polyline and polygon, ``cut_y`` of the pass mark.

    ``scale``: (y, logits) of the vertical axis; ``numbers``: (x, number of the answer) of the horizontal one.
    """

    line: str
    band: str
    cut_y: float
    dots: tuple[tuple[float, float, bool], ...]
    scale: tuple[tuple[float, int], ...]
    numbers: tuple[tuple[float, int], ...]


@dataclass(frozen=True)
class TestView:
    """View model of a knowledge test on the dossier. ``curve``: None before the first answer."""

    held: Held
    curve: Curve | None
    answered: tuple[Answered, ...]
    right: int
    low: float | None
    high: float | None


def view(held: Held, pack: Pack | None) -> TestView:
    """The test with its curve and items."""
    items = {one.id: one for one in pack.items} if pack else {}
    answered = []
    for number, given in enumerate(held.sitting.answers, start=1):
        item = items.get(given.item_id)
        answered.append(Answered(
            number, item.stem if item else given.item_id, _chosen(item, given), item.right if item else "", given.right,
            item.source if item else "",
        ))
    curve = _curve(held, pack.policy.test.cut if pack else 0.0) if held.logits else None
    low = high = None
    if held.ability is not None and held.standard_error is not None:
        low, high = held.ability - 1.96 * held.standard_error, held.ability + 1.96 * held.standard_error
    return TestView(held, curve, tuple(answered), sum(one.right for one in held.sitting.answers), low, high)


def _chosen(item: Item | None, given: ItemResponse) -> str:
    if item is None or given.letter is None:
        return ""
    if given.right:
        return item.right
    return item.wrong[given.option - 1] if given.option else "(which one was not kept)"


def _curve(held: Held, cut: float) -> Curve:
    right = [one.right for one in held.sitting.answers]
    points = [estimate(held.logits[:count], right[:count]) for count in range(1, len(right) + 1)]
    step = WIDTH / max(len(points), 2)

    def x(place: int) -> float:
        return round(step * (place + 0.5), 1)

    def y(logits: float) -> float:
        return round(HEIGHT / 2 - min(max(logits, -LIMIT), LIMIT) / LIMIT * HEIGHT / 2, 1)

    line = " ".join(f"{x(place)},{y(one.ability)}" for place, one in enumerate(points))
    above = [f"{x(place)},{y(one.interval[1])}" for place, one in enumerate(points)]
    below = [f"{x(place)},{y(one.interval[0])}" for place, one in enumerate(points)]
    dots = tuple((x(place), y(one.ability), right[place]) for place, one in enumerate(points))
    scale = tuple((y(logits), logits) for logits in range(-round(LIMIT), round(LIMIT) + 1, 2))
    every = -(-len(points) // MOST_NUMBERS)
    numbers = tuple((x(place), place + 1) for place in range(len(points)) if (place + 1) % every == 0 or place == 0)
    return Curve(line, " ".join([*above, *reversed(below)]), y(cut), dots, scale, numbers)
