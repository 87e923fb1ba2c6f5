"""Views of suggestions for a profile after an interview: with one's own words beside them, to be added, changed first, or dismissed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting.profile.values import Suggestion
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.profile_labels import KINDS, licences_by_id
from ls_expert_plugin.web.services import services

blueprint = Blueprint("suggesting", __name__, url_prefix="/profile/suggestions")


@blueprint.get("")
def page() -> str:
    """What was mentioned and is missing in the profile."""
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        found = unit.suggestions.open(person.id)
    return render_template("candidate/profile/suggestions.html", found=found, kinds=KINDS, licences=licences_by_id(parts.packs))


@blueprint.post("/<int(max=2147483647):suggestion_id>/dismiss")
def dismiss(suggestion_id: int) -> Response:
    """Dismiss a suggestion, which does not come again."""
    person, parts = signed_in(), services()
    with parts.store.begin() as unit:
        if not unit.suggestions.settle(person.id, suggestion_id, "dismissed", parts.clock()):
            raise NotFound("This suggestion is no longer open. Reload the list of suggestions.")
    flash("Suggestion dismissed.", "good")
    return redirect(url_for("suggesting.page"), 303)


def open_one(suggestion_id: str | None) -> Suggestion | None:
    """The open suggestion that a profile form was reached from, if any."""
    if not suggestion_id or not suggestion_id.isascii() or not suggestion_id.isdigit() or len(suggestion_id) > 9:
        return None
    with services().store.read() as unit:
        return next((one.suggestion for one in unit.suggestions.open(signed_in().id) if one.id == int(suggestion_id)), None)
