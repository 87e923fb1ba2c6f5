"""Views of credential checks for reviewers: recording what they saw on a regulator's page, and asking a register again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting.profile import claim_history
from ls_expert_plugin.vetting.review.decisions.claim_fingerprints import claim_fingerprint
from ls_expert_plugin.vetting.values import Claim
from ls_expert_plugin.web.admin.review.decisions import Answer, dossier_with
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.services import services

blueprint = Blueprint("ledger", __name__, url_prefix="/admin")


@blueprint.post("/review/<int(max=2147483647):verification_id>/claims/<int(max=2147483647):claim_id>/seen")
def seen(verification_id: int, claim_id: int) -> Answer:
    """I looked this licence up: what I saw, where, and when. It is about what stood on the page (``entry``)."""
    manager, parts, form = signed_in_manager(), services(), request.form
    try:
        with parts.store.begin() as unit:
            person_id, _ = _claim(unit, verification_id, claim_id)
            unit.claims.lock(person_id)
            _, claim = _claim(unit, verification_id, claim_id)
            if form.get("entry") != claim_fingerprint(claim):
                raise BadInput("Nothing was recorded: the entry was changed since you opened the page. Look it up again, as it stands now.")
            claim_history.record_seen(
                unit, manager, person_id, claim_id, form.get("found", ""), form.get("words", ""), form.get("where", ""), form.get("seen_on", ""),
                parts.clock(),
            )
            person = unit.people.get(person_id)
        if person is not None:
            parts.routing.refresh(person.ls_user_id)
        flash("Licence check saved.", "good")
    except BadInput as problem:
        return dossier_with(verification_id, {f"seen-{claim_id}": problem.message}), status_of(problem)
    return redirect(url_for("review.dossier", verification_id=verification_id, _anchor=f"claim-{claim_id}"), 303)


@blueprint.post("/review/<int(max=2147483647):verification_id>/claims/<int(max=2147483647):claim_id>/look-up")
def look_up(verification_id: int, claim_id: int) -> Response:
    """Ask the register, in the background."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        _, claim = _claim(unit, verification_id, claim_id)
    check = parts.checks.get(claim.details.get("kind", ""))
    if check is None or not check.looks_up:
        raise NotFound("No register is configured for this kind of licence.")
    parts.queue("look_up", claim_id=claim_id)
    flash(f"{check.title} is being asked. Load this page again in a moment.", "good")
    return redirect(url_for("review.dossier", verification_id=verification_id, _anchor=f"claim-{claim_id}"), 303)


def _claim(unit: UnitOfWork, verification_id: int, claim_id: int) -> tuple[int, Claim]:
    """(whose it is, the entry): of this dossier's person. Raises ``NotFound``."""
    verification = unit.verifications.get(verification_id)
    claim = unit.claims.get(verification.person_id, claim_id) if verification else None
    if verification is None or claim is None:
        raise NotFound("This entry is no longer there. Load the page again.")
    return verification.person_id, claim
