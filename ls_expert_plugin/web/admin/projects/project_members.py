"""Views of a project's members: who may work on it, and why; and for anybody at all, why or why not, rule by rule."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.pagination import cut, mentions
from ls_expert_plugin.web.services import services

blueprint = Blueprint("project_people", __name__, url_prefix="/admin/projects")

MOST_FOUND = 20


@blueprint.get("/<int(max=2147483647):ls_project_id>/people")
def page(ls_project_id: int) -> str:
    """Everybody who is in, until when and by which rule; and a search for anybody else."""
    signed_in_manager()
    parts, now = services(), services().clock()
    search = request.args.get("q", "").strip()
    with parts.store.read() as unit:
        project = _project(unit, ls_project_id)
        people = {one.ls_user_id: one for one in unit.people.all()}
        inside = [
            (people[one.ls_user_id], one) for one in unit.memberships.those(ls_project_ids=[ls_project_id])
            if one.ls_user_id in people and one.in_force(now)
        ]
    inside.sort(key=lambda pair: (pair[0].shown_name.casefold(), pair[0].id))
    found = sorted(
        (one for one in people.values() if search and mentions(search, one.name, one.email)), key=lambda one: one.shown_name.casefold()
    )
    return render_template(
        "admin/projects/project_people.html", project=project, shown=cut(inside, request.args.get("page")), search=search, found=found[:MOST_FOUND],
        more_found=max(0, len(found) - MOST_FOUND), inside_ids={person.id for person, _ in inside},
    )


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
