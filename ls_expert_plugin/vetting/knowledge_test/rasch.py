"""Ability from answers by the Rasch model, with catsim: a right answer has the probability 1 / (1 + exp(difficulty - ability)).

catsim brings scipy along, two seconds of every start: it is imported when the first test asks for it.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

from ls_expert_plugin.vetting.knowledge_test.values import Estimate

LIMIT = 4.0  # logits; who got all right, or all wrong, has no finite estimate and is put here, with a large standard error


def parameters(difficulties: Sequence[float]) -> NDArray[numpy.float64]:
    """catsim's table, one row an item: discrimination 1, the difficulty, no guessing, no slipping."""
    table = numpy.zeros((len(difficulties), 4))
    table[:, 0] = table[:, 3] = 1.0
    table[:, 1] = difficulties
    return table


def estimate(difficulties: Sequence[float], right: Sequence[bool]) -> Estimate:
    """The most likely ability. ``difficulties`` in logits of the items answered, ``right`` how."""
    return _estimate(tuple(difficulties), tuple(right))


@functools.lru_cache(maxsize=512)  # each step of a test asks for the same one several times
def _estimate(difficulties: tuple[float, ...], right: tuple[bool, ...]) -> Estimate:
    if not right:
        return Estimate(0.0, math.inf)
    from catsim import ItemBank, irt
    from catsim.estimation import NumericalSearchEstimator

    table = parameters(difficulties)
    if all(right) or not any(right):
        ability = LIMIT if right[0] else -LIMIT
    else:
        found = NumericalSearchEstimator(method="bounded").estimate(
            item_bank=ItemBank(table, validate=False), administered_items=list(range(len(right))), response_vector=list(right), est_theta=0.0,
        )
        ability = min(max(float(found), -LIMIT), LIMIT)
    return Estimate(ability, float(irt.see(ability, table)))


def information(ability: float, difficulties: Sequence[float]) -> list[float]:
    """What each item tells about somebody of ``ability``; 0.25 at the most."""
    from catsim import irt

    return [float(one) for one in irt.inf_hpc(ability, parameters(difficulties))]
