"""Pre-labels of one project, for managers: what makes them, a run over all tasks, and what they have cost."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.ml_backend.cost import PURPOSE, Price, subject_of
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.storage.store import Unit
from ls_expert_plugin.web.services import services
from ls_expert_plugin.web.sign_in import signed_in_manager

blueprint = Blueprint("prelabels", __name__, url_prefix="/admin/projects")
_ID = "<int(max=2147483647):ls_project_id>"
DAYS_SHOWN = 30


@blueprint.get(f"/{_ID}/prelabels")
def page(ls_project_id: int) -> str:
    """What there is."""
    signed_in_manager()
    parts = services()
    price = Price(*parts.settings.prelabel_price) if parts.settings.prelabel_price else None
    with parts.store.read() as unit:
        project = _project(unit, ls_project_id)
        recipe, latest = unit.ml_projects.active(ls_project_id), unit.prelabel_runs.latest(ls_project_id)
        newest = unit.examples.latest_version(ls_project_id)
        used = [
            one for one in unit.usage.by_day(parts.clock() - dt.timedelta(days=DAYS_SHOWN), PURPOSE)
            if one.subject.startswith(subject_of(ls_project_id, ""))
        ]
        one_call = unit.usage.of_one_call(PURPOSE, subject_of(ls_project_id, "")) or unit.usage.of_one_call(PURPOSE, "")
    return render_template(
        "admin/prelabels.html", project=project, recipe=recipe if recipe and not recipe.is_empty else None, newest=newest, run=latest, used=used,
        model=parts.settings.prelabel_model, price=price, days=DAYS_SHOWN, one_call=one_call, asks_again=latest is not None and not latest.ended_at_utc,
    )


@blueprint.post(f"/{_ID}/prelabels/start")
def start(ls_project_id: int) -> Response:
    """Begin a run."""
    manager, parts = signed_in_manager(), services()
    with parts.store.begin() as unit:
        _project(unit, ls_project_id)
        begun = unit.prelabel_runs.begin(ls_project_id, manager.id, request.form.get("only_missing") == "yes", parts.clock())
    parts.queue("prelabel", run_id=begun.id)
    flash("The worker makes pre-labels now. You may leave this page.", "good")
    return redirect(url_for("prelabels.page", ls_project_id=ls_project_id), 303)


@blueprint.post(f"/{_ID}/prelabels/stop")
def stop(ls_project_id: int) -> Response:
    """End the run after what is under way."""
    signed_in_manager()
    parts = services()
    with parts.store.begin() as unit:
        _project(unit, ls_project_id)
        latest = unit.prelabel_runs.latest(ls_project_id)
        if latest is not None:
            unit.prelabel_runs.stop(latest.id)
    flash("It ends after what is under way. Starting again goes on where it ended.", "good")
    return redirect(url_for("prelabels.page", ls_project_id=ls_project_id), 303)


def _project(unit: Unit, ls_project_id: int) -> Project:
    project = unit.projects.get(ls_project_id)
    if project is None:
        raise NotFound("There is no such project in Label Studio.")
    return project
