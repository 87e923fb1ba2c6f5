"""Views of consent: reading, giving and withdrawing it, the receipt, one's own data, and erasure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.storage.repositories.people.personal_data import Personal
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.privacy import erasure
from ls_expert_plugin.vetting.values import Consent
from ls_expert_plugin.web.auth import sign_out, signed_in
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.services import services

blueprint = Blueprint("consent", __name__)


@dataclass(frozen=True)
class PurposeView:
    """One consent as the page shows it. ``given`` is the one in force."""

    purpose: consent.Purpose
    text: str
    given: Consent | None


@blueprint.get("/consent")
def show_consent() -> str:
    """What I am asked to agree to, and what I have agreed to."""
    signed_in()
    return _consent_page()


@blueprint.post("/consent/<purpose_id>")
def give_consent(purpose_id: str) -> Response | tuple[str, int]:
    """Give one's consent to this purpose."""
    person, parts = signed_in(), services()
    asked = consent.purpose(purpose_id)
    if purpose_id == consent.NOTIFICATIONS and parts.settings.smtp_url is None:
        raise NotFound("This portal sends no e-mails, so there is nothing to agree to.")
    if request.form.get("agreed") != "yes":
        return _consent_page({f"agreed-{purpose_id}": "Tick the box if you agree. If you do not, just leave this page."}), 400
    try:
        with parts.store.begin() as unit:
            members.named(unit, person, request.form.get("name", ""))
    except BadInput as problem:
        return _consent_page({"name": problem.message}), status_of(problem)
    with parts.store.begin() as unit:
        consent.give(unit, person, purpose_id, request.form.get("version", ""), parts.clock(), parts.settings.retention_days)
        has_entries = bool(unit.claims.of(person.id))
    flash(f"Your consent to “{asked.title}” is saved. You can withdraw it at any time.", "good")
    if purpose_id == consent.NOTIFICATIONS:
        return redirect(url_for("consent.show_consent"), 303)
    return redirect(url_for("portal.home" if has_entries else "profile.page"), 303)


@blueprint.get("/consent/<purpose_id>/withdraw")
def ask_before_withdrawal(purpose_id: str) -> str:
    """Ask before consent is withdrawn, and say what ends with it."""
    signed_in()
    return render_template("candidate/privacy/consent_withdraw.html", purpose=consent.purpose(purpose_id), matching=consent.MATCHING)


@blueprint.post("/consent/<purpose_id>/withdraw")
def withdraw_consent(purpose_id: str) -> Response:
    """Withdraw one's consent to this purpose."""
    person, parts = signed_in(), services()
    parts.store.run(lambda unit: consent.withdraw(unit, person, purpose_id, parts.clock()))
    if parts.routing.refresh(person.ls_user_id):
        closed = " The projects it opened are closed to you." if purpose_id == consent.MATCHING else ""
        flash(f"Your consent is withdrawn.{closed}", "good")
    else:
        flash("Your consent is withdrawn. Label Studio did not answer; the projects will be closed to you once it does.", "warn")
    return redirect(url_for("consent.show_consent"), 303)


@blueprint.get("/consent/receipt.json")
def receipt() -> Response:
    """What I agreed to, when, and in which words, as a file."""
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        response = jsonify(name=person.name, email=person.email, consents=consent.receipt(unit, person))
    response.headers["Content-Disposition"] = 'attachment; filename="consent-receipt.json"'
    return response


@blueprint.get("/my-data.json")
def download() -> Response:
    """Everything the service holds about me, as a file."""
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        held = Personal(unit.session).everything(person.id, person.ls_user_id)
    response = jsonify(held)
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/erase")
def ask_before_erasure() -> str:
    """What happens if I have everything removed."""
    erasure.check_may_be_erased(signed_in())
    return render_template("candidate/privacy/erase.html")


@blueprint.post("/erase")
def erase() -> str | tuple[str, int]:
    """Remove everything I have told this service."""
    person, parts = signed_in(), services()
    if request.form.get("understood") != "yes":
        return render_template("candidate/privacy/erase.html", is_unticked=True), 400
    parts.store.run(lambda unit: erasure.ask(unit, person, erasure.ASKED, parts.clock()))
    parts.routing.refresh(person.ls_user_id)
    parts.queue("erase")
    sign_out()
    return render_template("candidate/privacy/erased.html")


def _consent_page(errors: Mapping[str, str] = MappingProxyType({})) -> str:
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        given = [one for one in unit.consents.of(person.id) if one.withdrawn_at_utc is None]
    views = [
        PurposeView(
            purpose=purpose, text=purpose.text_for(parts.settings.retention_days),
            given=next((c for c in given if (c.purpose, c.text_version) == (purpose.id, purpose.version)), None),
        )
        for purpose in consent.PURPOSES
    ]
    if parts.settings.smtp_url is None:  # what cannot be done is not asked; what was agreed to can be withdrawn
        views = [view for view in views if view.purpose.id != consent.NOTIFICATIONS or view.given]
    return render_template("candidate/privacy/consent.html", views=views, errors=errors, values=request.form, matching=consent.MATCHING)
