"""What every interview has to ask about and has not yet, and what that still takes. Pure.

A mandatory competency needs a question of its own, because the policy asks for a level in each. A mandatory topic needs an answer that
covers it; where a missing competency will cover it anyway, it counts once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Competency, Pack, Question, Topic


@dataclass(frozen=True)
class Missing:
    """Mandatory competencies that nothing was asked about, and mandatory topics that none of these covers."""

    competencies: tuple[Competency, ...]
    topics: tuple[Topic, ...]

    @property
    def turns(self) -> int:
        """How many answers it takes at most."""
        return len(self.competencies) + len(self.topics)

    def minutes(self, questions: Sequence[Question]) -> int:
        """How long it takes with the shortest of ``questions`` about each."""
        choices = [[one.minutes for one in questions if one.competency == each.id] for each in self.competencies]
        choices += [[one.minutes for one in questions if topic.covered_by(one)] for topic in self.topics]
        return sum(min(some) for some in choices if some)

    def covered_by(self, question: Question) -> tuple[str, ...]:
        """Titles of what an answer to ``question`` covers."""
        competencies = (one.title for one in self.competencies if one.id == question.competency)
        return (*competencies, *(one.title for one in self.topics if one.covered_by(question)))

    def without(self, question: Question) -> Missing:
        """What is left to be asked after ``question``."""
        return Missing(
            tuple(one for one in self.competencies if one.id != question.competency),
            tuple(one for one in self.topics if not one.covered_by(question)),
        )


def missing(pack: Pack, questions: Sequence[Question], specialties: Collection[str], asked: Collection[str], about: Collection[str]) -> Missing:
    """What is left for somebody of ``specialties`` after the questions ``asked``, by id, and questions about the competencies ``about``.

    ``questions``: those that may still be put; what none of them reaches is not waited for.
    """
    within = {one.competency for one in questions}
    competencies = tuple(one for one in pack.competencies_for(specialties) if one.mandatory and one.id in within and one.id not in about)
    touched = {*about, *(one.id for one in competencies)}
    topics = tuple(
        one for one in pack.mandatory_topics()
        if not touched & set(one.competencies) and not set(asked) & set(one.questions) and any(one.covered_by(other) for other in questions)
    )
    return Missing(competencies, topics)
