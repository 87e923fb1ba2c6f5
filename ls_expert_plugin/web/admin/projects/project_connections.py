"""Views that connect projects, webhook and ML backend, through the worker: one, a selection, and those that were just given a domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.routing.sync.connection_state import NO_TOKEN
from ls_expert_plugin.web.admin.projects.project_query import read, selected
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.routing.requirements.editing import ProjectChange

blueprint = Blueprint("project_connections", __name__, url_prefix="/admin/projects")


@blueprint.post("/connect")
def connect() -> Response:
    """Connect the selected projects that ask for a domain, or ``only`` one; ``all`` for every one that is not connected."""
    signed_in_manager()
    form, query = request.form, read(request.form)
    back = redirect(url_for("projects.page", page=query.page or None, **query.arguments), 303)
    with services().store.read() as unit:
        known = {one.ls_project_id: one for one in unit.projects.all()}
    only = form.get("only", "")
    chosen = [number for number in known if str(number) == only] if only else sorted(selected(form, known))
    routed = [number for number in chosen if known[number].requirement]
    if not chosen:
        flash("Select at least one project first.", "warn")
    elif not routed:
        flash("Only projects with a domain are connected. Set one first.", "warn")
    else:
        ask(routed)
        left = len(chosen) - len(routed)
        more = f" {left} without a domain {'is' if left == 1 else 'are'} left out." if left else ""
        flash(f"Connecting {count(len(routed))}. You may leave this page.{more}", "good")
    return back


def connect_newly_routed(changes: Iterable[ProjectChange]) -> int:
    """Let the worker connect the projects that had no domain before these changes; how many."""
    newly = [one.ls_project_id for one in changes if one.after.requirement and not one.before.requirement]
    if newly:
        ask(newly)
    return len(newly)


def ask(ls_project_ids: Sequence[int]) -> None:
    """Write down that these are to be connected, and hand it to the worker. Without a token it is said at once that it cannot be."""
    parts = services()
    with parts.store.begin() as unit:
        if parts.settings.label_studio_token:
            unit.project_connections.ask(ls_project_ids, parts.clock())
        else:
            for number in ls_project_ids:
                unit.project_connections.put(number, "", NO_TOKEN, parts.clock())
    if parts.settings.label_studio_token:
        parts.queue("connect")


def count(number: int) -> str:
    """So many projects, in words."""
    return "1 project" if number == 1 else f"{number:,} projects"
