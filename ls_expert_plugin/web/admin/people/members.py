"""Views of people for managers: everybody with their role and standing, and one person with what is open to them."""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import BadInput, Forbidden, NotFound
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.lifecycle.status import CurrentStatus
from ls_expert_plugin.vetting.lifecycle.status_catalogue import STORED_BY_LABEL, label
from ls_expert_plugin.vetting.values import Person, Status
from ls_expert_plugin.web.admin.people.people_query import EXPIRES_WITHIN, LEVELS, PeopleQuery, Standings, matching, meets, read_query
from ls_expert_plugin.web.auth import local_path, signed_in_manager
from ls_expert_plugin.web.csv_download import Cell, csv_download
from ls_expert_plugin.web.pagination import Slice, cut, mentions
from ls_expert_plugin.web.services import services
from ls_expert_plugin.web.template_filters import reason_words

if TYPE_CHECKING:
    from ls_expert_plugin.routing.values import Membership, Project
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)
blueprint = Blueprint("people", __name__, url_prefix="/admin/people")

MOST_FOUND = 20


@dataclass(frozen=True)
class PeoplePage:
    """The list of people as it was searched. ``standings``: by a person's id, where they stand in each domain. ``any_at_all``: without a search."""

    shown: Slice[Person]
    standings: Standings
    query: PeopleQuery
    any_at_all: bool


@dataclass(frozen=True)
class OpenProject:
    """A project that is open to a person now, and by which membership."""

    project: Project
    membership: Membership


@dataclass(frozen=True)
class PersonPage:
    """One person: ``shown`` what is open to them, ``found`` projects that match the search, ``more_found`` how many are left out of it."""

    person: Person
    verifications: tuple[CurrentStatus, ...]
    shown: Slice[OpenProject]
    search: str
    found: tuple[Project, ...]
    more_found: int
    open_ids: frozenset[int]


@blueprint.get("")
def page() -> str:
    """Everybody who is there, or those that match a search, fifty at a time."""
    manager, parts = signed_in_manager(), services()
    query = read_query(request.args)
    everybody, standings = _everybody()
    found = matching(everybody, standings, query, parts.clock())
    shown = PeoplePage(cut(found, request.args.get("page")), standings, query, any_at_all=bool(everybody))
    return render_template(
        "admin/people/people.html", page=shown, packs=parts.packs, me=manager, statuses=STORED_BY_LABEL.values(), levels=LEVELS, ends=EXPIRES_WITHIN,
    )


@blueprint.get("/people.csv")
def download() -> FlaskResponse:
    """The people that match a search as CSV: a row for each person and verification that matches, one without a domain where there is none."""
    signed_in_manager()
    parts = services()
    everybody, standings = _everybody()
    rows: list[tuple[Cell, ...]] = []
    query, now = read_query(request.args), parts.clock()
    for one in matching(everybody, standings, query, now):
        rows += [
            (one.name, one.email, one.role, current.verification.domain, label(current.status),
             current.verification.valid_until_utc if current.status == "verified" else None, current.verification.level,
             "; ".join(current.verification.specialties))
            for current in standings.get(one.id, ()) if meets(current, query, now)
        ] or [(one.name, one.email, one.role, *[None] * 5)]
    return csv_download("people", ("Name", "E-mail", "Role", "Domain", "Status", "Valid until (UTC)", "Level", "Specialties"), rows, now)


def _everybody() -> tuple[tuple[Person, ...], Standings]:
    """Everybody who is there, and by a person's id where they stand in each domain now."""
    parts = services()
    now = parts.clock()
    with parts.store.read() as unit:
        everybody = unit.people.all()
        pairs = unit.verifications.with_status(*get_args(Status))
    standings: defaultdict[int, list[CurrentStatus]] = defaultdict(list)
    for verification, person in pairs:
        standings[person.id].append(CurrentStatus(verification, status.at(verification, now)))
    return everybody, standings


@blueprint.get("/<int(max=2147483647):person_id>")
def person(person_id: int) -> str:
    """One person: role, verifications, the projects that are open to them, and for any other project why it is not."""
    manager, parts = signed_in_manager(), services()
    search, now = request.args.get("q", "").strip(), parts.clock()
    with parts.store.read() as unit:
        them = _known(unit.people.get(person_id))
        verifications = tuple(CurrentStatus(one, status.at(one, now)) for one in unit.verifications.of(person_id))
        inside = _open_to(unit, them, now)
        found = [one for one in unit.projects.all() if search and mentions(search, one.title)]
    shown = PersonPage(
        them, verifications, cut(inside, request.args.get("page")), search, tuple(found[:MOST_FOUND]), max(0, len(found) - MOST_FOUND),
        frozenset(one.project.ls_project_id for one in inside),
    )
    return render_template("admin/people/person.html", page=shown, packs=parts.packs, me=manager)


@blueprint.get("/<int(max=2147483647):person_id>/projects.csv")
def projects(person_id: int) -> FlaskResponse:
    """The projects that are open to one person as CSV."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        them = _known(unit.people.get(person_id))
        inside = _open_to(unit, them, parts.clock())
    return csv_download(f"projects-of-person-{person_id}", ("Project", "Title", "Reason", "Until (UTC)"), (
        (one.project.ls_project_id, one.project.title, reason_words(one.membership.reason), one.membership.valid_until_utc) for one in inside
    ), parts.clock())


@blueprint.post("/<int(max=2147483647):person_id>/role")
def set_role(person_id: int) -> Response:
    """Make somebody else a manager, or an expert."""
    manager, parts = signed_in_manager(), services()
    role, back = request.form.get("role", ""), redirect(local_path(request.form.get("back")), 303)
    if back.location == "/":
        back = redirect(url_for("people.page"), 303)
    if role not in ("manager", "expert"):
        raise BadInput("There is no such role. Load the page again and choose one.")
    if person_id == manager.id:
        raise Forbidden("Nobody changes their own role. Ask another manager.")
    with parts.store.read() as unit:
        them = _known(unit.people.get(person_id))
    try:
        told = parts.routing.set_role(them.ls_user_id, role)
    except BadInput as problem:
        flash(problem.message, "warn")
        return back
    if told:
        logger.info("role: ls_user_id=%d is %s, set by ls_user_id=%d", them.ls_user_id, role, manager.ls_user_id)
        counts = "and sees all of Label Studio" if role == "manager" else "and sees in Label Studio what they are verified for"
        flash(f"{them.shown_name} is {'a manager' if role == 'manager' else 'an expert'} now, {counts}.", "good")
    else:
        flash(f"Label Studio did not answer, so {them.shown_name} is {them.role} as before. Try again in a minute.", "warn")
    return back


def _open_to(unit: UnitOfWork, them: Person, now: dt.datetime) -> list[OpenProject]:
    memberships = {one.ls_project_id: one for one in unit.memberships.of(them.ls_user_id) if one.in_force(now)}
    return [OpenProject(one, memberships[one.ls_project_id]) for one in unit.projects.all() if one.ls_project_id in memberships]


def _known(them: Person | None) -> Person:
    if them is None:
        raise NotFound("There is no such person here.")
    return them
