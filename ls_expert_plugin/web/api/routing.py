"""JSON API of routing, under /api/v1/: what projects ask for, what a change would do, and why somebody may or may not.

``docs/api.md`` says what each call takes and gives; a test holds it against what is here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.reading.validation_errors import Mistake
from ls_expert_plugin.routing.explanation.access_report import verdict_on
from ls_expert_plugin.routing.explanation.lookup import find_subject
from ls_expert_plugin.routing.requirements.editing import ProjectChange, TargetState, as_it_is, check
from ls_expert_plugin.routing.requirements.resolution import NameIndex, known, placed, resolve_one
from ls_expert_plugin.routing.requirements.routing_file import raise_if_any, refusal, understand
from ls_expert_plugin.routing.requirements.schema import RequirementInput, checked
from ls_expert_plugin.routing.requirements.serialization import changes, fields_of
from ls_expert_plugin.routing.values import Author, Project
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.api.auth import caller, json_body, manager
from ls_expert_plugin.web.candidate.closed_projects import closed_to_me
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

blueprint = Blueprint("api_routing", __name__, url_prefix="/api/v1")

PAGE_PROJECTS = 500
_ID = "<int(max=2147483647):ls_project_id>"


@blueprint.get("/projects")
def projects() -> Response:
    """Projects with what they ask for, by id; the next ones with ``?after=`` the last id."""
    manager()
    after, limit = _number("after", 0, 0), _number("limit", PAGE_PROJECTS, 1)
    everything, emails, _ = _world()
    page = [one for key, one in sorted(everything.projects.items()) if key > after][: min(limit, PAGE_PROJECTS)]
    return jsonify(projects=[
        {"project": one.ls_project_id, "title": one.title, "requirement": fields_of(as_it_is(one), emails)} for one in page
    ])


@blueprint.get(f"/projects/{_ID}/requirement")
def requirement(ls_project_id: int) -> Response:
    """What one project asks for, in the fields that PUT takes."""
    manager()
    world, emails, _ = _world()
    return jsonify(fields_of(as_it_is(_project(ls_project_id, world)), emails))


@blueprint.put(f"/projects/{_ID}/requirement")
def set_requirement(ls_project_id: int) -> Response:
    """Set all of what one project asks for."""
    me = manager()
    body, (world, emails, packs) = json_body(), _world()
    project = _project(ls_project_id, world)
    asked, mistakes = checked(body, RequirementInput)
    if asked is None:
        raise refusal(mistakes)
    wanted, mistakes = resolve_one(asked, project, world)
    mistakes += (Mistake(placed((), one.field), one.sentence) for one in check({ls_project_id: wanted}, packs, world.people))
    raise_if_any(mistakes)
    return _applied({ls_project_id: wanted}, emails, me.id)


@blueprint.post("/routing/preview")
def preview() -> Response:
    """What such a list of projects would change, and for whom. Changes nothing."""
    manager()
    wanted, emails = _list()
    return jsonify(changes=_changes(services().routing.preview(wanted), emails))


@blueprint.post("/routing/apply")
def apply() -> Response:
    """Apply a change of requirements, all or nothing."""
    me = manager()
    return _applied(*_list(), me.id)


@blueprint.get("/explain")
def explain() -> Response:
    """Each rule of one project, held against one person."""
    manager()
    parts = services()
    with parts.store.read() as unit:
        enquiry = find_subject(unit, _text("user"), _text("project"), parts.clock())
    verdict = verdict_on(enquiry, parts.routing.explain, parts.packs)
    return jsonify(
        user=_person(enquiry.person), project=enquiry.project.ls_project_id, title=enquiry.project.title, access=verdict.has_access,
        valid_until=_iso(verdict.valid_until_utc), message=verdict.sentence,
        rules=[
            {"rule": one.rule, "met": one.met, "needed": one.needed, "found": one.found, "valid_until": _iso(one.valid_until_utc)}
            for one in verdict.rulings
        ],
    )


@blueprint.post("/reconcile")
def reconcile() -> Response:
    """Compare Label Studio with what is decided here, correct it, and say what was wrong."""
    manager()
    drift = services().routing.reconcile()
    return jsonify(
        compared=drift.compared, label_studio_knows=drift.told, counts=drift.counts,
        differences=[
            {"kind": one.kind, "user": one.ls_user_id, "project": one.ls_project_id, "message": one.detail, "corrected": one.can_be_outbid}
            for one in drift.differences
        ],
    )


@blueprint.get("/me/projects")
def my_projects() -> Response:
    """The caller's own side: what is open to them, and what the other projects of their domains ask for."""
    person = caller()
    parts = services()
    if person.is_manager:
        return jsonify(sees_everything=True, projects=[], others=[])
    explained = parts.routing.explain_all(person.ls_user_id)
    with parts.store.read() as unit:
        by_id = {project.ls_project_id: project for project in unit.projects.all()}
    return jsonify(
        sees_everything=False,
        projects=[
            {"project": one.ls_project_id, "title": by_id[one.ls_project_id].title, "valid_until": _iso(one.access.valid_until_utc)}
            for one in explained if one.access is not None and one.ls_project_id in by_id
        ],
        others=[
            {"domain": one.pack.id, "projects": one.count, "why_not": [{"message": says, "projects": count} for says, count in one.missing]}
            for one in closed_to_me(explained, by_id, parts.packs)
        ],
    )


def _world() -> tuple[NameIndex, dict[int, str], Mapping[str, Pack]]:
    """All that names may stand for, addresses by Label Studio's id, and the domains."""
    parts = services()
    with parts.store.read() as unit:
        people = unit.people.all()
        world = known(unit.projects.all(), people, parts.clock())
    return world, {person.ls_user_id: person.email for person in people}, parts.packs


def _list() -> tuple[dict[int, TargetState], dict[int, str]]:
    body, (world, emails, packs) = json_body(), _world()
    wanted, mistakes = understand(body, world, packs)
    raise_if_any(mistakes)
    return wanted, emails


def _applied(wanted: Mapping[int, TargetState], emails: Mapping[int, str], person_id: int) -> Response:
    done, told = services().routing.apply(wanted, author=Author("api", person_id))
    return jsonify(changes=_changes(done, emails), label_studio_knows=told)


def _changes(several: Sequence[ProjectChange], emails: Mapping[int, str]) -> list[dict[str, Any]]:
    return [{
        "project": one.ls_project_id, "title": one.title,
        "fields": [asdict(change) for change in changes(one.before, one.after, emails)],
        "gains": [_person(person) for person in one.gains], "losses": [_person(person) for person in one.losses],
        "waiting": [_person(person) for person in one.waiting],
    } for one in several]


def _person(person: Person) -> dict[str, Any]:
    return {"user": person.ls_user_id, "email": person.email, "name": person.name}


def _project(ls_project_id: int, world: NameIndex) -> Project:
    if ls_project_id not in world.projects:
        raise NotFound(f"There is no project {ls_project_id} in Label Studio, or we have not heard of it yet.")
    return world.projects[ls_project_id]


def _text(name: str) -> str:
    value = request.args.get(name, "").strip()
    if not value:
        raise BadInput(f"{name}: is missing; add ?{name}= to the address.")
    return value


def _number(name: str, default: int, least: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) >= least):
        raise BadInput(f"{name}: write a whole number, at least {least}.")
    return int(text)


def _iso(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.timezone.utc).isoformat().replace("+00:00", "Z") if moment else None
