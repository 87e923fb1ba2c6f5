"""Views of private notes, and of the team's templates for reasons."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.review.decisions import reason_templates
from ls_expert_plugin.vetting.review.dossier import private_notes
from ls_expert_plugin.web.admin.review.decisions import Answer, dossier_with
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.services import services

blueprint = Blueprint("notes", __name__, url_prefix="/admin")
_ID = "<int(max=2147483647):verification_id>"


@blueprint.post(f"/review/{_ID}/notes")
def add_note(verification_id: int) -> Answer:
    """Keep a note for other reviewers."""
    manager, parts = signed_in_manager(), services()
    try:
        with parts.store.begin() as unit:
            private_notes.add_note(unit, manager, verification_id, request.form.get("note_text", ""), parts.clock())
    except BadInput as problem:
        return dossier_with(verification_id, {"note": problem.message}), status_of(problem)
    flash("Private note saved.", "good")
    return redirect(url_for("review.dossier", verification_id=verification_id, _anchor="notes"), 303)


@blueprint.post(f"/review/{_ID}/notes/<int(max=2147483647):note_id>/remove")
def remove_note(verification_id: int, note_id: int) -> Answer:
    """Remove a note of one's own."""
    manager, parts = signed_in_manager(), services()
    with parts.store.begin() as unit:
        private_notes.remove_note(unit, manager, verification_id, note_id)
    flash("Private note removed.", "good")
    return redirect(url_for("review.dossier", verification_id=verification_id, _anchor="notes"), 303)


@blueprint.get("/review/templates")
def templates() -> str:
    """The team's templates, and those that ship."""
    return _templates()


@blueprint.post("/review/templates")
def add_template() -> Answer:
    """Keep a template for the team."""
    manager, parts, form = signed_in_manager(), services(), request.form
    try:
        with parts.store.begin() as unit:
            reason_templates.keep(unit, manager, form.get("action", ""), form.get("text", ""))
    except BadInput as problem:
        return _templates(problem.message), status_of(problem)
    flash("Template saved.", "good")
    return redirect(url_for("notes.templates"), 303)


@blueprint.post("/review/templates/<int(max=2147483647):template_id>/remove")
def remove_template(template_id: int) -> Answer:
    """Remove one of the team's templates."""
    signed_in_manager()
    with services().store.begin() as unit:
        unit.reason_templates.remove(template_id)
    flash("Template removed.", "good")
    return redirect(url_for("notes.templates"), 303)


def _templates(error: str = "") -> str:
    signed_in_manager()
    with services().store.read() as unit:
        every = reason_templates.templates(unit.reason_templates.all())
    return render_template("admin/review/templates.html", templates=every, error=error, form=request.form)
