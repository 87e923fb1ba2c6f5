"""Which reviewer may decide, and when two of them agree. Pure.

Whoever decided is not whom an appeal goes to; with two reviewers, the first's verdict is a proposal until somebody else comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ls_expert_plugin.vetting.values import ReviewEntry, Status, StatusChange

REFUSALS = ("declined", "revoked")


def appealed(history: Sequence[StatusChange]) -> bool:
    """Whether the present try has come back to review by an appeal. A new expression of interest, or being verified, begins a new one."""
    return any(one.from_status in REFUSALS and one.to_status == "in_review" for one in _this_try(history))


def barred(history: Sequence[StatusChange], entries: Iterable[ReviewEntry]) -> frozenset[int]:
    """Who may not decide, because the appeal is against what they decided or proposed."""
    if not appealed(history):
        return frozenset()
    against: set[int] = set()
    rounds: set[int] = set()
    current = 0
    begun = len(history) - len(_this_try(history))
    for number, one in enumerate(history):
        current += one.to_status == "in_review" and one.from_status != "in_review"
        if number >= begun and one.to_status in REFUSALS:
            rounds.add(current)
            if one.actor_person_id is not None:
                against.add(one.actor_person_id)
    return frozenset(against | {
        one.author_person_id for one in entries
        if one.kind == "verdict" and one.round in rounds and one.details.get("to") in REFUSALS and one.author_person_id is not None
    })


def refused_by_person(history: Sequence[StatusChange]) -> bool:
    """Whether the present standing is a person's refusal, which is what an appeal can be against."""
    changes = [one for one in history if one.from_status != one.to_status]
    return bool(changes) and changes[-1].to_status in REFUSALS and changes[-1].actor_person_id is not None


def verdicts(entries: Iterable[ReviewEntry], round_: int) -> tuple[ReviewEntry, ...]:
    """Each reviewer's last verdict in this round, oldest first."""
    latest = {one.author_person_id: one for one in entries if one.kind == "verdict" and one.round == round_}
    return tuple(sorted(latest.values(), key=lambda one: one.id))


def disagree(given: Sequence[ReviewEntry]) -> bool:
    """Whether reviewers have come to different verdicts."""
    return len({one.details.get("to") for one in given}) > 1


def decides(given: Iterable[ReviewEntry], manager_id: int, to: Status, reviewers: int) -> bool:
    """Whether this manager's verdict decides: with those of others who came to the same, there are as many as the policy asks for."""
    others = {one.author_person_id for one in given if one.details.get("to") == to} - {manager_id}
    return len(others) + 1 >= reviewers


def _this_try(history: Sequence[StatusChange]) -> Sequence[StatusChange]:
    begun = max((number for number, one in enumerate(history) if one.to_status in ("interested", "verified")), default=0)
    return history[begun:]
