"""One test from the first item to the result: pure steps over a ``Sitting``, which the caller keeps.

``next_item`` → send it → ``answer`` → keep what it returns → again, until ``result`` is not None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from ls_expert_plugin.domains.items import Item
from ls_expert_plugin.domains.policy import KnowledgeTest
from ls_expert_plugin.vetting.knowledge_test.item_selection import choose, lacks_own
from ls_expert_plugin.vetting.knowledge_test.rasch import estimate
from ls_expert_plugin.vetting.knowledge_test.shuffling import chosen_option, handle, present
from ls_expert_plugin.vetting.knowledge_test.values import (
    LETTERS,
    AttemptRules,
    Difficulty,
    Estimate,
    ItemResponse,
    Letter,
    Outcome,
    PresentedItem,
    Result,
    ScaledItem,
    Sitting,
)


def scaled(items: Sequence[Item], calibrated: Mapping[str, Difficulty]) -> tuple[ScaledItem, ...]:
    """The bank: each item with its difficulty in ``calibrated``, by id, or else its author's estimate."""
    return tuple(ScaledItem(item, calibrated.get(item.id, Difficulty(item.difficulty))) for item in items)


def rules_of(test: KnowledgeTest) -> AttemptRules:
    """The rules with what the pack's policy says."""
    return AttemptRules(cut=test.cut, min_items=test.min_items, max_items=test.max_items)


def next_item(bank: Sequence[ScaledItem], sitting: Sitting, rules: AttemptRules) -> PresentedItem | None:
    """What the person is asked now, without its key; the same each time until it is answered. None when the test is over."""
    one = _next(bank, sitting, rules)
    return present(one.item, len(sitting.answers) + 1, sitting.seed) if one else None


def answer(bank: Sequence[ScaledItem], sitting: Sitting, rules: AttemptRules, asked: str, letter: Letter | None, now: dt.datetime) -> Sitting:
    """The sitting with one more answer; None as ``letter`` is "I don't know". ``asked`` is the handle of what was presented.

    Raises ``ValueError`` when ``asked`` is not what is being asked (answered already, or the test is over), or there is no such letter.
    """
    if letter is not None and letter not in LETTERS:
        raise ValueError("Choose one of the four options.")
    one = _next(bank, sitting, rules)
    if one is None or handle(one.item, sitting.seed) != asked:
        raise ValueError("This question is not the one being asked. Load the page again.")
    option = None if letter is None else chosen_option(one.item, sitting.seed, letter)
    return replace(sitting, answers=(*sitting.answers, ItemResponse(one.item.id, letter, option == 0, now, option)))


def curve(bank: Sequence[ScaledItem], sitting: Sitting) -> tuple[Estimate, ...]:
    """The estimate after each answer. Answers to items that the bank no longer has are left out."""
    difficulties = {one.item.id: one.difficulty.logits for one in bank}
    known = [one for one in sitting.answers if one.item_id in difficulties]
    logits, right = [difficulties[one.item_id] for one in known], [one.right for one in known]
    return tuple(estimate(logits[:count], right[:count]) for count in range(1, len(known) + 1))


def result(bank: Sequence[ScaledItem], sitting: Sitting, rules: AttemptRules) -> Result | None:
    """What the test shows once it is over, else None."""
    over = _over(bank, sitting, rules)
    if over is None:
        return None
    points = curve(bank, sitting)
    last = points[-1] if points else estimate((), ())
    return Result(_outcome(last, rules), over, last, tuple(one.item_id for one in sitting.answers), points)


def _next(bank: Sequence[ScaledItem], sitting: Sitting, rules: AttemptRules) -> ScaledItem | None:
    now = _now(bank, sitting)
    return None if _decided(bank, now, sitting, rules) else choose(bank, sitting, now.ability, rules)


def _over(bank: Sequence[ScaledItem], sitting: Sitting, rules: AttemptRules) -> Literal["cut", "budget", "bank"] | None:
    now = _now(bank, sitting)
    return _decided(bank, now, sitting, rules) or (None if choose(bank, sitting, now.ability, rules) else "bank")


def _now(bank: Sequence[ScaledItem], sitting: Sitting) -> Estimate:
    difficulties = {one.item.id: one.difficulty.logits for one in bank}
    known = [one for one in sitting.answers if one.item_id in difficulties]
    return estimate([difficulties[one.item_id] for one in known], [one.right for one in known])


def _decided(bank: Sequence[ScaledItem], now: Estimate, sitting: Sitting, rules: AttemptRules) -> Literal["cut", "budget"] | None:
    if len(sitting.answers) >= rules.min_items and _outcome(now, rules) != "undecided" and not lacks_own(bank, sitting, rules):
        return "cut"
    return "budget" if len(sitting.answers) >= rules.max_items else None


def _outcome(now: Estimate, rules: AttemptRules) -> Outcome:
    low, high = now.interval
    return "pass" if low > rules.cut else "fail" if high < rules.cut else "undecided"
