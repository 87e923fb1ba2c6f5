"""Views of the review queue: tabs with counts, search, order, and who has taken which review. On the blueprint of the decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.vetting.lifecycle.status_catalogue import label
from ls_expert_plugin.vetting.review.policy import overrides
from ls_expert_plugin.vetting.review.queue import assignments, tabs
from ls_expert_plugin.vetting.review.queue.tabs import QueueItem, Sort, Tab
from ls_expert_plugin.vetting.review.queue.waiting import ReviewQueue, review_queue, waiting_answers
from ls_expert_plugin.web.admin.review.decisions import blueprint
from ls_expert_plugin.web.auth import local_path, signed_in_manager
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.pagination import Slice, cut, mentions
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

_ID = "<int(max=2147483647):verification_id>"


@dataclass(frozen=True)
class QueuePage:
    """One tab of the queue as it was searched. ``counts``: rows by tab that match; ``any_at_all``: rows without a search, in any tab;
    ``rows``: all of this tab, of which ``shown`` is a page.
    """

    tab: Tab
    counts: Mapping[str, int]
    shown: Slice[QueueItem]
    search: str
    sort: Sort
    only_mine: bool
    any_at_all: bool
    queue: ReviewQueue
    rows: Sequence[QueueItem]

    @property
    def arguments(self) -> dict[str, str]:
        """The search and the order, for links that keep them."""
        return {key: value for key, value in (("q", self.search), ("sort", self.sort), ("mine", "1" if self.only_mine else "")) if value}


@blueprint.get("/review")
def queue() -> str:
    """Who waits, the longest waiting first."""
    manager, parts = signed_in_manager(), services()
    with parts.store.read() as unit:
        waiting = review_queue(unit)
    page = queue_page(waiting, manager.id, parts.packs, request.args)
    return render_template("admin/review/queue.html", page=page, tabs=tabs.TABS, packs=parts.packs, now=parts.clock(), me=manager)


@blueprint.get("/review/queue.csv")
def download_queue() -> FlaskResponse:
    """The rows of one tab as CSV, as they were searched and ordered."""
    manager, parts = signed_in_manager(), services()
    with parts.store.read() as unit:
        waiting = review_queue(unit)
    page = queue_page(waiting, manager.id, parts.packs, request.args)
    columns = ("Waits for", "Name", "E-mail", "Domain", "Status", "Since (UTC)", "Expires (UTC)", "Assigned to", "Note")
    return csv_download(f"review-queue-{page.tab}", columns, (
        (tabs.TABS[one.tab], one.person.name, one.person.email, one.verification.domain, label(one.verification.status), one.since_utc, one.until_utc,
         one.assigned.reviewer.shown_name if one.assigned else None, one.note) for one in page.rows
    ), parts.clock())


@blueprint.get("/review/screening-questions.csv")
def download_answers() -> FlaskResponse:
    """Who has answered the questions of a project and waits, as CSV; not the answers."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        found = waiting_answers(unit)
    return csv_download("screening-questions", ("Name", "E-mail", "Project", "Title", "Answered (UTC)"), (
        (one.person.name, one.person.email, one.add_on.ls_project_id, one.project.title if one.project else None, one.add_on.ended_at_utc) for one in found
    ), parts.clock())


@blueprint.get("/review/against-policy.csv")
def download_overrides() -> FlaskResponse:
    """How often reviewers decided against the policy, as CSV: a row for each requirement, and one without where all were met."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        found = overrides.count(unit.reviews.verdicts_by_domain())
    return csv_download("against-policy", ("Domain", "Decisions", "Against the policy", "Requirement", "Times"), (
        (one.domain, one.decisions, one.against, title, count) for one in found for title, count in one.conditions or ((None, None),)
    ), parts.clock())


def queue_page(waiting: ReviewQueue, manager_id: int, packs: Mapping[str, Pack], asked: Mapping[str, str]) -> QueuePage:
    """The rows that were asked for (``tab``, ``q``, ``sort``, ``mine``, ``page``); what cannot be meant is as if it was left out. Pure."""
    def title(domain: str) -> str:
        return packs[domain].title if domain in packs else domain

    every = tabs.items(waiting)
    tab = cast(Tab, asked["tab"]) if asked.get("tab") in tabs.TABS else "new"
    sort: Sort = "domain" if asked.get("sort") == "domain" else "waiting"
    search, only_mine = asked.get("q", "").strip(), bool(asked.get("mine"))
    rows = [
        one for one in every
        if mentions(search, one.person.name, one.person.email) and (not only_mine or (one.assigned is not None and one.assigned.reviewer.id == manager_id))
    ]
    here = tabs.ordered([one for one in rows if one.tab == tab], sort, title)
    return QueuePage(tab, Counter(one.tab for one in rows), cut(here, asked.get("page")), search, sort, only_mine, bool(every), waiting, here)


@blueprint.post(f"/review/{_ID}/assign")
def assign(verification_id: int) -> Response:
    """Take this review, if nobody else has taken it since the page was loaded."""
    manager, parts = signed_in_manager(), services()
    has_it = request.form.get("instead_of", "")
    with parts.store.begin() as unit:
        assignments.assign(unit, manager, verification_id, int(has_it) if has_it.isascii() and has_it.isdigit() and len(has_it) < 10 else None, parts.clock())
    flash("Assigned to you.", "good")
    return _back(verification_id)


@blueprint.post(f"/review/{_ID}/unassign")
def unassign(verification_id: int) -> Response:
    """Give this review back."""
    manager, parts = signed_in_manager(), services()
    with parts.store.begin() as unit:
        assignments.unassign(unit, manager, verification_id)
    flash("No longer assigned to you.", "good")
    return _back(verification_id)


def _back(verification_id: int) -> Response:
    wanted = request.form.get("back", "")
    return redirect(local_path(wanted) if wanted else url_for("review.dossier", verification_id=verification_id), 303)
