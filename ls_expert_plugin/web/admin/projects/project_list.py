"""View of the list of projects for managers: what each asks for, experts in it, tasks left, whether it is connected and Label Studio in sync.

    GET  /admin/projects        a search in the address
    POST /admin/projects        the same with a selection, which the page carries along: step=page:3, select_all, clear
    GET  /admin/projects/csv    all that match
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.protocol.outbox_position import SENTENCES
from ls_expert_plugin.routing.sync.connection_state import Connected, ConnectionState, address_of, status
from ls_expert_plugin.routing.sync.reconcile import Drift, Kind
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.web.admin.projects.project_query import FILTERS, NEED_EXPERTS, ProjectQuery, as_text, matching, read, selected
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.pagination import Slice, cut
from ls_expert_plugin.web.services import services
from ls_expert_plugin.web.template_filters import asks_for_in_table

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.values import TaskCount
    from ls_expert_plugin.storage.repositories.outbox.directory_hold import DirectoryHold
    from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import Epoch

blueprint = Blueprint("projects", __name__, url_prefix="/admin/projects")

RESTORED_IS_SAID_FOR = dt.timedelta(days=7)
# More than this takes longer than somebody waits for a page, and is the worker's.
MOST_COMPARED_AT_ONCE = 50_000
COUNTED_AT_A_TIME = 1000
CSV_COLUMNS = ("Number", "Project", "Domain", "Requirements", "Experts", "Maximum experts", "Tasks", "Tasks left", "Connection", "Problem")


@dataclass(frozen=True)
class Found:
    """All projects, those that a query matches, and how each routed one is connected."""

    known: Sequence[Project]
    matches: Sequence[Project]
    states: Mapping[int, ConnectionState]
    connected: Mapping[int, Connected]


@dataclass(frozen=True)
class ProjectsPage:
    """The list of projects as it was searched. ``inside`` and ``tasks``: experts and tasks by project; ``tasks`` None: Label Studio did not say.

    ``chosen``: the selection, on all pages; ``elsewhere``: the part of it that is not on this one, as text. ``gone_domains``: asked for by a project and
    no longer offered. ``waiting``: changes that Label Studio has not been told of. ``restored``: what a manager should know of a database that was
    restored lately; None: nothing. ``is_held``: members and projects of Label Studio are not taken over, until somebody has looked.
    """

    query: ProjectQuery
    shown: Slice[Project]
    chosen: frozenset[int]
    elsewhere: str
    inside: Mapping[int, int]
    tasks: Mapping[int, TaskCount] | None
    found: Found
    gone_domains: tuple[str, ...]
    waiting: int
    restored: str | None
    is_held: bool

    @property
    def routed(self) -> int:
        """How many projects ask for a domain."""
        return len(self.found.connected)

    @property
    def unconnected(self) -> int:
        """How many of those are not connected."""
        return sum(one != "connected" for one in self.found.connected.values())


@blueprint.get("")
def page() -> str:
    """All projects, or those that match a search, fifty at a time."""
    signed_in_manager()
    return _page(read(request.args), lambda found: frozenset())


@blueprint.post("")
def select() -> str:
    """The list again with what was selected so far: another page of it, all that match, or nothing."""
    signed_in_manager()
    query, step = read(request.form), request.form.get("step", "")
    wanted = step.partition(":")[2] if step.startswith("page:") else "" if step == "search" else query.page

    def chosen(found: Found) -> frozenset[int]:
        if step == "clear":
            return frozenset()
        so_far = selected(request.form, [one.ls_project_id for one in found.known])
        return so_far | {one.ls_project_id for one in found.matches} if step == "select_all" else so_far

    return _page(ProjectQuery(query.search, query.domain, query.show, wanted), chosen)


@blueprint.get("/csv")
def download() -> Response:
    """All that match, as a table."""
    signed_in_manager()
    parts, query = services(), read(request.args)
    with parts.store.read() as unit:
        found = find(unit, query)
        inside = unit.memberships.counts(None, parts.clock())
    tasks = task_counts([one.ls_project_id for one in found.matches]) or {}

    def row(one: Project) -> tuple[str | int | None, ...]:
        asked, number, count = one.requirement, one.ls_project_id, tasks.get(one.ls_project_id)
        return (number, one.title, one.domain, asks_for_in_table(asked), inside.get(number, 0), asked.max_experts if asked else None,
                count.tasks if count else None, count.left if count else None, found.connected.get(number), found.states[number].problem
                if number in found.states else "")

    return csv_download("projects", CSV_COLUMNS, map(row, found.matches), parts.clock())


def find(unit: UnitOfWork, query: ProjectQuery) -> Found:
    """The projects that a query matches."""
    parts = services()
    known, states, address = unit.projects.all(), unit.project_connections.all(), address_of(parts.settings)
    connected = {one.ls_project_id: status(states.get(one.ls_project_id), address) for one in known if one.requirement}
    experts = unit.memberships.counts(None, parts.clock()) if query.show in NEED_EXPERTS else {}
    return Found(known, matching(known, query, experts, connected), states, connected)


def task_counts(ls_project_ids: Collection[int]) -> dict[int, TaskCount] | None:
    """Tasks of these projects, by project. None: Label Studio does not answer."""
    wanted, counts = sorted(ls_project_ids), dict[int, "TaskCount"]()
    try:
        for start in range(0, len(wanted), COUNTED_AT_A_TIME):
            counts |= services().task_counts(wanted[start : start + COUNTED_AT_A_TIME])
    except LabelStudioError:
        return None
    return counts


def _page(query: ProjectQuery, choose: Callable[[Found], frozenset[int]]) -> str:
    parts = services()
    with parts.store.read() as unit:
        found = find(unit, query)
        shown = cut(found.matches, query.page)
        here = [one.ls_project_id for one in shown.items]
        inside = unit.memberships.counts(here, parts.clock())
        waiting = unit.memberships.unpushed_count() + unit.projects.unpushed_count()
        epoch, held = unit.outbox_epochs.current(), unit.directory_holds.current()
    chosen = choose(found)
    gone_domains = tuple(sorted({one.domain for one in found.known if one.domain} - set(parts.packs)))
    page = ProjectsPage(
        query, shown, chosen, as_text(chosen - set(here)), inside, task_counts(here), found, gone_domains, waiting,
        restore_notice(epoch, parts.clock(), held), held is not None,
    )
    return render_template("admin/projects/projects.html", page=page, packs=parts.packs, filters=FILTERS)


@blueprint.post("/compare")
def compare() -> Response:
    """Compare Label Studio with what we know, now, and mend what differs."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        count = unit.memberships.count()
    if count > MOST_COMPARED_AT_ONCE:
        parts.queue("reconcile")
        flash(f"Comparing {count:,} rows takes a while. It has begun; what is wrong is corrected and written into the worker’s log.", "good")
        return redirect(url_for("projects.page"), 303)
    try:
        drift = parts.routing.reconcile()
    except LabelStudioError:
        with parts.store.read() as unit:
            held = unit.directory_holds.current()
        flash(f"Nothing was compared. {held}" if held else "Label Studio did not answer, so nothing was compared. Try again in a minute.", "warn")
        return redirect(url_for("projects.page"), 303)
    if not drift.found:
        flash(f"Compared: Label Studio has exactly what it should, in all of {drift.compared:,} rows.", "good")
    elif drift.told and drift.corrected == drift.found:
        flash(f"Compared: {in_words(drift)}. Label Studio is right again.", "good")
    else:
        flash(f"Compared: {in_words(drift)}. Not all of it could be corrected; try again in a minute, or look in the service’s log.", "warn")
    return redirect(url_for("projects.page"), 303)


def restore_notice(epoch: Epoch | None, now: dt.datetime, held: DirectoryHold | None = None) -> str | None:
    """What a manager should know of a database that was restored lately, or seems to be another one; None: nothing. Pure."""
    if held is not None:
        return f"{held} Whoever runs this service has to look at it: ls-expert doctor says how."
    if epoch is None or epoch.reason not in SENTENCES:
        return None
    when = f"{epoch.begun_at_utc:%-d %B %Y, %H:%M} UTC"
    if epoch.resynced_at_utc is None:
        return f"A database was restored from a backup (noticed {when}). Members, projects and work are being read from Label Studio again."
    if now - epoch.begun_at_utc > RESTORED_IS_SAID_FOR:
        return None
    return (f"A database was restored from a backup (noticed {when}). Members, projects and work were read from Label Studio again, and erasures made since "
            "the backup were done again. What else was done in between is not here any more.")


def in_words(drift: Drift) -> str:
    """How many rows of each kind were wrong in Label Studio. Pure."""
    words: dict[Kind, str] = {"missing": "missing", "extra": "too many", "stale": "out of date"}
    return ", ".join(f"{drift.counts[kind]:,} {said}" for kind, said in words.items() if drift.counts.get(kind))
