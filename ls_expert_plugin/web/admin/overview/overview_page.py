"""View of a manager's first page: who waits and how long, what ends soon, projects that lack something, what runs, and the weeks behind."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template

from ls_expert_plugin.storage.repositories.operations.overview import Asked, DatedVerification, NamedProject
from ls_expert_plugin.web.admin.overview import system_state, weekly
from ls_expert_plugin.web.admin.overview.system_state import SystemState
from ls_expert_plugin.web.admin.overview.weekly import Week
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.charts import Chart
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork
    from ls_expert_plugin.web.services import Services

blueprint = Blueprint("overview", __name__, url_prefix="/admin")
LISTED, LISTED_PROJECTS = 5, 3
ENDS_WITHIN = dt.timedelta(days=30)


@dataclass(frozen=True)
class ProjectGaps:
    """Of the ``routed`` projects: those without an expert or without pre-labels, by number and the first few. ``not_routed``: for managers only."""

    routed: int
    not_routed: int
    without_experts: tuple[int, tuple[NamedProject, ...]]
    without_prelabels: tuple[int, tuple[NamedProject, ...]]


@dataclass(frozen=True)
class OverviewPage:
    """The first page. ``waiting`` counts reviews, ``longest`` are the first few; ``asked``: what else waits, in words with its number."""

    now: dt.datetime
    waiting: int
    longest: tuple[DatedVerification, ...]
    asked: tuple[tuple[str, Asked], ...]
    ending: tuple[int, tuple[DatedVerification, ...]]
    gaps: ProjectGaps
    system: tuple[SystemState, ...]
    weeks: tuple[Week, ...]
    charts: tuple[Chart, ...]


@blueprint.get("")
def page() -> str:
    """What a manager should know first."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        shown = read(unit, parts)
    return render_template("admin/overview/overview.html", page=shown, packs=parts.packs)


@blueprint.get("/weeks.csv")
def weeks() -> Response:
    """The numbers behind the plots as CSV."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        found = _weeks(unit, unit.overview.by_status().get("verified", 0), parts.clock())
    return csv_download("weeks", ("Week of", "Applications", "Interviews completed", "Decisions", "Verified people at its end"), (
        (week.begins, week.interest, week.interviews, week.decisions, week.verified) for week in found
    ), parts.clock())


def read(unit: UnitOfWork, parts: Services) -> OverviewPage:
    """Everything that the page shows, in some twenty queries whatever the number of people and projects."""
    now, found = parts.clock(), unit.overview
    by_status = found.by_status()
    gaps = ProjectGaps(*found.routed_and_not(), found.without_experts(now, LISTED_PROJECTS), found.without_prelabels(LISTED_PROJECTS))
    asked = (
        ("Human interviews requested", found.human_interviews()), ("Answers to screening questions", found.screening_answers()),
        ("Due for re-review", found.rechecks()),
    )
    weeks_behind = _weeks(unit, by_status.get("verified", 0), now)
    return OverviewPage(
        now, by_status.get("in_review", 0), found.longest_waiting(LISTED), asked, found.ending(now, now + ENDS_WITHIN, LISTED), gaps,
        system_states(unit, parts), weeks_behind, weekly.charts(weeks_behind),
    )


def system_states(unit: UnitOfWork, parts: Services) -> tuple[SystemState, ...]:
    """How the parts behind the pages are, as far as the database tells."""
    now, found = parts.clock(), unit.overview
    waiting_mail, oldest = unit.notifications.waiting()
    epoch = unit.outbox_epochs.current()
    return (
        system_state.synced(unit.memberships.unpushed_count() + unit.projects.unpushed_count(), epoch is not None and epoch.resynced_at_utc is None,
                            unit.scheduled_jobs.last_sent().get("reconcile"), now, is_held=unit.directory_holds.current() is not None),
        system_state.worker(found.worker_seen_at(), now),
        system_state.mail(parts.settings.smtp_url is not None, waiting_mail, oldest, found.failed_messages(now - system_state.FAILED_WITHIN), now),
    )


def _weeks(unit: UnitOfWork, verified: int, now: dt.datetime) -> tuple[Week, ...]:
    since = dt.datetime.combine(weekly.first_monday(now), dt.time(), dt.timezone.utc)
    return weekly.weekly(unit.overview.moves(since), verified, now)
