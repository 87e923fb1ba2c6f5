"""The manager's pages about people: who waits for a review, the dossier, the decision, and everybody's standing."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import get_args

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, Conflict, Forbidden, NotFound
from ls_expert_plugin.storage.store import Unit
from ls_expert_plugin.vetting import review, status
from ls_expert_plugin.vetting.review import Dossier
from ls_expert_plugin.vetting.values import Person, Status, Verification
from ls_expert_plugin.web.error_map import status_of
from ls_expert_plugin.web.marking import segments
from ls_expert_plugin.web.profile import KINDS, licences_by_id
from ls_expert_plugin.web.services import services
from ls_expert_plugin.web.sign_in import signed_in_manager

logger = logging.getLogger(__name__)
blueprint = Blueprint("review", __name__, url_prefix="/admin")

DEFAULT_VALIDITY_DAYS = 365


@blueprint.get("/review")
def queue() -> str:
    """Who waits, the longest waiting first."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        waiting = review.queue(unit)
    return render_template("admin/review.html", waiting=waiting, packs=parts.packs, now=parts.clock())


@blueprint.get("/review/<int(max=2147483647):verification_id>")
def dossier(verification_id: int) -> str:
    """Everything about one verification."""
    return _page(verification_id)


@blueprint.post("/review/<int(max=2147483647):verification_id>/verify")
def verify(verification_id: int) -> Response | tuple[str, int]:
    """Verify until a date."""

    def decide(unit: Unit, manager: Person, now: dt.datetime) -> Verification:
        try:
            valid_until = dt.date.fromisoformat(request.form.get("valid_until", ""))
        except ValueError:
            raise BadInput("Choose a date, such as 2027-06-30.") from None
        return review.verify(unit, manager, verification_id, valid_until, request.form.get("note", ""), now)

    return _decide(verification_id, "verify", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/decline")
def decline(verification_id: int) -> Response | tuple[str, int]:
    """Decline, with a reason."""

    def decide(unit: Unit, manager: Person, now: dt.datetime) -> Verification:
        return review.decline(unit, manager, verification_id, request.form.get("reason", ""), now)

    return _decide(verification_id, "decline", decide)


@blueprint.post("/review/<int(max=2147483647):verification_id>/revoke")
def revoke(verification_id: int) -> Response | tuple[str, int]:
    """Take a verification back, with a reason."""

    def decide(unit: Unit, manager: Person, now: dt.datetime) -> Verification:
        return review.revoke(unit, manager, verification_id, request.form.get("reason", ""), now)

    return _decide(verification_id, "revoke", decide)


@blueprint.get("/people")
def people() -> str:
    """Everybody who is there, where they stand, and their role."""
    manager = signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        everybody = unit.people.all()
        pairs = unit.verifications.with_status(*get_args(Status))
    now = parts.clock()
    standings: dict[int, list[tuple[Verification, Status]]] = defaultdict(list)
    for verification, person in pairs:
        standings[person.id].append((verification, status.at(verification, now)))
    return render_template("admin/people.html", people=everybody, standings=standings, packs=parts.packs, me=manager)


@blueprint.post("/people/<int(max=2147483647):person_id>/role")
def set_role(person_id: int) -> Response:
    """Make somebody else a manager, or an expert."""
    manager, parts = signed_in_manager(), services()
    role = request.form.get("role", "")
    if role not in ("manager", "expert"):
        raise BadInput("There is no such role. Load the page again and choose one.")
    if person_id == manager.id:
        raise Forbidden("Nobody changes their own role. Ask another manager.")
    with parts.store.read() as unit:
        person = unit.people.get(person_id)
    if person is None:
        raise NotFound("There is no such person here.")
    try:
        told = parts.routing.set_role(person.ls_user_id, role)
    except BadInput as problem:
        flash(problem.message, "warn")
        return redirect(url_for("review.people"), 303)
    if told:
        logger.info("role: ls_user_id=%d is %s, set by ls_user_id=%d", person.ls_user_id, role, manager.ls_user_id)
        counts = "and sees all of Label Studio" if role == "manager" else "and sees in Label Studio what they are verified for"
        flash(f"{person.shown_name} is {'a manager' if role == 'manager' else 'an expert'} now, {counts}.", "good")
    else:
        flash(f"Label Studio did not answer, so {person.shown_name} is {person.role} as before. Try again in a minute.", "warn")
    return redirect(url_for("review.people"), 303)


def _decide(
    verification_id: int, form: str, decide: Callable[[Unit, Person, dt.datetime], Verification]
) -> Response | tuple[str, int]:
    """Take a decision about the dossier as the manager saw it, tell Label Studio, and say how that went."""
    manager, parts = signed_in_manager(), services()
    try:
        with parts.store.begin() as unit:
            seen = unit.verifications.lock(verification_id)
            if seen is not None and str(seen.revision) != request.form.get("revision"):
                raise Conflict("Something about this person has changed since you opened the page. Read it again, then decide.")
            decided = decide(unit, manager, parts.clock())
            person = unit.people.get(decided.person_id)
    except BadInput as problem:
        return _page(verification_id, {form: problem.message}), status_of(problem)
    told = parts.routing.refresh(person.ls_user_id) if person else True
    done = {"verify": "Verified.", "decline": "Declined.", "revoke": "Revoked."}[form]
    if told:
        flash(f"{done} Label Studio knows already.", "good")
    else:
        flash(f"{done} Label Studio did not answer; until it does, access there stays as it was.", "warn")
    return redirect(url_for("review.dossier", verification_id=verification_id), 303)


def _page(verification_id: int, errors: dict[str, str] | None = None) -> str:
    manager, parts = signed_in_manager(), services()
    now = parts.clock()
    today = now.astimezone(dt.timezone.utc).date()
    with parts.store.read() as unit:
        found = review.dossier(unit, verification_id, parts.packs)
    return render_template(
        "admin/dossier.html", dossier=found, pack=parts.packs.get(found.verification.domain), marked=_marked(found),
        status=status.at(found.verification, now), kinds=KINDS, licences=licences_by_id(parts.packs),
        about_me=manager.id == found.person.id, errors=errors or {}, form=request.form,
        tomorrow=today + dt.timedelta(days=1), in_a_year=today + dt.timedelta(days=DEFAULT_VALIDITY_DAYS),
    )


def _marked(found: Dossier) -> dict[int, object]:
    """Each turn's text by turn id, cut into segments. Quotes are numbered in the order of the page, from 1."""
    numbered = list(enumerate((one for group in found.found for one in group.evidence), start=1))
    turns = found.interview.turns if found.interview else ()
    return {turn.id: segments(turn.text, [(n, one) for n, one in numbered if one.turn_id == turn.id]) for turn in turns}
