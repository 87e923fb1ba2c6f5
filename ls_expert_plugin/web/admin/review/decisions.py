"""Views of a dossier: the page, and one POST route for each of a reviewer's decisions."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, Busy
from ls_expert_plugin.vetting.review.decisions import reason_templates
from ls_expert_plugin.vetting.review.decisions.submissions import Action, submit
from ls_expert_plugin.web.admin.review.decision_form import DONE, read_submission
from ls_expert_plugin.web.admin.review.dossier_page import dossier_page
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.candidate import profile_import
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.profile_labels import KINDS
from ls_expert_plugin.web.services import services

blueprint = Blueprint("review", __name__, url_prefix="/admin")
_ID = "<int(max=2147483647):verification_id>"
Answer = Response | tuple[str, int]


@blueprint.get(f"/review/{_ID}")
def dossier(verification_id: int) -> str:
    """The dossier: everything about one verification. The look is noted, for what will be new the next time."""
    manager, parts = signed_in_manager(), services()
    shown = dossier_with(verification_id)
    with suppress(Busy), parts.store.begin() as unit:  # what is new is a convenience: nobody waits for it
        unit.dossier_looks.note(verification_id, manager.id, parts.clock())
    return shown


@blueprint.get(f"/review/{_ID}/resume")
def download_resume(verification_id: int) -> Response:
    """The résumé as the candidate sent it."""
    signed_in_manager()
    with services().store.read() as unit:
        verification = unit.verifications.get(verification_id)
        return profile_import.as_file(unit.resumes.of(verification.person_id) if verification else None)


@blueprint.post(f"/review/{_ID}/verify")
def verify(verification_id: int) -> Answer:
    """Verify the person up to the end of a date."""
    return _decide(verification_id, "verify")


@blueprint.post(f"/review/{_ID}/renew")
def renew(verification_id: int) -> Answer:
    """Let a verification that was looked at again go on."""
    return _decide(verification_id, "renew")


@blueprint.post(f"/review/{_ID}/ask_more")
def ask_more(verification_id: int) -> Answer:
    """Ask the candidate for more before anybody decides."""
    return _decide(verification_id, "ask_more")


@blueprint.post(f"/review/{_ID}/take_up")
def take_up(verification_id: int) -> Answer:
    """Go on with the review without the candidate's answer."""
    return _decide(verification_id, "take_up")


@blueprint.post(f"/review/{_ID}/decline")
def decline(verification_id: int) -> Answer:
    """Decline the person in this domain, with a reason."""
    return _decide(verification_id, "decline")


@blueprint.post(f"/review/{_ID}/revoke")
def revoke(verification_id: int) -> Answer:
    """Take a verification back, with a reason."""
    return _decide(verification_id, "revoke")


@blueprint.post(f"/review/{_ID}/amend")
def amend(verification_id: int) -> Answer:
    """Change specialties, level and what was looked up, of somebody who is verified, with a reason."""
    return _decide(verification_id, "amend")


@blueprint.post(f"/review/{_ID}/suspend")
def suspend(verification_id: int) -> Answer:
    """Pause a verification, with a reason."""
    return _decide(verification_id, "suspend")


@blueprint.post(f"/review/{_ID}/resume")
def resume(verification_id: int) -> Answer:
    """Go on with a verification that was paused."""
    return _decide(verification_id, "resume")


def _decide(verification_id: int, action: Action) -> Answer:
    """Take the decision that was sent, tell Label Studio, and say how that went."""
    manager, parts = signed_in_manager(), services()
    submission = read_submission(action, request.form)
    try:
        outcome = parts.store.run(partial(
            submit, manager=manager, verification_id=verification_id, submission=submission, packs=parts.packs, now=parts.clock()
        ))
    except BadInput as problem:
        return dossier_with(verification_id, {action: problem.message}), status_of(problem)
    if request.form.get("keep_template"):
        with suppress(BadInput), parts.store.begin() as unit:
            reason_templates.keep(unit, manager, action, submission.text)
    if outcome.is_proposal:
        flash("Your proposal is noted. Another reviewer decides too.", "good")
        return redirect(url_for("review.dossier", verification_id=verification_id), 303)
    if outcome.person is None or parts.routing.refresh(outcome.person.ls_user_id):
        flash(f"{DONE[action]} Synced with Label Studio.", "good")
    else:
        flash(f"{DONE[action]} Label Studio did not answer; until it does, access there stays as it was.", "warn")
    return redirect(url_for("review.dossier", verification_id=verification_id), 303)


def dossier_with(verification_id: int, errors: dict[str, str] | None = None) -> str:
    """The dossier; ``errors`` has a sentence by the action whose form could not be used, or "seen-<claim id>"."""
    manager, parts = signed_in_manager(), services()
    page = dossier_page(parts, manager, verification_id, errors or {}, request.form, request.args.get("decide", ""))
    return render_template("admin/review/dossier.html", page=page, kinds=KINDS, me=manager)
