"""JSON API of assignments, under /api/v1/projects/{id}/assignments: whose tasks are whose, dealing with its preview, and taking back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from flask import Blueprint, Response, jsonify
from pydantic import BeforeValidator, Field

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.reading.validation_errors import short
from ls_expert_plugin.routing.assignment.dealing import SHORTAGES, Wish
from ls_expert_plugin.routing.assignment.service import MOST_TASKS, AssignmentPlan
from ls_expert_plugin.routing.requirements.resolution import find_person, known
from ls_expert_plugin.routing.requirements.routing_file import refusal
from ls_expert_plugin.routing.requirements.schema import LsId, Part, checked, moment
from ls_expert_plugin.web.api.auth import json_body, manager
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from collections.abc import Iterable

blueprint = Blueprint("api_assignments", __name__, url_prefix="/api/v1")
_ADDRESS = "/projects/<int(max=2147483647):ls_project_id>/assignments"
_Tasks = Annotated[tuple[LsId, ...], Field(max_length=MOST_TASKS)]
_Person = LsId | Annotated[str, Field(max_length=320)]
_People = Annotated[tuple[_Person, ...], Field(max_length=2000)]
Asked = TypeVar("Asked", bound=Part)
_Count = Annotated[int, Field(ge=1, le=1_000_000)]


class _Assigning(Part):
    """``tasks`` None: all of the project."""

    people: Annotated[_People, Field(min_length=1)]
    tasks: _Tasks | None = None
    to_each: bool = False
    overlap: _Count | None = None
    at_most: _Count | None = None
    until: Annotated[dt.datetime | None, BeforeValidator(moment)] = None


class _TakingBack(Part):
    """None: everybody's, and all of the project."""

    people: _People | None = None
    tasks: _Tasks | None = None
    begun_too: bool = False


@blueprint.get(_ADDRESS)
def assignments(ls_project_id: int) -> Response:
    """Assignments of one project that are in force, by person and task."""
    manager()
    parts = services()
    with parts.store.read() as unit:
        if unit.projects.get(ls_project_id) is None:
            raise NotFound(f"There is no project {ls_project_id} in Label Studio, or we have not heard of it yet.")
        found = [one for one in unit.task_assignments.of_project(ls_project_id) if one.in_force(parts.clock())]
    return jsonify(assignments=[
        {"user": one.ls_user_id, "task": one.ls_task_id, "purpose": one.purpose, "until": one.valid_until_utc.isoformat() if one.valid_until_utc else None}
        for one in found
    ])


@blueprint.post(f"{_ADDRESS}/preview")
def preview(ls_project_id: int) -> Response:
    """Who would get which tasks, and what would be left without enough people. Changes nothing."""
    manager()
    asked = _body(_Assigning)
    plan = services().routing.assignments.preview(ls_project_id, asked.tasks, _people(asked.people), Wish(asked.to_each, asked.overlap, asked.at_most))
    return jsonify(_plan(plan))


@blueprint.post(_ADDRESS)
def assign(ls_project_id: int) -> Response:
    """Deal tasks to people, all or nothing."""
    manager()
    asked = _body(_Assigning)
    plan, told = services().routing.assignments.assign(
        ls_project_id, asked.tasks, _people(asked.people), Wish(asked.to_each, asked.overlap, asked.at_most), until=asked.until,
    )
    return jsonify(**_plan(plan), label_studio_knows=told)


@blueprint.post(f"{_ADDRESS}/take-back")
def take_back(ls_project_id: int) -> Response:
    """End assignments: of tasks that were not begun, or of all."""
    manager()
    asked = _body(_TakingBack)
    people = None if asked.people is None else _people(asked.people)
    done, told = services().routing.assignments.take_back(ls_project_id, ls_user_ids=people, ls_task_ids=asked.tasks, begun_too=asked.begun_too)
    return jsonify(taken_back=_pairs(done.pairs), kept=_pairs(done.kept), label_studio_knows=told)


def _body(model: type[Asked]) -> Asked:
    found, mistakes = checked(json_body(), model)
    if found is None:
        raise refusal(mistakes)
    return found


def _people(named: Iterable[int | str]) -> list[int]:
    """Label Studio's ids. Raises ``BadInput`` for a name that is nobody's, or several people's."""
    parts = services()
    with parts.store.read() as unit:
        world = known((), unit.people.all(), parts.clock())
    found = []
    for name in named:
        ls_user_id = find_person(str(name), world)
        if ls_user_id is None:
            raise BadInput(f'people: nobody, or more than one, is "{short(str(name))}" in Label Studio.')
        found.append(ls_user_id)
    return found


def _plan(plan: AssignmentPlan) -> dict[str, Any]:
    return {
        "project": plan.project.ls_project_id, "title": plan.project.title, "assigned": _pairs(plan.dealt),
        "by_person": [{"user": who, "tasks": count} for who, count in sorted(plan.by_person.items())], "without_tasks": list(plan.without),
        "short": [{"task": task, "message": SHORTAGES[why]} for task, why in sorted(plan.short.items())],
    }


def _pairs(pairs: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"user": who, "task": task} for who, task in pairs]
