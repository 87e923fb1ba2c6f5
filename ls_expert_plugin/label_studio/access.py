"""What one expert has in one project: whether they are in it, what its rule shows them, and which specialties are theirs.

One query for all of it, kept with the request: the gate asks first, and whatever narrows lists or scrubs answers later asks
again. Fails closed: no membership in force, no access.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from ls_expert_plugin.label_studio.asking import memberships_in_force
from ls_expert_plugin.label_studio.models import ProjectRule

_KEPT = "_ls_expert_access"


@dataclass(frozen=True)
class Access:
    """Inside one project, for one member. ``specialty_field`` None: every task of the project is theirs."""

    shows_others_work: bool = False
    specialty_field: str | None = None
    shows_tasks_without_specialty: bool = False
    specialties: tuple[str, ...] = ()


def access_of(user_id: int | None, project_id: int | None) -> Access | None:
    """The access at this moment; None when there is no membership in force. One query."""
    rule = ProjectRule.objects.filter(pk=OuterRef("project_id"))
    fields = ("shows_others_work", "specialty_field", "shows_tasks_without_specialty")
    row = memberships_in_force(user_id).filter(project_id=project_id).annotate(
        **{f"rule_{field}": Subquery(rule.values(field)) for field in fields}
    ).values_list(*(f"rule_{field}" for field in fields), "specialties").first()
    if row is None:
        return None
    return Access(bool(row[0]), row[1] or None, bool(row[2]), tuple(row[3]))


def found(request: HttpRequest, user: Any, project_id: int | None) -> Access | None:
    """``access_of`` this user, looked up once in each request. ``user`` is an expert: managers are not asked about."""
    if project_id is None or not getattr(user, "is_authenticated", False):
        return None
    kept: dict[tuple[int, int], Access | None] = request.__dict__.setdefault(_KEPT, {})
    key = (user.pk, project_id)
    if key not in kept:
        kept[key] = access_of(*key)
    return kept[key]


def shown_projects(request: HttpRequest, user_id: int | None) -> tuple[frozenset[int], bool]:
    """Of the projects that this call has named, those that show this user others' work, and whether that is all. No query."""
    kept: dict[tuple[int, int], Access | None] = request.__dict__.get(_KEPT, {})
    named = {project_id: access for (whose, project_id), access in kept.items() if whose == user_id}
    shown = frozenset(project_id for project_id, access in named.items() if access is not None and access.shows_others_work)
    return shown, bool(named) and len(shown) == len(named)
