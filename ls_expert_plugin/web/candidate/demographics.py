"""Views of voluntary demographic answers, where an installation asks for them. Nobody sees whose they are."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting.privacy.adverse_impact import QUESTIONS, checked
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.services import Services, services

blueprint = Blueprint("fairness", __name__, url_prefix="/fairness")


@blueprint.get("")
def page() -> str:
    """The questions, with what I answered."""
    person, parts = signed_in(), _asked()
    with parts.store.read() as unit:
        answers = unit.fairness.answers(person.id)
    return render_template("candidate/privacy/fairness.html", questions=QUESTIONS, answers=answers)


@blueprint.post("")
def answer() -> Response:
    """What I like to say; nothing removes it."""
    person, parts = signed_in(), _asked()
    answers = checked(request.form)
    with parts.store.begin() as unit:
        unit.fairness.set_answers(person.id, answers, parts.clock())
    flash("Saved, apart from everything else. Thank you." if answers else "Nothing is kept of you here.", "good")
    return redirect(url_for("fairness.page"), 303)


def _asked() -> Services:
    parts = services()
    if not parts.settings.fairness_questions:
        raise NotFound("This Label Studio does not ask for this.")
    return parts
