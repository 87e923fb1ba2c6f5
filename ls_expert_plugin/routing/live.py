"""Routing as the pages and jobs use it: decide, store, and tell Label Studio at once."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import LabelStudioError, NotFound
from ls_expert_plugin.routing import memberships
from ls_expert_plugin.vetting import people

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.routing.values import Project
    from ls_expert_plugin.storage.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ProjectView:
    """A project as a page shows it, with its address in Label Studio."""

    ls_project_id: int
    title: str
    domain: str | None
    url: str


class LiveRouting:
    """Routing on a real database and a real Label Studio."""

    def __init__(
        self, store: Store, client: ExtensionClient, label_studio_public_url: str, clock: Callable[[], dt.datetime]
    ) -> None:
        self._store, self._client, self._public_url, self._clock = store, client, label_studio_public_url, clock

    def refresh(self, ls_user_id: int) -> bool:
        """Recompute one person's memberships. True: Label Studio has them; False: it will get them from a sweep."""
        with self._store.begin() as unit:
            memberships.recompute(unit, ls_user_id, self._clock())
        return memberships.push(self._store, self._client)

    def set_domain(self, ls_project_id: int, domain: str | None) -> bool:
        """Set what a project asks for, for everybody. The result is as of ``refresh``."""
        with self._store.begin() as unit:
            unit.projects.set_domain(ls_project_id, domain, self._clock())
            memberships.recompute_all(unit, self._clock())
        return memberships.push(self._store, self._client)

    def set_role(self, ls_user_id: int, role: str) -> bool:
        """Make a member "manager" or "expert", there and here. False: Label Studio did not take it, nothing has changed.

        Raises ``NotFound``, and ``BadInput`` when this member cannot have that role.
        """
        try:
            self._client.set_role(ls_user_id, role)
        except LabelStudioError as problem:
            logger.warning("a role was not set: %s", problem.message)
            return False
        with self._store.begin() as unit:
            person = unit.people.lock(ls_user_id)
            if person is None:
                raise NotFound("There is no such person here.")
            people.joined(unit, ls_user_id, person.email, person.name, role, self._clock())
        return True

    def projects(self) -> list[ProjectView]:
        """All projects we know of, by title."""
        with self._store.read() as unit:
            return [self._view(project) for project in unit.projects.all()]

    def projects_of(self, ls_user_id: int) -> list[ProjectView]:
        """The projects this person may work on now, by title."""
        now = self._clock()
        with self._store.read() as unit:
            open_ids = {m.ls_project_id for m in unit.memberships.of(ls_user_id) if m.in_force(now)}
            return [self._view(project) for project in unit.projects.all() if project.ls_project_id in open_ids]

    def _view(self, project: Project) -> ProjectView:
        url = f"{self._public_url}/projects/{project.ls_project_id}/data"
        return ProjectView(project.ls_project_id, project.title, project.domain, url)
