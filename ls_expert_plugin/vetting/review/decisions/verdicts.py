"""Recording of reviewers' verdicts: each is put down, and decides at once or, where the pack asks for two reviewers, with another's.

Which verdicts agree, and what holds then, is decided in ``reviewers.py``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.errors import Forbidden
from ls_expert_plugin.vetting.evidence.grounds import gather
from ls_expert_plugin.vetting.knowledge_test import service
from ls_expert_plugin.vetting.review.decisions import reviewers
from ls_expert_plugin.vetting.review.policy.evaluation import PolicyResult, evaluate_policy
from ls_expert_plugin.vetting.values import Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


def decide(
    unit: UnitOfWork, manager: Person, verification: Verification, text: str, details: Mapping[str, Any], pack: Pack | None, now: dt.datetime,
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """Put the verdict down. What holds when it decides, alone or with those of others; None: it is a proposal.

    Raises ``Forbidden`` for whoever the appeal is against.
    """
    require_not_barred(unit, manager, verification)
    given = reviewers.open_verdicts(unit.reviews.of(verification.id), unit.reviews.round(verification.id))
    holds = reviewers.agreed(given, manager.id, details, pack.policy.reviewers if pack else 1, base)
    unit.reviews.add(verification.id, "verdict", manager.id, text, now, details={
        **details, **({"base": dict(base)} if base is not None else {}), **({"decided": True} if holds is not None else {}),
    })
    return holds


def decide_change(
    unit: UnitOfWork, manager: Person, verification: Verification, text: str, to: Mapping[str, Any], pack: Pack | None, now: dt.datetime
) -> dict[str, Any] | None:
    """The same for a change of what is in force. One that opens nothing more needs no second reviewer."""
    was = in_force(verification)
    needs_second = pack is not None and pack.policy.reviewers > 1 and reviewers.grows(was, to)
    return decide(unit, manager, verification, text, to, pack if needs_second else None, now, was)


def in_force(verification: Verification) -> dict[str, Any]:
    """What is in force, as the details of a verdict have it."""
    end = verification.valid_until_utc
    return {"specialties": list(verification.specialties), "level": verification.level, "valid_until": end.date().isoformat() if end else "9999-12-31"}


def weighed(
    unit: UnitOfWork, verification: Verification, pack: Pack, checked_claims: Collection[int], signals: Sequence[str], now: dt.datetime,
    specialties: Collection[str] = (),
) -> PolicyResult:
    """The policy's checklist as it is once these entries are looked up and these specialties found. ``signals``: of ``review.told``."""
    claims = tuple(
        replace(one, status="human-verified", contradicted="") if one.id in checked_claims else one for one in unit.claims.of(verification.person_id)
    )
    person, interview = unit.people.get(verification.person_id), unit.interviews.of_verification(verification.id)
    grounds = gather(
        claims, unit.interviews.assessment_of(interview.id) if interview else None, unit.reviews.of(verification.id),
        knowledge=service.result(unit, verification.id), red_flags=pack.red_flag_titles(), signals=signals,
        work=unit.control.of(person.ls_user_id, verification.domain) if person else None,
    )
    return evaluate_policy(pack, grounds, now.astimezone(dt.timezone.utc).date(), {*verification.specialties, *specialties})


def proposed(unit: UnitOfWork, manager: Person, verification: Verification, word: str, text: str, now: dt.datetime) -> Verification:
    """Note in the history that it waits for another reviewer."""
    note = f"Proposed to {word}; another reviewer decides too." + (f"\n{text}" if text else "")
    return unit.verifications.note(verification.id, note, actor_person_id=manager.id, now=now)


def require_not_barred(unit: UnitOfWork, manager: Person, verification: Verification) -> None:
    """Raises ``Forbidden`` for whoever the appeal is against."""
    if manager.id in reviewers.barred(unit.verifications.history(verification.id), unit.reviews.of(verification.id)):
        raise Forbidden("This appeal is against what you decided. Another manager decides about it.")
