"""Comparisons with other candidates for the dossier: answers that repeat another's, and licence numbers that others name too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.values import Claim, Interview, Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class SimilarAnswer:
    """An answer that repeats another candidate's. ``verification_id`` and ``name`` are that candidate's."""

    verification_id: int
    name: str
    this_answer: str
    their_answer: str


def similar_answers(unit: UnitOfWork, interview: Interview | None) -> tuple[SimilarAnswer, ...]:
    """The answers of an interview that repeat those of people who are still there."""
    if interview is None:
        return ()
    said = {turn.id: turn.text for turn in interview.turns}
    pairs = []
    for pair in unit.signals.similar(interview.id):
        other = unit.signals.words_of(pair.other_turn_id)
        verification = unit.verifications.get(other[0]) if other else None
        person = unit.people.get(verification.person_id) if verification else None
        if other is not None and person is not None:
            pairs.append(SimilarAnswer(other[0], person.shown_name, said[pair.turn_id], other[1]))
    return tuple(pairs)


def shared_licence_numbers(
    unit: UnitOfWork, person_id: int, claims: Iterable[Claim], anywhere: Collection[str]
) -> Mapping[int, tuple[Person, ...]]:
    """By the id of each licence among this person's ``claims``, who else names its number. ``anywhere``: kinds whose numbers are the same in all places."""
    return {
        claim.id: unit.claims.others_with_number(person_id, claim, anywhere=claim.details.get("kind") in anywhere)
        for claim in claims if claim.kind == "licence"
    }
