"""Difficulties from answers, in place of the authors' estimates: marginal maximum likelihood for the Rasch model (Bock and Aitkin, 1981).

People's abilities are taken as normally distributed, with a mean and a spread that are estimated along. The scale is held where the
authors put it: the calibrated items keep the mean of their authors' estimates, so that the cut goes on meaning the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy
from numpy.typing import NDArray

from ls_expert_plugin.vetting.knowledge_test.values import Difficulty

_Array: TypeAlias = NDArray[numpy.float64]
MIN_ANSWERS = 100  # gives a standard error of about 0.25 logit
_POINTS = numpy.linspace(-6.0, 6.0, 61)
_MAX_STEPS = 500
_CLOSE = 1e-4  # logits


class Marked(NamedTuple):
    """One marked answer: whose (any stable name, such as a pseudonym), to which item, and whether it was right."""

    person: str
    item_id: str
    right: bool


def calibrate(answers: Sequence[Marked], authors: Mapping[str, float], min_answers: int = MIN_ANSWERS) -> dict[str, Difficulty]:
    """The difficulty of each item in ``authors`` (id to the author's estimate in logits), by id.

    Only a person's first answer to an item counts. An item keeps its author's estimate until it has ``min_answers``, and has been
    answered both rightly and wrongly. The standard errors leave out what is uncertain about people, so they are a little small.
    """
    first: dict[tuple[str, str], bool] = {}
    for one in answers:
        if one.item_id in authors:
            first.setdefault((one.person, one.item_id), one.right)
    counts = Counter(item for _, item in first)
    rights = Counter(item for (_, item), right in first.items() if right)
    ids = [item for item in authors if counts[item] >= min_answers and 0 < rights[item] < counts[item]]
    found = {item: Difficulty(logits, None, counts[item]) for item, logits in authors.items()}
    if ids:
        kept = {key: right for key, right in first.items() if key[1] in set(ids)}
        people = {person: row for row, person in enumerate(dict.fromkeys(person for person, _ in kept))}
        columns = {item: column for column, item in enumerate(ids)}
        seen, right_ = numpy.zeros((len(people), len(ids))), numpy.zeros((len(people), len(ids)))
        for (person, item), right in kept.items():
            seen[people[person], columns[item]] = 1.0
            right_[people[person], columns[item]] = float(right)
        logits, errors = _fit(seen, right_, numpy.array([authors[item] for item in ids]))
        found |= {item: Difficulty(float(logits[n]), float(errors[n]), counts[item]) for n, item in enumerate(ids)}
    return found


def _fit(seen: _Array, right: _Array, start: _Array) -> tuple[_Array, _Array]:
    """Difficulties and standard errors, by expectation and maximisation. ``seen`` and ``right`` are 0 or 1, people by items."""
    logits, weights = start.copy(), _normal(0.0, 1.0)
    information = numpy.ones_like(start)
    for _ in range(_MAX_STEPS):
        chance = 1.0 / (1.0 + numpy.exp(logits[None, :] - _POINTS[:, None]))  # points by items
        likelihood = right @ numpy.log(chance).T + (seen - right) @ numpy.log(1.0 - chance).T + numpy.log(weights)[None, :]
        belief = numpy.exp(likelihood - likelihood.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)  # people by points
        expected = seen.T @ belief  # items by points: how many people of each ability saw it
        information = (expected * (chance * (1.0 - chance)).T).sum(axis=1)
        step = numpy.clip(((expected * chance.T).sum(axis=1) - right.sum(axis=0)) / information, -1.0, 1.0)
        moved = logits + step
        shift = start.mean() - moved.mean()
        people = belief.mean(axis=0)
        mean = float(people @ _POINTS)
        spread = float(numpy.sqrt(people @ (_POINTS - mean) ** 2))
        change = float(numpy.abs(moved + shift - logits).max())
        logits, weights = moved + shift, _normal(mean + float(shift), spread)
        if change < _CLOSE:
            break
    return logits, 1.0 / numpy.sqrt(information)


def _normal(mean: float, spread: float) -> _Array:
    weights = numpy.exp(-0.5 * ((_POINTS - mean) / max(spread, 0.1)) ** 2) + 1e-12
    normal: _Array = weights / weights.sum()
    return normal
