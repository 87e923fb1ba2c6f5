"""How much is still unknown about each competency after what was said. Pure.

A number from 1, nothing is known, towards 0. It is no level and no probability: it ranks what is worth asking next. An answer about a
competency lowers it, less when it showed nothing; words that speak for it lower it more, wherever in the interview they stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.evidence.indicators import find
from ls_expert_plugin.vetting.values import Turn

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

# What is left of the unknown after each of these. Set by what an interview should do (docs/decisions/0032): an answer with two
# passages is enough; one with a single passage, or none, deserves a second question.
AFTER_ANSWER = 0.7
AFTER_FOLLOW_UP = 0.8
AFTER_PASSAGE = 0.7


def unknown(pack: Pack, turns: Sequence[Turn]) -> Mapping[str, float]:
    """By competency, for all of the pack's."""
    left = {one.id: 1.0 for one in pack.competencies}
    asked: set[str | None] = set()
    for turn in turns:
        if turn.speaker == "candidate" and turn.competency in left:
            left[turn.competency] *= AFTER_FOLLOW_UP if turn.question_id in asked else AFTER_ANSWER
            asked.add(turn.question_id)
    for one in find(pack, turns):
        left[one.competency] *= AFTER_PASSAGE
    return left
