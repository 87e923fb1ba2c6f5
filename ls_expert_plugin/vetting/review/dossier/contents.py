"""The dossier: all that a reviewer sees of a candidate, read in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting.evidence.authenticity_signals import in_words
from ls_expert_plugin.vetting.evidence.grounds import gather
from ls_expert_plugin.vetting.knowledge_test import service
from ls_expert_plugin.vetting.knowledge_test.values import Held
from ls_expert_plugin.vetting.review.decisions import reviewers
from ls_expert_plugin.vetting.review.policy.evaluation import PolicyResult, evaluate_policy
from ls_expert_plugin.vetting.review.recheck.schedule import Reminder
from ls_expert_plugin.vetting.values import (
    Assessment,
    Claim,
    ClaimEvent,
    Consent,
    Evidence,
    Interview,
    Person,
    ReviewEntry,
    Score,
    StatusChange,
    Verification,
)

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Sought:
    """A competency as the dossier names it."""

    id: str
    title: str
    description: str
    mandatory: bool


@dataclass(frozen=True)
class Found:
    """What was found for one competency; nothing found is an empty tuple."""

    competency: Sought
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Dossier:
    """Everything a reviewer reads about one verification. ``interview`` is the newest one, ``earlier`` those before, newest first.

    ``weighed``: what the pack's policy makes of it; None without a pack. ``entries``: what was put down beside it, oldest first.
    ``verdicts``: those of this round, one for each reviewer; ``barred``: who may not decide about the appeal. ``reminders``: why it is
    being looked at again, those that are open. ``tests``: knowledge tests, oldest first.
    ``ledger``: what became of the entries of the profile.
    """

    person: Person
    verification: Verification
    claims: tuple[Claim, ...]
    consents: tuple[Consent, ...]
    interview: Interview | None
    assessment: Assessment | None
    found: tuple[Found, ...]
    history: tuple[StatusChange, ...]
    weighed: PolicyResult | None
    entries: tuple[ReviewEntry, ...]
    verdicts: tuple[ReviewEntry, ...]
    barred: frozenset[int]
    earlier: tuple[Interview, ...]
    reminders: tuple[Reminder, ...]
    tests: tuple[Held, ...] = ()
    ledger: tuple[ClaimEvent, ...] = ()
    signals: tuple[str, ...] = ()

    @property
    def disagrees(self) -> bool:
        """Whether reviewers have come to different verdicts."""
        return reviewers.disagree(self.verdicts)

    @property
    def appealed(self) -> bool:
        """Whether it is here because of an appeal."""
        return reviewers.appealed(self.history)

    def score(self, competency: str) -> Score | None:
        """The level of a competency with what it rests on; None where nothing was scored."""
        return next((one for one in self.assessment.scores if one.competency == competency), None) if self.assessment else None

    def became(self, claim_id: int) -> tuple[ClaimEvent, ...]:
        """The ledger of one entry, oldest first."""
        return tuple(one for one in self.ledger if one.claim_id == claim_id)

    def undecided(self, claim_id: int) -> str:
        """Why a program could not say whether a register's entry is this person's, the last time it was asked; empty: it could."""
        asked = [one for one in self.became(claim_id) if one.source == "name" or one.source.startswith("register:")]
        return str(asked[-1].evidence.get("undecided", "")) if asked else ""

    def notes(self, *kinds: str, about: str | None = None) -> tuple[ReviewEntry, ...]:
        """Entries of these kinds, about this where given."""
        return tuple(one for one in self.entries if one.kind in kinds and (about is None or one.about == about))


def dossier(unit: UnitOfWork, verification_id: int, packs: Mapping[str, Pack], now: dt.datetime | None = None) -> Dossier:
    """The dossier of a verification, weighed at ``now`` (left out: when it last changed). Raises ``NotFound``."""
    verification = unit.verifications.get(verification_id)
    person = unit.people.get(verification.person_id) if verification else None
    if verification is None or person is None:
        raise NotFound("There is no such verification. Go back to the review queue.")
    interview = unit.interviews.of_verification(verification_id)
    assessment = unit.interviews.assessment_of(interview.id) if interview else None
    claims, pack = unit.claims.of(person.id), packs.get(verification.domain)
    entries, history = unit.reviews.of(verification_id), unit.verifications.history(verification_id)
    signs = told(unit, interview)
    grounds = gather(
        claims, assessment, entries, knowledge=service.result(unit, verification_id), red_flags=pack.red_flag_titles() if pack else None,
        signals=signs, work=unit.control.of(person.ls_user_id, verification.domain),
    )
    today = (now or verification.updated_at_utc).astimezone(dt.timezone.utc).date()
    return Dossier(
        person=person,
        verification=verification,
        claims=claims,
        consents=unit.consents.of(person.id),
        interview=interview,
        assessment=assessment,
        found=by_competency(pack, assessment.evidence if assessment else ()),
        history=history,
        weighed=evaluate_policy(pack, grounds, today, verification.specialties) if pack else None,
        entries=entries,
        verdicts=reviewers.verdicts(entries, unit.reviews.round(verification_id)),
        barred=reviewers.barred(history, entries),
        earlier=unit.interviews.before(interview.id) if interview else (),
        reminders=tuple(one for one in unit.reminders.of(verification_id) if one.settled_at_utc is None),
        tests=unit.sittings.of(verification_id),
        ledger=unit.claims.history(person.id),
        signals=signs,
    )


def told(unit: UnitOfWork, interview: Interview | None) -> tuple[str, ...]:
    """What was seen of an interview's answers, as far as a person should look at it."""
    if interview is None:
        return ()
    return in_words(interview.turns, unit.signals.seen(interview.id), unit.signals.similar(interview.id))


def by_competency(pack: Pack | None, evidence: tuple[Evidence, ...]) -> tuple[Found, ...]:
    """Evidence under each competency of the pack, in its order; then under ids that the pack no longer has."""
    sought = [Sought(one.id, one.title, one.description, one.mandatory) for one in pack.competencies] if pack else []
    known = {one.id for one in sought}
    for one in evidence:
        if one.competency not in known:
            known.add(one.competency)
            sought.append(Sought(one.competency, one.competency, "", mandatory=False))
    return tuple(Found(one, tuple(item for item in evidence if item.competency == one.id)) for one in sought)
