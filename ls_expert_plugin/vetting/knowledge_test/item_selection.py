"""Which item comes next: balanced over specialties, informative about this person, and not the same for everybody.

Exposure is held down twice. Whether an item is in a person's part of the bank at all is drawn once, from their seed, so that no item is
seen by more than ``max_exposure`` of the people (Sympson and Hetter's method with one probability for all). Of that part, one of the ``nearest``
most informative items is taken at random (Kingsbury and Zara's randomesque). Of a person's own specialties ``min_own`` items are admitted at least:
a few items of one specialty are seen by more of its people than others are by all, so that nobody passes on other people's fields alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ls_expert_plugin.vetting.knowledge_test.rasch import information
from ls_expert_plugin.vetting.knowledge_test.shuffling import rank
from ls_expert_plugin.vetting.knowledge_test.values import AttemptRules, ScaledItem, Sitting

CLOSE = 1.5  # logits around the cut within which items are looked for; after few answers an estimate may lie far off


def choose(bank: Sequence[ScaledItem], sitting: Sitting, ability: float, rules: AttemptRules) -> ScaledItem | None:
    """The next item for somebody whose ability is ``ability`` so far, or None when none is left."""
    used = {answer.item_id for answer in sitting.answers}
    left = _left(bank, sitting, rules)
    if not left:
        return None
    own = [one for one in left if one.item.specialty in sitting.specialties]
    # Every second item, beginning with the first, until there are enough: ten items hold five.
    if own and lacks_own(bank, sitting, rules) and own_given(bank, sitting) * 2 <= len(sitting.answers):
        left = own
    else:
        left = _due(left, [one for one in bank if one.item.id in used], sitting, rules)
    target = min(max(ability, rules.cut - CLOSE), rules.cut + CLOSE)
    known = information(target, [one.difficulty.logits for one in left])
    best = sorted(zip(known, left, strict=True), key=lambda pair: (-pair[0], rank(sitting.seed, "tie", pair[1].item.id)))[: rules.nearest]
    turn = str(len(sitting.answers))
    return min((one for _, one in best), key=lambda one: rank(sitting.seed, "choice", turn, one.item.id))


def lacks_own(bank: Sequence[ScaledItem], sitting: Sitting, rules: AttemptRules) -> bool:
    """Whether items of the person's own specialties are still to come before anything is decided."""
    if own_given(bank, sitting) >= rules.min_own:
        return False
    return any(one.item.specialty in sitting.specialties for one in _left(bank, sitting, rules))


def own_given(bank: Sequence[ScaledItem], sitting: Sitting) -> int:
    """How many items of the person's own specialties were answered."""
    used = {answer.item_id for answer in sitting.answers}
    return sum(one.item.id in used and one.item.specialty in sitting.specialties for one in bank)


def _left(bank: Sequence[ScaledItem], sitting: Sitting, rules: AttemptRules) -> list[ScaledItem]:
    """What may still be asked of this person."""
    seen = {answer.item_id for answer in sitting.answers} | sitting.excluded
    fresh = [one for one in bank if one.item.id not in sitting.excluded and one.item.specialty in sitting.specialties]
    first = sorted(fresh, key=lambda one: rank(sitting.seed, "admitted", one.item.id))[: rules.min_own]
    own = {one.item.id for one in first}
    return [one for one in bank if one.item.id not in seen and (one.item.id in own or _admitted(one, sitting, rules))]


def _admitted(one: ScaledItem, sitting: Sitting, rules: AttemptRules) -> bool:
    return rank(sitting.seed, "admitted", one.item.id) < rules.max_exposure


def _due(left: list[ScaledItem], given: list[ScaledItem], sitting: Sitting, rules: AttemptRules) -> list[ScaledItem]:
    """Those of ``left`` whose specialty has had the fewest rounds: one item a round, ``own_weight`` for each of the person's own."""
    counts = Counter(one.item.specialty for one in given)

    def rounds(one: ScaledItem) -> int:
        weight = rules.own_weight if one.item.specialty in sitting.specialties else 1
        return counts[one.item.specialty] // weight

    fewest = min(map(rounds, left))
    return [one for one in left if rounds(one) == fewest]
