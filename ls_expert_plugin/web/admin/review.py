"""The manager's pages of the review: who waits, the dossier, the decision, and what is decided about it later."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, Conflict
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting import status
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.review import decisions, overrides, recheck_job
from ls_expert_plugin.vetting.review import dossier as dossiers
from ls_expert_plugin.vetting.review.dossier import Dossier
from ls_expert_plugin.vetting.review.policy_text import in_words
from ls_expert_plugin.vetting.values import Claim, Person, ReviewEntry, Verification
from ls_expert_plugin.web.admin import knowledge_test_chart, live_interview
from ls_expert_plugin.web.admin.transcript_highlights import segments
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.candidate import profile_import
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.profile_labels import KINDS, licences_by_id
from ls_expert_plugin.web.services import services

blueprint = Blueprint("review", __name__, url_prefix="/admin")

DEFAULT_VALIDITY_DAYS = 365  # without a pack, which says otherwise
# Kinds of profile entries that somebody can look up.
CHECKABLE = ("licence", "language")
DONE = {
    "verify": "Verified.", "decline": "Declined.", "revoke": "Revoked.", "amend": "Saved.", "suspend": "Suspended.", "resume": "Resumed.",
    "ask_more": "Asked. The candidate sees it in the portal.", "take_up": "Back in review.", "renew": "Renewed.",
}


@dataclass(frozen=True)
class LookedUp:
    """Ids of licences and languages that are to count from now on, and of those that are not to count any more."""

    checked: frozenset[int]
    unchecked: frozenset[int]


@dataclass(frozen=True)
class DecisionForm:
    """What the form about specialties and level shows. ``claims``: marks of the entries that are ticked.

    ``again``: the form comes back because something in it could not be used.
    """

    specialties: tuple[str, ...]
    level: str
    claims: tuple[str, ...]
    again: bool
    looked_at: tuple[str, ...] = ()


@blueprint.get("/review")
def queue() -> str:
    """Who waits, the longest waiting first."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        waiting, again = dossiers.queue(unit), recheck_job.open_reminders(unit)
        against = overrides.count(unit.reviews.verdicts_by_domain())
        ask_for_person = live_interview.waiting(unit)
        answers = [(one, unit.people.get(one.person_id), unit.projects.get(one.ls_project_id)) for one in unit.add_ons.waiting()]
    return render_template(
        "admin/review.html", rooms=ask_for_person, answers=answers, waiting=waiting, again=again, overridden=against, packs=parts.packs,
        now=parts.clock(),
    )


@blueprint.get("/review/<int(max=2147483647):verification_id>")
def dossier(verification_id: int) -> str:
    """Everything about one verification."""
    return _page(verification_id)


@blueprint.get("/review/<int(max=2147483647):verification_id>/resume")
def download_resume(verification_id: int) -> Response:
    """The résumé as the candidate sent it."""
    signed_in_manager()
    with services().store.read() as unit:
        verification = unit.verifications.get(verification_id)
        return profile_import.as_file(unit.resumes.of(verification.person_id) if verification else None)


