"""Views of a project's people: who has access, waits or almost has it, and why; and for anybody at all, why or why not, rule by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.routing.access.eligibility import Check
from ls_expert_plugin.routing.explanation.descriptions import needed
from ls_expert_plugin.routing.values import Membership, Project
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.csv_download import csv_download
from ls_expert_plugin.web.pagination import cut, mentions
from ls_expert_plugin.web.services import services
from ls_expert_plugin.web.template_filters import reason_words

blueprint = Blueprint("project_people", __name__, url_prefix="/admin/projects")

MOST_FOUND = 20
TABS = {"access": "Has access", "waiting": "Waiting", "almost": "Almost"}
CSV_COLUMNS = ("Name", "E-mail", "Access", "Reason", "Until (UTC)")


@dataclass(frozen=True)
class ProjectPeople:
    """Who has access, waits for a place, or lacks a single rule. ``waiting``: the next in line first."""

    project: Project
    people: Mapping[int, Person]
    inside: Sequence[tuple[Person, Membership]]
    waiting: Sequence[Person]
    almost: Sequence[tuple[Person, Check]]

    def of(self, tab: str) -> Sequence[object]:
        """The rows of a tab."""
        return {"waiting": self.waiting, "almost": self.almost}.get(tab, self.inside)


@blueprint.get("/<int(max=2147483647):ls_project_id>/people")
def page(ls_project_id: int) -> str:
    """Who has access, until when and by which rule; who waits; who almost has access; and a search for anybody else."""
    signed_in_manager()
    search, tab = request.args.get("q", "").strip(), request.args.get("tab", "")
    them = _people(ls_project_id)
    found = sorted(
        (one for one in them.people.values() if search and mentions(search, one.name, one.email)), key=lambda one: one.shown_name.casefold()
    )
    return render_template(
        "admin/projects/project_people.html", project=them.project, them=them, tabs=TABS, tab=tab if tab in TABS else "access",
        shown=cut(them.of(tab), request.args.get("page")), search=search, found=found[:MOST_FOUND],
        more_found=max(0, len(found) - MOST_FOUND), inside_ids={person.id for person, _ in them.inside},
        pack=services().packs.get(them.project.domain or ""),
    )


@blueprint.get("/<int(max=2147483647):ls_project_id>/people/csv")
def download(ls_project_id: int) -> Response:
    """All three tabs as one table."""
    signed_in_manager()
    them = _people(ls_project_id)
    pack = services().packs.get(them.project.domain or "")
    rows = [
        *((one.name, one.email, TABS["access"], reason_words(membership.reason), membership.valid_until_utc) for one, membership in them.inside),
        *((one.name, one.email, TABS["waiting"], f"Place {place} in line", None) for place, one in enumerate(them.waiting, start=1)),
        *((one.name, one.email, TABS["almost"], f"Missing: {needed(check, pack)}", None) for one, check in them.almost),
    ]
    return csv_download(f"people-of-project-{ls_project_id}", CSV_COLUMNS, rows, services().clock())


def _people(ls_project_id: int) -> ProjectPeople:
    parts, now = services(), services().clock()
    with parts.store.read() as unit:
        project = _project(unit, ls_project_id)
        people = {one.ls_user_id: one for one in unit.people.all()}
        inside = [
            (people[one.ls_user_id], one) for one in unit.memberships.those(ls_project_ids=[ls_project_id])
            if one.ls_user_id in people and one.in_force(now)
        ]
    missed = parts.routing.near_misses(ls_project_id)
    inside.sort(key=lambda pair: _by_name(pair[0]))
    almost = sorted(((people[who], check) for who, check in missed.almost if who in people), key=lambda pair: _by_name(pair[0]))
    return ProjectPeople(project, people, inside, [people[who] for who in missed.waiting if who in people], almost)


def _by_name(person: Person) -> tuple[str, int]:
    return person.shown_name.casefold(), person.id


@blueprint.get("/<int(max=2147483647):ls_project_id>/people/<int(max=2147483647):person_id>")
def explanation(ls_project_id: int, person_id: int) -> str:
    """Why this person may work on this project, or may not: what is needed, what was found, until when."""
    signed_in_manager()
    parts = services()
    with parts.store.read() as unit:
        project, person = _project(unit, ls_project_id), _person(unit, person_id)
        evidence = next((one.id for one in unit.verifications.of(person_id) if one.domain == project.domain), None)
    explained = parts.routing.explain(person.ls_user_id, ls_project_id)
    pack = parts.packs.get(project.domain) if project.domain else None
    return render_template("admin/projects/explanation.html", project=project, them=person, explained=explained, pack=pack, evidence=evidence)


def _project(unit: UnitOfWork, ls_project_id: int) -> Project:
    project = unit.projects.get(ls_project_id)
    if project is None:
        raise NotFound("There is no such project in Label Studio, or no longer.")
    return project


def _person(unit: UnitOfWork, person_id: int) -> Person:
    person = unit.people.get(person_id)
    if person is None or unit.people.by_ls_user_id(person.ls_user_id) is None:
        raise NotFound("There is no such person here.")
    return person
