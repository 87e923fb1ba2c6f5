"""What a page of the outbox's events means for our side, in the end. Pure.

A thousand events about one person or one project have one effect: that of where they lead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.values import ListedProject

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.values import Member, OutboxEvent


_ABOUT_PEOPLE = frozenset({"user_joined", "user_changed", "role_changed", "user_left"})


@dataclass(frozen=True)
class Effects:
    """``people``: Label Studio's id → who they are now, None: they left. ``deleted``: projects that were deleted at some time.

    ``projects``: id → projects that are there in the end; one that was deleted before is a new one under an old id.
    """

    people: Mapping[int, Member | None]
    deleted: frozenset[int]
    projects: Mapping[int, ListedProject]

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.people or self.deleted or self.projects)


def effects_of(events: Iterable[OutboxEvent]) -> Effects:
    """The effects of these events, which are in order."""
    people: dict[int, Member | None] = {}
    deleted: set[int] = set()
    projects: dict[int, ListedProject] = {}
    for event in events:
        if event.kind in _ABOUT_PEOPLE and event.ls_user_id is not None:
            people[event.ls_user_id] = event.user  # as of now, whatever the event was: None is no active member (any more)
        elif event.kind in ("project_created", "project_changed") and event.ls_project_id is not None:
            if event.project_title is not None:
                projects[event.ls_project_id] = ListedProject(event.project_title, event.project_made_at_utc)
        elif event.kind == "project_deleted" and event.ls_project_id is not None:
            deleted.add(event.ls_project_id)
            projects.pop(event.ls_project_id, None)
    return Effects(people, frozenset(deleted), projects)
