"""Finding the person and the project that somebody asks about, by what a person would call them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.reading.validation_errors import short
from ls_expert_plugin.routing.requirements.resolution import NameIndex, find_person, find_project, known
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.vetting.values import Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Subject:
    """``left_at_utc``: when this person left Label Studio; None while they are there."""

    person: Person
    left_at_utc: dt.datetime | None
    project: Project


def find_subject(unit: UnitOfWork, user: str, project: str, now: dt.datetime) -> Subject:
    """``user``: address or Label Studio's id, of somebody who has left too; ``project``: id or title. Raises ``NotFound``."""
    everybody = unit.people.everybody()
    here = known(unit.projects.all(), [person for person, left_at in everybody if left_at is None], now)
    gone = known((), [person for person, left_at in everybody if left_at is not None], now)
    ls_user_id = find_person(user, here) or find_person(user, gone)
    if ls_user_id is None:
        raise NotFound(f'There is nobody "{short(user)}" here. Give the address or the number of somebody in Label Studio.')
    ls_project_id = _project_id(project, here)
    person, left_at_utc = next(entry for entry in everybody if entry[0].ls_user_id == ls_user_id)
    return Subject(person, left_at_utc, here.projects[ls_project_id])


def find_project_id(unit: UnitOfWork, project: str, now: dt.datetime) -> int:
    """A project's id, by that id or by title. Raises ``NotFound``."""
    return _project_id(project, known(unit.projects.all(), (), now))


def _project_id(project: str, here: NameIndex) -> int:
    ls_project_id = find_project(project, here)
    if ls_project_id is None:
        several = here.titled(project)
        raise NotFound(
            f'"{short(project)}" is the title of projects {", ".join(map(str, several))}. Give the number of one.' if several else
            f'There is no project "{short(project)}" here. Give its number or its title.'
        )
    return ls_project_id
