"""The manager's page of projects: which domain each asks for."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.web.services import services
from ls_expert_plugin.web.sign_in import signed_in_manager

blueprint = Blueprint("projects", __name__, url_prefix="/admin/projects")


@blueprint.get("")
def page() -> str:
    """All projects."""
    signed_in_manager()
    parts = services()
    return render_template("admin/projects.html", projects=parts.routing.projects(), packs=parts.packs)


@blueprint.post("/<int(max=2147483647):ls_project_id>")
def set_domain(ls_project_id: int) -> Response:
    """Set what one project asks for."""
    signed_in_manager()
    parts = services()
    chosen = request.form.get("domain")
    domain = chosen or None
    if chosen is None or (domain is not None and domain not in parts.packs):
        raise BadInput("There is no such domain here. Load the page again and choose one from the list.")
    told = parts.routing.set_domain(ls_project_id, domain)
    saved = f"Saved: experts in {parts.packs[domain].title} may work on it." if domain else "Saved: no expert sees this project."
    if told:
        flash(f"{saved} Label Studio knows already.", "good")
    else:
        flash(f"{saved} Label Studio did not answer; it will be told as soon as it does.", "warn")
    return redirect(url_for("projects.page"), 303)
