"""View of the history of a project's requirements: who changed what, and when. An old version is put back by the preview of "Undo"."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.routing.requirements.editing import as_it_is
from ls_expert_plugin.routing.requirements.history import PastChange, changes
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.web.admin.projects import undo
from ls_expert_plugin.web.admin.projects.requirement_diff import differences
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.pagination import cut
from ls_expert_plugin.web.services import services

blueprint = Blueprint("project_history", __name__, url_prefix="/admin/projects")

VIA = {"portal": "in the portal", "api": "through the API", "command": "on the command line"}
CSV_COLUMNS = ("Time (UTC)", "By", "Via", "What", "Before", "After")


@blueprint.get("/<int(max=2147483647):ls_project_id>/history")
def page(ls_project_id: int) -> str:
    """The changes, newest first, each with the version before it to put back."""
    signed_in_manager()
    project, past = _past(ls_project_id)
    shown = cut(past, request.args.get("page"))
    packs, open_without = services().packs, services().settings.projects_without_requirement == "shown"
    rows = [(one, differences(one.event.before, one.after, packs, open_without), undo.write({ls_project_id: one.event.before})) for one in shown.items]
    return render_template("admin/projects/project_history.html", project=project, shown=shown, rows=rows, via=VIA, now=as_it_is(project))


@blueprint.get("/<int(max=2147483647):ls_project_id>/history/csv")
def download(ls_project_id: int) -> Response:
    """The same as a table, a line for each part that changed."""
    signed_in_manager()
    _, past = _past(ls_project_id)
    parts = services()
    return csv_download(f"history-of-project-{ls_project_id}", CSV_COLUMNS, (
        (one.event.at_utc, one.event.by_name, one.event.via, part.title, part.before, part.after) for one in past
        for part in differences(one.event.before, one.after, parts.packs, parts.settings.projects_without_requirement == "shown")
    ), parts.clock())


def _past(ls_project_id: int) -> tuple[Project, list[PastChange]]:
    with services().store.read() as unit:
        project, events = unit.projects.get(ls_project_id), unit.requirement_history.of(ls_project_id)
    if project is None:
        raise NotFound("There is no such project in Label Studio, or no longer.")
    return project, changes(events, as_it_is(project))
