"""View model of the dossier: everything that its page shows, read in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.profile.claim_history import ends_before
from ls_expert_plugin.vetting.review.decisions import verdicts
from ls_expert_plugin.vetting.review.decisions.claim_fingerprints import CHECKABLE, claim_fingerprint
from ls_expert_plugin.vetting.review.decisions.reason_templates import templates
from ls_expert_plugin.vetting.review.dossier import contents as dossiers
from ls_expert_plugin.vetting.review.dossier.comparisons import SimilarAnswer, shared_licence_numbers, similar_answers
from ls_expert_plugin.vetting.review.dossier.contents import Dossier
from ls_expert_plugin.vetting.review.dossier.news import News, news
from ls_expert_plugin.vetting.review.policy import overrides
from ls_expert_plugin.vetting.review.policy.evaluation import SIGNAL, PolicyCheck
from ls_expert_plugin.vetting.review.policy.policy_text import in_words
from ls_expert_plugin.vetting.review.queue import tabs
from ls_expert_plugin.vetting.review.queue.tabs import QueueItem
from ls_expert_plugin.vetting.review.queue.waiting import review_queue
from ls_expert_plugin.vetting.review.values import Assignment, PrivateNote, ReasonTemplate
from ls_expert_plugin.vetting.values import Claim, Person, ReviewEntry, Status
from ls_expert_plugin.web.admin.review import knowledge_test_chart
from ls_expert_plugin.web.admin.review.decision_form import Choice, DecisionForm, as_known, as_sent, choices
from ls_expert_plugin.web.admin.review.knowledge_test_chart import TestView
from ls_expert_plugin.web.admin.review.transcript_highlights import Segment, segments
from ls_expert_plugin.web.profile_labels import licences_by_id

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Licence, Pack
    from ls_expert_plugin.vetting.profile.credential_checks import CredentialCheck
    from ls_expert_plugin.vetting.profile.values import Resume
    from ls_expert_plugin.web.services import Services

DEFAULT_VALIDITY_DAYS = 365  # without a pack, which says otherwise


@dataclass(frozen=True)
class DossierPage:
    """What the dossier's page shows to one manager. ``pack`` is None for a domain that is no longer offered; ``resume`` where none was sent.

    By a claim's id: ``fingerprints`` of what can be looked up, ``number_notes`` on the form of a licence's number, ``shared`` with whom its
    number is shared. ``highlighted``: each turn's text in segments, by the turn's id. ``looks_up``: kinds of licence for which a register can be
    asked. ``errors``: a sentence by the action whose ``form`` could not be used; ``entered``: what the form about the decision shows.
    ``my_verdict``: this manager's own in this round. ``to_look_at``: lines to tick, without response signals. ``choices``: of the decision bar;
    ``last_look_utc``: this manager's visit before; ``new``: what others have added since; ``previous``, ``next``: candidates who wait;
    ``opened``: the action whose form is unfolded from the start. ``to_look_up``: licences that are ticked with the decision; ``against``: what no tick
    of the form answers, so that verifying takes a reason.
    """

    dossier: Dossier
    pack: Pack | None
    policy: tuple[str, ...]
    status: Status
    entered: DecisionForm
    fingerprints: Mapping[int, str]
    highlighted: Mapping[int, tuple[Segment, ...]]
    licences: Mapping[str, Licence]
    tests: tuple[TestView, ...]
    number_notes: Mapping[int, str]
    looks_up: frozenset[str]
    similar: tuple[SimilarAnswer, ...]
    shared: Mapping[int, tuple[Person, ...]]
    resume: Resume | None
    language: str | None
    is_about_me: bool
    is_barred: bool
    my_verdict: ReviewEntry | None
    reviewers: int
    to_look_at: tuple[PolicyCheck, ...]
    to_look_up: tuple[Claim, ...]
    against: tuple[str, ...]
    assigned: Assignment | None
    notes: tuple[PrivateNote, ...]
    last_look_utc: dt.datetime | None
    new: tuple[News, ...]
    previous: QueueItem | None
    next: QueueItem | None
    templates: Mapping[str, tuple[ReasonTemplate, ...]]
    choices: tuple[Choice, ...]
    opened: str
    today: dt.date
    proposed_end: dt.date
    errors: Mapping[str, str]
    form: MultiDict[str, str]

    @property
    def signal_lines(self) -> tuple[str, ...]:
        """Lines of the checklist that are response signals: one tick stands for all of them."""
        return tuple(one.in_words for one in self._checks() if is_signal(one, self.dossier))

    @property
    def unmet(self) -> tuple[PolicyCheck, ...]:
        """Lines of the checklist that are missing or need a review, what is missing first; response signals have a line of their own."""
        open_lines = [one for one in self._checks() if one.state != "met" and not is_signal(one, self.dossier)]
        return tuple(sorted(open_lines, key=lambda one: one.state != "missing"))

    @property
    def met(self) -> tuple[PolicyCheck, ...]:
        """Lines of the checklist that are met."""
        return tuple(one for one in self._checks() if one.state == "met")

    @property
    def sections(self) -> tuple[tuple[str, str], ...]:
        """The parts of the page that there are, each (anchor, title), in order."""
        found, has_test = self.dossier, bool(self.tests or self.pack and self.pack.items)
        parts = (
            (bool(found.weighed), "checklist", "Requirements"), (bool(found.signals), "signals", "Response signals"), (True, "found", "Findings"),
            (has_test, "tests", "Knowledge test"), (True, "profile", "Profile"), (True, "transcript", "Interview"), (True, "history", "History"),
            (bool(not self.is_about_me), "notes", "Private notes"), (True, "decision", "Decision"),
        )
        return tuple((anchor, title) for is_there, anchor, title in parts if is_there)

    def _checks(self) -> tuple[PolicyCheck, ...]:
        return self.dossier.weighed.checks if self.dossier.weighed else ()

    @property
    def tomorrow(self) -> dt.date:
        """The first day that a verification may end on."""
        return self.today + dt.timedelta(days=1)


def dossier_page(
    parts: Services, manager: Person, verification_id: int, errors: Mapping[str, str], form: MultiDict[str, str], opened: str = ""
) -> DossierPage:
    """Read the dossier as ``manager`` sees it now. Raises ``NotFound``."""
    now = parts.clock()
    today = now.astimezone(dt.timezone.utc).date()
    with parts.store.read() as unit:
        found = dossiers.dossier(unit, verification_id, parts.packs, now)
        similar, resume = similar_answers(unit, found.interview), unit.resumes.of(found.person.id)
        shared = shared_licence_numbers(unit, found.person.id, found.claims, anywhere=parts.checks)
        waiting = tabs.items(review_queue(unit))
        assigned, last_look = unit.assignments.of(verification_id), unit.dossier_looks.before(verification_id, manager.id, now)
        notes = unit.private_notes.of(verification_id) if manager.id != found.person.id else ()
        kept = templates(unit.reason_templates.all())
        pack = parts.packs.get(found.verification.domain)
        to_look_up = licences_to_look_up(found.claims, pack, today)
        at_best = verdicts.weighed(unit, found.verification, pack, [one.id for one in to_look_up], found.signals, now) if pack else None
    before, after = tabs.neighbours(waiting, manager.id, verification_id)
    shown, against = status.at(found.verification, now), overrides.against_policy(at_best, [one.in_words for one in overrides.to_look_at(at_best)])
    may_decide = manager.id != found.person.id and not (manager.id in found.barred and shown in ("in_review", "more_asked"))
    return DossierPage(
        dossier=found, pack=pack, policy=in_words(pack) if pack else (), status=shown,
        assigned=assigned, notes=notes, last_look_utc=last_look, new=news(found, last_look, manager.id, notes), previous=before, next=after, templates=kept,
        choices=choices(shown, found.verification.status, may_decide=may_decide),
        opened=opened or ("verify" if may_decide and shown == "in_review" and not against and not errors else ""),
        entered=as_sent(form) if errors.keys() & {"verify", "amend"} else as_known(found),
        fingerprints={claim.id: claim_fingerprint(claim) for claim in found.claims if claim.kind in CHECKABLE},
        highlighted=highlighted(found), licences=licences_by_id(parts.packs),
        tests=tuple(knowledge_test_chart.view(test, pack) for test in found.tests), number_notes=number_notes(found.claims, parts.checks),
        looks_up=frozenset(kind for kind, check in parts.checks.items() if check.looks_up), similar=similar, shared=shared, resume=resume,
        language=LANGUAGES.get(found.interview.language) if found.interview else None, is_about_me=manager.id == found.person.id,
        is_barred=manager.id in found.barred, my_verdict=next((one for one in found.verdicts if one.author_person_id == manager.id), None),
        reviewers=pack.policy.reviewers if pack else 1, to_look_at=tuple(one for one in overrides.to_look_at(found.weighed) if not is_signal(one, found)),
        to_look_up=to_look_up, against=against, today=today,
        proposed_end=today + dt.timedelta(days=pack.policy.valid_days if pack else DEFAULT_VALIDITY_DAYS), errors=errors, form=form,
    )


def licences_to_look_up(claims: tuple[Claim, ...], pack: Pack | None, today: dt.date) -> tuple[Claim, ...]:
    """Licences of this domain that a reviewer can tick with the decision: not looked up by one yet, nothing found against them, not ended. Pure."""
    kinds = {one.id for one in pack.licences} if pack else set()
    return tuple(
        one for one in claims
        if one.kind == "licence" and one.details.get("kind") in kinds and one.status != "human-verified" and not one.contradicted
        and not ends_before(one, today)
    )


def is_signal(line: PolicyCheck, found: Dossier) -> bool:
    """Whether a line of the checklist is about how answers came, and no red flag. Pure."""
    return line.title == SIGNAL and line.found in found.signals


def number_notes(claims: tuple[Claim, ...], checks: Mapping[str, CredentialCheck]) -> dict[int, str]:
    """What the form of each licence's number says, by claim: nothing wrong is not "verified"."""
    return {
        claim.id: check.well_formed(str(claim.details.get("number", ""))) or "The number has the right form, which says nothing about whose it is."
        for claim in claims if claim.kind == "licence" and (check := checks.get(claim.details.get("kind", ""))) is not None
    }


def highlighted(found: Dossier) -> dict[int, tuple[Segment, ...]]:
    """Each turn's text by turn id, cut into segments. Quotes are numbered in the order of the page, from 1. Pure."""
    numbered = list(enumerate((quote for group in found.found for quote in group.evidence), start=1))
    turns = found.interview.turns if found.interview else ()
    return {turn.id: segments(turn.text, [(number, quote) for number, quote in numbered if quote.turn_id == turn.id]) for turn in turns}
