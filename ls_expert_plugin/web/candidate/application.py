"""Views of an application in a domain: what it takes before applying, applying, and withdrawing while it is undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting import consent
from ls_expert_plugin.vetting.lifecycle import interest, status, withdrawal
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.candidate import requirements_text, stepper
from ls_expert_plugin.web.candidate.own_verification import find_own_verification, own_verification
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

blueprint = Blueprint("application", __name__)
# Applying begins something from here; from any other status it changes nothing.
_MAY_APPLY = (None, "declined", "expired", "revoked", "withdrawn")


@blueprint.get("/domains/<domain>")
def before_applying(domain: str) -> str:
    """What an application in this domain takes, what is kept of it and who reads it; applying is there."""
    person, parts, pack = signed_in(), services(), _pack(domain)
    now = parts.clock()
    with parts.store.read() as unit:
        own = find_own_verification(unit, person, domain)
        wait = stepper.usual_wait(unit.verifications.decision_waits(domain))
    current = status.at(own, now) if own else None
    return render_template(
        "candidate/application/application.html", pack=pack, steps=stepper.plan(pack), requirements=requirements_text.requirements(pack),
        after=requirements_text.after_applying(pack), retention_days=parts.settings.retention_days, has_model=parts.interview_model is not None,
        wait=stepper.about(wait) if wait else "", status=current, may_apply=current in _MAY_APPLY,
    )


@blueprint.post("/domains/<domain>/interest")
def apply(domain: str) -> Response:
    """Apply in this domain."""
    person, parts = signed_in(), services()
    with parts.store.begin() as unit:
        interest.express_interest(unit, person, domain, parts.packs, parts.clock())
        has_consent = consent.in_force(unit, person, consent.MATCHING)
    flash(f"You have applied in {parts.packs[domain].title}.", "good")
    return redirect(url_for("portal.home" if has_consent else "consent.show_consent"), 303)


@blueprint.get("/domains/<domain>/withdraw")
def ask_before_withdrawal(domain: str) -> str:
    """What happens if I withdraw my application."""
    person, parts, pack = signed_in(), services(), _pack(domain)
    with parts.store.read() as unit:
        own = own_verification(unit, person, domain, _NONE)
        interview = unit.interviews.of_verification(own.id)
    current = status.at(own, parts.clock())
    return render_template(
        "candidate/application/application_withdraw.html", pack=pack, status=current, may_withdraw=withdrawal.may_withdraw(current),
        effects=withdrawal.effects(current, interview), retention_days=parts.settings.retention_days,
    )


@blueprint.post("/domains/<domain>/withdraw")
def withdraw(domain: str) -> Response:
    """Withdraw my application in this domain."""
    person, parts, pack = signed_in(), services(), _pack(domain)
    with parts.store.begin() as unit:
        own = own_verification(unit, person, domain, _NONE)
        withdrawal.withdraw_application(unit, person, own.id, parts.clock())
    flash(f"Your application in {pack.title} is withdrawn. You can apply again at any time.", "good")
    return redirect(url_for("portal.home"), 303)


_NONE = "you have no application here to withdraw."


def _pack(domain: str) -> Pack:
    pack = services().packs.get(domain)
    if pack is None:
        raise NotFound("This domain is not offered here. Choose one on the home page.")
    return pack
