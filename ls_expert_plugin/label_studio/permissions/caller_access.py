"""Access of one caller, as a value: their role, and what they have in the objects that a call names and in those objects' projects. Pure.

``access_query.py`` reads it from the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

# Something a call names: its kind, and its number. "config of …": the label config of its project, wanted only where a result is written.
Kind = Literal["project", "task", "annotation", "draft", "prediction", "view", "config of task", "config of annotation", "config of draft"]
ObjectKey = tuple[Kind, int]


@dataclass(frozen=True)
class ProjectAccess:
    """Inside one project, for one member. Neither a ``specialty_field`` nor ``assigned_to``: every task of the project is theirs.

    ``assigned_to``: the member's own number, where the project shows experts only tasks that are assigned to them.
    """

    shows_others_work: bool = False
    specialty_field: str | None = None
    shows_tasks_without_specialty: bool = False
    specialties: tuple[str, ...] = ()
    assigned_to: int | None = None


@dataclass(frozen=True)
class ObjectRef:
    """Where a thing is, and who made it (-1: somebody who is gone). All None: there is no such thing."""

    project_id: int | None = None
    task_id: int | None = None
    owner_id: int | None = None
    # An annotation that says that the task was skipped.
    is_skip: bool = False
    # Of the kinds "config of …" alone: how the project is labelled, as XML.
    label_config: str | None = None


@dataclass(frozen=True)
class ViewColumns:
    """By what a tab of the Data Manager searches: its order as stored, and the columns and operators of its filters."""

    ordering: Any
    columns: tuple[str, ...]
    operators: tuple[str, ...] = ()


@dataclass(frozen=True)
class CallerAccess:
    """Of one person: what decides their role, and what they have in the projects of the things that were asked about.

    ``objects`` has an entry for everything that was asked about, and ``access`` for each project among it or around it; None: no
    membership in force there.
    """

    user_id: int
    is_superuser: bool
    role: str | None
    is_creator: bool
    has_projects: bool
    objects: Mapping[ObjectKey, ObjectRef] = field(default_factory=dict)
    tabs: Mapping[int, ViewColumns] = field(default_factory=dict)
    access: Mapping[int, ProjectAccess | None] = field(default_factory=dict)
    # Of whoever names nothing: whether any of their projects shows them some of its tasks only.
    has_routed: bool = False
    # An active member of the organization that was not removed from it. Nobody else has a role or a project.
    is_member: bool = True

    def joined(self, later: CallerAccess) -> CallerAccess:
        """Both, where the later one was asked about other objects. Of the person it is the later one that counts."""
        return replace(
            later, objects={**self.objects, **later.objects}, tabs={**self.tabs, **later.tabs}, access={**self.access, **later.access},
            has_routed=self.has_routed or later.has_routed,
        )
