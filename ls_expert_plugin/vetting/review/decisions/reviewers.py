"""Which reviewer may decide, and when two of them agree. Pure.

Whoever decided is not whom an appeal goes to; with two reviewers, the first's verdict is a proposal until somebody else comes to the same, and of
what the two found the smaller holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ls_expert_plugin.vetting.values import ReviewEntry, Status, StatusChange

REFUSALS: tuple[Status, ...] = ("declined", "revoked")
# What reviewers may differ in; of a verdict's details.
VALUES = ("specialties", "level", "valid_until", "checked_claims")


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
        if one.round in rounds and one.verdict is not None and one.verdict.to in REFUSALS and one.author_person_id is not None
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
    return len({one.verdict.to for one in given if one.verdict is not None}) > 1


def open_verdicts(entries: Iterable[ReviewEntry], round_: int) -> tuple[ReviewEntry, ...]:
    """Verdicts of this round that have decided nothing yet: those after the last that did."""
    inside = [one for one in entries if one.kind == "verdict" and one.round == round_]
    decided = max((one.id for one in inside if one.verdict is not None and one.verdict.is_decided), default=0)
    return verdicts([one for one in inside if one.id > decided], round_)


def agreed(
    given: Iterable[ReviewEntry], manager_id: int, details: Mapping[str, Any], reviewers: int, base: Mapping[str, Any] | None = None
) -> dict[str, Any] | None:
    """What holds once this manager's verdict (``details``, with ``to``) decides with those of others who came to the same; None: it does not yet.

    Where values differ the smaller holds: the lower level (none is lowest), the specialties and looked up entries that all named, the earlier
    date. ``base``: the state that a verdict must have been about, where it changes one that is in force.
    """
    others = [
        one.details for one in given
        if one.author_person_id != manager_id and one.details.get("to") == details["to"] and (base is None or one.details.get("base") == base)
    ]
    if len(others) + 1 < reviewers:
        return None
    merged = dict(details)
    for other in others if reviewers > 1 else ():
        merged.update({key: _smaller(key, merged[key], other.get(key)) for key in VALUES if key in merged})
    return merged


def _smaller(key: str, mine: Any, theirs: Any) -> Any:
    if key == "level":
        return None if mine is None or theirs is None else min(mine, theirs)
    if key == "valid_until":
        return min(mine, theirs) if theirs else mine
    return [one for one in mine if one in (theirs or ())]


def grows(was: Mapping[str, Any], to: Mapping[str, Any]) -> bool:
    """Whether somebody may do more with ``to`` (level, specialties, newly looked up entries, valid_until as an ISO date) than with ``was``."""
    higher = (to.get("level") or 0) > (was.get("level") or 0)
    wider = bool(set(to.get("specialties", ())) - set(was.get("specialties", ()))) or bool(to.get("checked_claims"))
    return higher or wider or (to.get("valid_until") or "") > (was.get("valid_until") or "")


def _this_try(history: Sequence[StatusChange]) -> Sequence[StatusChange]:
    begun = max((number for number, one in enumerate(history) if one.to_status in ("interested", "verified")), default=0)
    return history[begun:]
