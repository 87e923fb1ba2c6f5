"""View of the help page: what each step of an application is, questions that people ask, and whom to ask."""

from __future__ import annotations

from flask import Blueprint, render_template

from ls_expert_plugin.vetting.lifecycle.status_catalogue import CATALOGUE
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.services import services

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
def page() -> str:
    """The steps, answers, and a contact. Which domains are offered is for members of Label Studio."""
    signed_in()
    parts = services()
    statuses = {text.label: text for text in CATALOGUE.values()}
    return render_template(
        "candidate/help.html", packs=parts.packs, statuses=statuses.values(), retention_days=parts.settings.retention_days,
        has_test=any(pack.items for pack in parts.packs.values()), has_model=parts.interview_model is not None,
    )
