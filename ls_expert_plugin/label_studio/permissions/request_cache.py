"""What the database has said of the callers of one request and of what their call names, kept while the request lasts.

Nothing here outlives a request: what a manager changes acts on the next one. Who asks is ``access_query.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body, BodyRefused

if TYPE_CHECKING:
    from django.http import HttpRequest

# Something a call names: its kind, and its number. "config of …": the label config of its project, wanted only where a result is written.
Kind = Literal["project", "task", "annotation", "draft", "prediction", "view", "config of task", "config of annotation", "config of draft"]
ObjectKey = tuple[Kind, int]
_KEPT = "_ls_expert_known"


@dataclass(frozen=True)
class ProjectAccess:
    """Inside one project, for one member. ``specialty_field`` None: every task of the project is theirs."""

    shows_others_work: bool = False
    specialty_field: str | None = None
    shows_tasks_without_specialty: bool = False
    specialties: tuple[str, ...] = ()


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

    ``places`` has an entry for everything that was asked about, and ``access`` for each project among it or around it; None: no
    membership in force there.
    """

    user_id: int
    is_superuser: bool
    role: str | None
    is_creator: bool
    has_projects: bool
    places: Mapping[ObjectKey, ObjectRef] = field(default_factory=dict)
    tabs: Mapping[int, ViewColumns] = field(default_factory=dict)
    access: Mapping[int, ProjectAccess | None] = field(default_factory=dict)
    # Of whoever names nothing: whether any of their projects routes by task.
    has_routed: bool = False
    # An active member of the organization that was not removed from it. Nobody else has a role or a project.
    is_member: bool = True


@dataclass
class RequestCache:
    """What one request has found out so far."""

    people: tuple[Any, ...] | None = None
    roles: dict[int, bool] = field(default_factory=dict)
    has_projects: dict[int, bool] = field(default_factory=dict)
    has_routed: dict[int, bool] = field(default_factory=dict)
    members: dict[int, bool] = field(default_factory=dict)
    places: dict[ObjectKey, ObjectRef] = field(default_factory=dict)
    tabs: dict[int, ViewColumns] = field(default_factory=dict)
    access: dict[tuple[int, int], ProjectAccess | None] = field(default_factory=dict)
    # By person, the projects that the call names and that are theirs: set by the gate, once it lets the call through.
    admitted: dict[int, frozenset[int]] = field(default_factory=dict)
    # The body as the view will read it; an exception where it cannot be read.
    body: Body | BodyRefused | None = None
    # The answer is one of ``stub_responses.py``, not Label Studio's.
    is_answered_here: bool = False

    def take_in(self, standing: CallerAccess, is_manager: bool) -> None:
        """Keep what was found, for the rest of the request."""
        self.roles[standing.user_id] = is_manager
        self.has_projects[standing.user_id] = standing.has_projects
        self.has_routed[standing.user_id] = self.has_routed.get(standing.user_id, False) or standing.has_routed
        self.members[standing.user_id] = standing.is_member
        self.places.update(standing.places)
        self.tabs.update(standing.tabs)
        self.access.update({(standing.user_id, project_id): access for project_id, access in standing.access.items()})

    def admit(self, user_id: int) -> None:
        """All that was found until now is what the call names."""
        self.admitted[user_id] = frozenset(
            project_id for (whose, project_id), access in self.access.items() if whose == user_id and access is not None
        )


def request_cache(request: HttpRequest) -> RequestCache:
    """What this request has found out."""
    kept: RequestCache | None = request.__dict__.get(_KEPT)
    if kept is None:
        kept = request.__dict__[_KEPT] = RequestCache()
    return kept


def forget(request: HttpRequest) -> None:
    """Label Studio may serve one request twice (a missing slash, a locked database): the second time asks again."""
    request.__dict__.pop(_KEPT, None)
