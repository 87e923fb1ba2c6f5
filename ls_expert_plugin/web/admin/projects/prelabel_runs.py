"""Views of pre-labels of several projects at once: begin runs or metrics for a selection, and follow what became of each project.

    POST /admin/projects/prelabel-runs/choose   what the selection is, before anything is begun
    POST /admin/projects/prelabel-runs          step=run or metrics: for each of them
    GET  /admin/projects/prelabel-runs          the latest run and metrics of each project, those that go on first
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.ml_backend.batch.run import PrelabelRun
from ls_expert_plugin.routing.sync.connection_state import Connected, address_of, status
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.storage.repositories.prelabels.prelabel_metrics import MetricsTimes
from ls_expert_plugin.web.admin.projects.project_connections import count
from ls_expert_plugin.web.admin.projects.project_query import as_text, selected
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.pagination import cut
from ls_expert_plugin.web.services import services

blueprint = Blueprint("prelabel_runs", __name__, url_prefix="/admin/projects/prelabel-runs")

CSV_COLUMNS = (
    "Number", "Project", "Run", "Begun (UTC)", "Ended (UTC)", "Tasks", "Pre-labels", "Without suggestion", "Failed", "Message", "Metrics calculated (UTC)",
)


@dataclass(frozen=True)
class ProjectRuns:
    """A project with its latest run, and when its metrics were asked for and made; None: never."""

    project: Project
    run: PrelabelRun | None
    metrics: MetricsTimes | None

    def goes_on(self, now: dt.datetime) -> bool:
        """Whether the worker has something to do for it."""
        return bool(self.run and not self.run.ended_at_utc) or bool(self.metrics and self.metrics.is_being_made(now))


@blueprint.get("")
def page() -> str:
    """What became of each project."""
    signed_in_manager()
    now = services().clock()
    rows = _rows()
    return render_template(
        "admin/projects/prelabel_runs.html", shown=cut(rows, request.args.get("page")), now=now, going=sum(one.goes_on(now) for one in rows),
    )


@blueprint.get("/csv")
def download() -> Response:
    """The same as a table."""
    signed_in_manager()
    return csv_download("pre-label-runs", CSV_COLUMNS, (
        (one.project.ls_project_id, one.project.title, *(
            (one.run.outcome or "running", one.run.begun_at_utc, one.run.ended_at_utc, one.run.tasks, one.run.made, one.run.empty, one.run.failed, one.run.said)
            if one.run else ("",) * 8
        ), one.metrics.made_at_utc if one.metrics else None) for one in _rows()
    ), services().clock())


@blueprint.post("/choose")
def choose() -> str | Response:
    """The selected projects, and what can be begun for them."""
    signed_in_manager()
    chosen, connected = _chosen()
    if not chosen:
        flash("Select at least one project first.", "warn")
        return redirect(url_for("projects.page"), 303)
    return render_template(
        "admin/projects/prelabel_runs_new.html", chosen=chosen, ids=as_text(one.ls_project_id for one in chosen),
        unconnected=[one for one in chosen if connected.get(one.ls_project_id) != "connected"], model=services().settings.prelabel_model,
    )


@blueprint.post("")
def begin() -> Response:
    """Begin a run, or metrics, for each of the chosen projects; one that is being worked on already is left alone, and that is said."""
    manager, parts = signed_in_manager(), services()
    chosen, _ = _chosen()
    is_run, only_missing = request.form.get("step") != "metrics", request.form.get("only_missing") == "yes"
    begun: list[int] = []
    for one in chosen:
        with parts.store.begin() as unit:
            if is_run:
                try:
                    begun.append(unit.prelabel_runs.begin(one.ls_project_id, manager.id, only_missing, parts.clock()).id)
                except Conflict:
                    continue
            else:
                kept = unit.prelabel_figures.of(one.ls_project_id)
                if kept is None or not kept.is_being_made(parts.clock()):
                    unit.prelabel_figures.ask(one.ls_project_id, 0, parts.clock())
                    begun.append(one.ls_project_id)
    for number in begun:
        if is_run:
            parts.queue("prelabel", run_id=number)
        else:
            parts.queue("prelabel_figures", ls_project_id=number)
    left = len(chosen) - len(begun)
    what = "Running on all tasks of" if is_run else "Calculating metrics of"
    if begun:
        flash(f"{what} {count(len(begun))}. You may leave this page.", "good")
    if left:
        flash(f"{count(left).capitalize()} {'is' if left == 1 else 'are'} being worked on already.", "warn")
    return redirect(url_for("prelabel_runs.page"), 303)


def _chosen() -> tuple[list[Project], Mapping[int, Connected]]:
    with services().store.read() as unit:
        known, states = unit.projects.all(), unit.project_connections.all()
    ids = selected(request.form, [one.ls_project_id for one in known])
    address = address_of(services().settings)
    return [one for one in known if one.ls_project_id in ids], {number: status(state, address) for number, state in states.items()}


def _rows() -> Sequence[ProjectRuns]:
    """Projects that ever had a run or metrics: those that go on first, then the newest."""
    now = services().clock()
    with services().store.read() as unit:
        runs, metrics = unit.prelabel_runs.latest_of_each(), unit.prelabel_figures.times()
        projects = unit.projects.those(runs.keys() | metrics.keys())
    rows = [ProjectRuns(one, runs.get(one.ls_project_id), metrics.get(one.ls_project_id)) for one in projects]
    return sorted(rows, key=lambda one: (one.goes_on(now), _latest(one), one.project.ls_project_id), reverse=True)


def _latest(one: ProjectRuns) -> dt.datetime:
    return max([*([one.run.begun_at_utc] if one.run else []), *([one.metrics.asked_at_utc] if one.metrics else [])])
