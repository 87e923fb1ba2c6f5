"""View of the list of projects for managers: what each asks for, how many experts are in, and whether Label Studio knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.outbox_position import SENTENCES
from ls_expert_plugin.routing.sync.reconcile import Drift, Kind
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.pagination import Slice, cut, mentions
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import Epoch

blueprint = Blueprint("projects", __name__, url_prefix="/admin/projects")

WITHOUT = "-"
RESTORED_IS_SAID_FOR = dt.timedelta(days=7)
# More than this takes longer than somebody waits for a page, and is the worker's.
MOST_COMPARED_AT_ONCE = 50_000


@dataclass(frozen=True)
class ProjectsPage:
    """The list of projects as it was searched. ``inside``: by a project's Label Studio id, how many experts are in. ``any_at_all``: without a search.

    ``gone_domains``: asked for by a project and no longer offered. ``waiting``: changes that Label Studio has not been told of. ``restored``: what
    a manager should know of a database that was restored lately; None: nothing.
    """

    shown: Slice[Project]
    search: str
    domain: str
    inside: Mapping[int, int]
    any_at_all: bool
    gone_domains: tuple[str, ...]
    waiting: int
    restored: str | None


@blueprint.get("")
def page() -> str:
    """All projects, or those that match a search, fifty at a time."""
    signed_in_manager()
    parts = services()
    search, domain = request.args.get("q", "").strip(), request.args.get("domain", "")
    with parts.store.read() as unit:
        known = unit.projects.all()
        shown = cut(matching(known, search, domain), request.args.get("page"))
        inside = unit.memberships.counts([one.ls_project_id for one in shown.items], parts.clock())
        waiting = unit.memberships.unpushed_count() + unit.projects.unpushed_count()
        epoch = unit.outbox_epochs.current()
    gone_domains = tuple(sorted({one.domain for one in known if one.domain} - set(parts.packs)))
    found = ProjectsPage(shown, search, domain, inside, bool(known), gone_domains, waiting, restore_notice(epoch, parts.clock()))
    return render_template("admin/projects/projects.html", page=found, packs=parts.packs, without=WITHOUT)


@blueprint.post("/compare")
def compare() -> Response:
    """Compare Label Studio with what we know, now, and mend what differs."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        count = unit.memberships.count()
    if count > MOST_COMPARED_AT_ONCE:
        parts.queue("reconcile")
        flash(f"Comparing {count:,} rows takes a while. It has begun; what is wrong is put right and written into the worker’s log.", "good")
        return redirect(url_for("projects.page"), 303)
    try:
        drift = parts.routing.reconcile()
    except LabelStudioError:
        flash("Label Studio did not answer, so nothing was compared. Try again in a minute.", "warn")
        return redirect(url_for("projects.page"), 303)
    if not drift.found:
        flash(f"Compared: Label Studio has exactly what it should, in all of {drift.compared:,} rows.", "good")
    elif drift.told and drift.corrected == drift.found:
        flash(f"Compared: {in_words(drift)}. Label Studio is right again.", "good")
    else:
        flash(f"Compared: {in_words(drift)}. Not all of it could be put right; try again in a minute, or look in the service’s log.", "warn")
    return redirect(url_for("projects.page"), 303)


def restore_notice(epoch: Epoch | None, now: dt.datetime) -> str | None:
    """What a manager should know of a database that was restored lately; None: nothing. Pure."""
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


def matching(projects: Sequence[Project], search: str, domain: str) -> list[Project]:
    """Those with all words of ``search`` in their title (or with that number), and of this domain: "" any, "-" none. Pure."""
    return [
        one for one in projects
        if (mentions(search, one.title) or search == str(one.ls_project_id))
        and (not domain or (one.domain is None if domain == WITHOUT else one.domain == domain))
    ]
