"""Pre-labels of one project, for managers: what makes them, a run over all tasks, and what they have cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, Conflict, NotFound
from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, Price, subject_of
from ls_expert_plugin.prelabels.project_metrics import ProjectMetrics
from ls_expert_plugin.prelabels.switching import Offer, put_into_use
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.services import services

blueprint = Blueprint("prelabels", __name__, url_prefix="/admin/projects")
_ID = "<int(max=2147483647):ls_project_id>"
DAYS_SHOWN = 30
MAX_ASKED = 500
CSV_COLUMNS = ("Version", "Control", "Label", "Tasks", "Correct", "F1", "True positives", "False positives", "False negatives")
# Of the report of both arms.
TITLES = {
    "accepted": "Annotation is the pre-label", "edits": "Edits from pre-label to annotation", "seconds": "Seconds, median",
    "agrees": "Agreement with other experts", "agrees_with_pre_label": "Agreement with the pre-label",
}


@blueprint.get(f"/{_ID}/prelabels")
def page(ls_project_id: int) -> str:
    """The project's page of pre-labels: version in use, last batch run, metrics of versions, cost."""
    signed_in_manager()
    parts = services()
    price = Price(*parts.settings.prelabel_price) if parts.settings.prelabel_price else None
    with parts.store.read() as unit:
        project = _project(unit, ls_project_id)
        recipe, latest = unit.ml_projects.active(ls_project_id), unit.prelabel_runs.latest(ls_project_id)
        newest, kept = unit.examples.latest_version(ls_project_id), unit.prelabel_figures.of(ls_project_id)
        used = unit.usage.by_day(parts.clock() - dt.timedelta(days=DAYS_SHOWN), PURPOSE, subject_of(ls_project_id, ""))
        one_call = unit.usage.of_one_call(PURPOSE, subject_of(ls_project_id, "")) or unit.usage.of_one_call(PURPOSE, "")
    return render_template(
        "admin/projects/prelabels.html", project=project, recipe=recipe if recipe and not recipe.is_empty else None, newest=newest, run=latest, used=used,
        model=parts.settings.prelabel_model, price=price, days=DAYS_SHOWN, one_call=one_call, asks_again=latest is not None and not latest.ended_at_utc,
        kept=kept, figures=ProjectMetrics.from_json(kept.figures if kept else {}), makes_figures=kept is not None and kept.is_being_made(parts.clock()),
        titles=TITLES, blind_percent=parts.settings.blind_percent, max_asked=MAX_ASKED,
    )


@blueprint.get(f"/{_ID}/prelabels/csv")
def download(ls_project_id: int) -> Response:
    """The metrics by version, control and label, as a table."""
    signed_in_manager()
    with services().store.read() as unit:
        _project(unit, ls_project_id)
        kept = unit.prelabel_figures.of(ls_project_id)
    return csv_download(f"pre-labels-of-project-{ls_project_id}", CSV_COLUMNS, metrics_rows(ProjectMetrics.from_json(kept.figures if kept else {})),
                        services().clock())


def metrics_rows(metrics: ProjectMetrics) -> Iterator[tuple[str | int | float | None, ...]]:
    """A row for each control of each version, and one for each of its labels. Pure."""
    for version in metrics.versions:
        for control in version.controls:
            yield version.version, control.name, "", version.tasks, control.right.value if control.right else None, control.f1, None, None, None
            for label in control.labels:
                yield version.version, control.name, label.label, None, None, label.f1, label.hits, label.extra, label.missed


@blueprint.post(f"/{_ID}/prelabels/figures")
def figures(ls_project_id: int) -> Response:
    """Let the worker make the figures; with ``ask_tasks``, today's version is asked about so many tasks for them."""
    signed_in_manager()
    parts = services()
    asked = request.form.get("ask_tasks", "").strip() or "0"
    if not asked.isascii() or not asked.isdigit() or int(asked) > MAX_ASKED:
        raise BadInput(f"Write how many tasks it is to be asked about: a number up to {MAX_ASKED}.")
    with parts.store.begin() as unit:
        _project(unit, ls_project_id)
        kept = unit.prelabel_figures.of(ls_project_id)
        if kept is not None and kept.is_being_made(parts.clock()):
            raise Conflict("The worker makes these figures already. Load the page again in a minute.")
        unit.prelabel_figures.ask(ls_project_id, int(asked), parts.clock())
    parts.queue("prelabel_figures", ls_project_id=ls_project_id)
    flash("The worker makes the figures now. You may leave this page.", "good")
    return redirect(url_for("prelabels.page", ls_project_id=ls_project_id, _anchor="figures"), 303)


@blueprint.get(f"/{_ID}/prelabels/switch")
def before_switch(ls_project_id: int) -> str:
    """What a switch means, before it is done."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        project = _project(unit, ls_project_id)
    return render_template("admin/projects/prelabels_switch.html", project=project, offer=_offer(ls_project_id))


@blueprint.post(f"/{_ID}/prelabels/switch")
def switch(ls_project_id: int) -> Response:
    """Put what was shown into use, if it is still that."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        _project(unit, ls_project_id)
    offer = _offer(ls_project_id)
    with parts.store.begin() as unit:
        put_into_use(unit, offer, request.form.get("version", ""), parts.clock())
        unit.prelabel_figures.ask(ls_project_id, 0, parts.clock())
    parts.queue("prelabel_figures", ls_project_id=ls_project_id)
    flash("In use within seconds. Experts get its pre-labels as they open tasks; the button below makes all of them at once.", "good")
    return redirect(url_for("prelabels.page", ls_project_id=ls_project_id), 303)


def _offer(ls_project_id: int) -> Offer:
    """What there is to switch to now: asked of Label Studio and the settings, whatever figures were stored before. Raises ``NotFound``."""
    found = services().prelabel_offer(ls_project_id)
    if not found.is_other:
        raise NotFound("There is no other version to switch to: what is in use is what there would be today.")
    return found


@blueprint.post(f"/{_ID}/prelabels/start")
def start(ls_project_id: int) -> Response:
    """Hand a batch run over every task of the project to the worker."""
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


def _project(unit: UnitOfWork, ls_project_id: int) -> Project:
    project = unit.projects.get(ls_project_id)
    if project is None:
        raise NotFound("There is no such project in Label Studio.")
    return project