@blueprint.post("/review/<int(max=2147483647):verification_id>/verify")
def verify(verification_id: int) -> Response | tuple[str, int]:
    """Verify until a date."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        return decisions.verify(
            unit, manager, verification_id, _valid_until(), request.form.get("note", ""), now, specialties=request.form.getlist("specialties"),
            level=_level(), checked_claims=_looked_up(unit, verification_id).checked, packs=services().packs,
            looked_at=request.form.getlist("looked_at"),
        )

    return _decide(verification_id, "verify", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/renew")
def renew(verification_id: int) -> Response | tuple[str, int]:
    """It was looked at again, and goes on."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        return decisions.renew(unit, manager, verification_id, _valid_until(), request.form.get("note", ""), now, packs=services().packs)

    return _decide(verification_id, "renew", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/ask_more")
def ask_more(verification_id: int) -> Response | tuple[str, int]:
    """Ask the candidate for more."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        return decisions.ask_more(unit, manager, verification_id, request.form.get("reason", ""), now)

    return _decide(verification_id, "ask_more", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/take_up")
def take_up(verification_id: int) -> Response | tuple[str, int]:
    """Go on with the review without the answer."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        return decisions.take_up(unit, manager, verification_id, "", now)

    return _decide(verification_id, "take_up", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/decline")
def decline(verification_id: int) -> Response | tuple[str, int]:
    """Decline, with a reason."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        return decisions.decline(unit, manager, verification_id, request.form.get("reason", ""), now, packs=services().packs)

    return _decide(verification_id, "decline", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/revoke")
def revoke(verification_id: int) -> Response | tuple[str, int]:
    """Take a verification back, with a reason."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        return decisions.revoke(unit, manager, verification_id, request.form.get("reason", ""), now)

    return _decide(verification_id, "revoke", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/amend")
def amend(verification_id: int) -> Response | tuple[str, int]:
    """Change specialties, level and what was looked up, of somebody who is verified, with a reason."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        looked_up, reason = _looked_up(unit, verification_id), request.form.get("reason", "")
        if not reason.strip():
            raise BadInput("Write the reason: it stands in the history, for whoever looks at this later.")
        return decisions.amend(
            unit, manager, verification_id, reason, now, specialties=request.form.getlist("specialties"), level=_level(),
            checked_claims=looked_up.checked, unchecked_claims=looked_up.unchecked, packs=services().packs,
        )

    return _decide(verification_id, "amend", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/suspend")
def suspend(verification_id: int) -> Response | tuple[str, int]:
    """Pause a verification, with a reason."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        return decisions.suspend(unit, manager, verification_id, request.form.get("reason", ""), now)

    return _decide(verification_id, "suspend", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/resume")
def resume(verification_id: int) -> Response | tuple[str, int]:
    """Go on with a verification that was paused."""

    def decide(unit: UnitOfWork, manager: Person, now: dt.datetime) -> Verification:
        return decisions.resume(unit, manager, verification_id, request.form.get("note", ""), now)

    return _decide(verification_id, "resume", decide)


def _decide(
    verification_id: int, form: str, decide: Callable[[UnitOfWork, Person, dt.datetime], Verification]
) -> Response | tuple[str, int]:
    """Take a decision about the dossier as the manager saw it, tell Label Studio, and say how that went."""
    manager, parts = signed_in_manager(), services()
    try:
        added, person = parts.store.run(lambda unit: _as_seen(unit, verification_id, lambda: decide(unit, manager, parts.clock())))
    except BadInput as problem:
        return _page(verification_id, {form: problem.message}), status_of(problem)
    if any(one.kind == "verdict" and not one.details.get("decided") for one in added):
        flash("Your proposal is noted. Another reviewer decides too.", "good")
        return redirect(url_for("review.dossier", verification_id=verification_id), 303)
    told = parts.routing.refresh(person.ls_user_id) if person else True
    done = DONE[form]
    if told:
        flash(f"{done} Label Studio knows already.", "good")
    else:
        flash(f"{done} Label Studio did not answer; until it does, access there stays as it was.", "warn")
    return redirect(url_for("review.dossier", verification_id=verification_id), 303)


def _as_seen(unit: UnitOfWork, verification_id: int, decide: Callable[[], Verification]) -> tuple[tuple[ReviewEntry, ...], Person | None]:
    """Decide, if it still is what the manager saw: the entries that were added, and whom it is about. Raises ``Conflict``."""
    seen = unit.verifications.lock(verification_id)
    if seen is not None and str(seen.revision) != request.form.get("revision"):
        raise Conflict("Something about this person has changed since you opened the page. Read it again, then decide.")
    before = unit.reviews.of(verification_id)
    decided = decide()
    return unit.reviews.of(verification_id)[len(before):], unit.people.get(decided.person_id)


def _valid_until() -> dt.date:
    try:
        return dt.date.fromisoformat(request.form.get("valid_until", ""))
    except ValueError:
        raise BadInput("Choose a date, such as 2027-06-30.") from None


def _level() -> int | None:
    """The level that was sent. What is none reads as one that is refused."""
    level = request.form.get("level", "")
    return (int(level) if level.isascii() and level.isdigit() and len(level) == 1 else 0) if level else None


def _looked_up(unit: UnitOfWork, verification_id: int) -> LookedUp:
    """What the manager has ticked, if each entry still says what it said on their page, up to the end of this unit. Raises ``Conflict``."""
    verification = unit.verifications.get(verification_id)
    claims = [one for one in unit.claims.lock(verification.person_id) if one.kind in CHECKABLE] if verification else []
    ticked, known = set(request.form.getlist("checked_claims")), {claim_mark(one): one for one in claims}
    if not ticked <= known.keys():
        raise Conflict("An entry that you ticked was changed since you opened the page. Read it again, then decide.")
    return LookedUp(
        checked=frozenset(one.id for mark, one in known.items() if mark in ticked),
        unchecked=frozenset(one.id for mark, one in known.items() if mark not in ticked and one.is_checked),
    )


def claim_mark(claim: Claim) -> str:
    """The entry and what it says, as a short text: ticking one is about what stood on the page."""
    said = json.dumps([claim.kind, dict(claim.details)], sort_keys=True)
    return f"{claim.id}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def _entered(found: Dossier, again: bool) -> DecisionForm:
    """What was sent, when it comes back; otherwise what is known."""
    form, was = request.form, found.verification
    if again:
        return DecisionForm(
            tuple(form.getlist("specialties")), form.get("level", ""), tuple(form.getlist("checked_claims")), True, tuple(form.getlist("looked_at"))
        )
    ticked = {claim_id for one in found.verdicts if one.details.get("to") == "verified" for claim_id in one.details.get("checked_claims", ())}
    checked = tuple(claim_mark(one) for one in found.claims if one.is_checked or (one.id in ticked and was.status == "in_review"))
    proposed = next((one.details for one in reversed(found.verdicts) if one.details.get("to") == "verified"), None)
    if was.status == "in_review" and proposed is not None:  # the second reviewer begins with what the first found
        return DecisionForm(tuple(proposed["specialties"]), str(proposed["level"] or ""), checked, False)
    return DecisionForm(was.specialties, str(was.level or ""), checked, False)


def _page(verification_id: int, errors: dict[str, str] | None = None) -> str:
    manager, parts = signed_in_manager(), services()
    now = parts.clock()
    today = now.astimezone(dt.timezone.utc).date()
    with parts.store.read() as unit:
        found = dossiers.dossier(unit, verification_id, parts.packs, now)
        alike, kept = _alike(unit, found), unit.resumes.of(found.person.id)
        shared = {
            one.id: unit.claims.others_with_number(found.person.id, one, anywhere=one.details.get("kind") in parts.checks)
            for one in found.claims if one.kind == "licence"
        }
    pack = parts.packs.get(found.verification.domain)
    valid_days = pack.policy.valid_days if pack else DEFAULT_VALIDITY_DAYS
    return render_template(
        "admin/dossier.html", dossier=found, pack=pack, policy=in_words(pack) if pack else (), marked=_marked(found),
        status=status.at(found.verification, now), entered=_entered(found, bool({"verify", "amend"} & (errors or {}).keys())),
        marks={one.id: claim_mark(one) for one in found.claims if one.kind in CHECKABLE}, kinds=KINDS, licences=licences_by_id(parts.packs),
        tests=[knowledge_test_chart.view(one, pack) for one in found.tests], forms=_forms(found), looks_up=_looks_up(), alike=alike, shared=shared,
        today=today, resume=kept, language=LANGUAGES.get(found.interview.language) if found.interview else None,
        about_me=manager.id == found.person.id, is_barred=manager.id in found.barred,
        mine=next((one for one in found.verdicts if one.author_person_id == manager.id), None), reviewers=pack.policy.reviewers if pack else 1,
        errors=errors or {}, form=request.form, to_look_at=overrides.to_look_at(found.weighed), against=overrides.against_policy(found.weighed),
        tomorrow=today + dt.timedelta(days=1), proposed_end=today + dt.timedelta(days=valid_days),
    )


def _alike(unit: UnitOfWork, found: Dossier) -> list[tuple[int, str, str, str]]:
    """(verification id, name, this answer, theirs) of answers that repeat another candidate's."""
    said = {turn.id: turn.text for turn in found.interview.turns} if found.interview else {}
    pairs = []
    for one in unit.signals.similar(found.interview.id) if found.interview else ():
        other = unit.signals.words_of(one.other_turn_id)
        verification = unit.verifications.get(other[0]) if other else None
        person = unit.people.get(verification.person_id) if verification else None
        if other is not None and person is not None:
            pairs.append((other[0], person.shown_name, said[one.turn_id], other[1]))
    return pairs


def _forms(found: Dossier) -> dict[int, str]:
    """What the form of each licence's number says, by claim: nothing wrong is not "verified"."""
    checks = services().checks
    said = {}
    for one in found.claims:
        check = checks.get(one.details.get("kind", "")) if one.kind == "licence" else None
        if check is not None:
            said[one.id] = check.well_formed(str(one.details.get("number", ""))) or "The number has the right form, which says nothing about whose it is."
    return said


def _looks_up() -> frozenset[str]:
    """Kinds of licence for which a register can be asked."""
    return frozenset(kind for kind, check in services().checks.items() if check.looks_up)


def _marked(found: Dossier) -> dict[int, object]:
    """Each turn's text by turn id, cut into segments. Quotes are numbered in the order of the page, from 1."""
    numbered = list(enumerate((one for group in found.found for one in group.evidence), start=1))
    turns = found.interview.turns if found.interview else ()
    return {turn.id: segments(turn.text, [(n, one) for n, one in numbered if one.turn_id == turn.id]) for turn in turns}
