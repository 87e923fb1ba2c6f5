"""Request-scoped cache of callers' access, for what Label Studio asks while it answers: querysets, object checks, pages.

Nothing here outlives a request: what a manager changes acts on the next one. The guard decides by a ``RequestContext`` and does not look here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ls_expert_plugin.label_studio.permissions.caller_access import CallerAccess, ProjectAccess

if TYPE_CHECKING:
    from django.http import HttpRequest

_KEPT = "_ls_expert_known"


@dataclass
class RequestCache:
    """What one request has found out so far, by person."""

    callers: dict[int, CallerAccess] = field(default_factory=dict)
    # The projects that the call names and that are theirs: set by the guard, once it lets the call through.
    admitted: dict[int, frozenset[int]] = field(default_factory=dict)

    def take_in(self, found: CallerAccess) -> None:
        """Keep what was found, with what is there."""
        before = self.callers.get(found.user_id)
        self.callers[found.user_id] = found if before is None else before.joined(found)

    def access(self, user_id: int | None) -> Mapping[int, ProjectAccess | None]:
        """By project, what was found of this person; None: they are not in it."""
        caller = self.callers.get(user_id) if user_id is not None else None
        return caller.access if caller is not None else {}

    def admit(self, user_id: int) -> None:
        """All that was found until now is what the call names."""
        self.admitted[user_id] = frozenset(project_id for project_id, access in self.access(user_id).items() if access is not None)


def request_cache(request: HttpRequest) -> RequestCache:
    """What this request has found out."""
    kept: RequestCache | None = request.__dict__.get(_KEPT)
    if kept is None:
        kept = request.__dict__[_KEPT] = RequestCache()
    return kept


def forget(request: HttpRequest) -> None:
    """Label Studio may serve one request twice (a missing slash, a locked database): the second time asks again."""
    request.__dict__.pop(_KEPT, None)
