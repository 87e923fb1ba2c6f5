"""Applying what the service decided: memberships, by revision, all or nothing.

Pushing twice changes nothing; an older revision never overwrites a newer one. Access that ends also ends the person's
task locks there; drafts and annotations stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from ls_expert_plugin.label_studio.models import Membership


@dataclass(frozen=True)
class Pushed:
    """One membership as the service sent it."""

    user_id: int
    project_id: int
    active: bool
    valid_until: dt.datetime | None
    revision: int
    reason: str


def apply(pushed: Iterable[Pushed]) -> tuple[int, int]:
    """(how many were applied, how many were ignored because the row is as new or newer)."""
    applied = ignored = 0
    with transaction.atomic():
        for one in pushed:
            if _apply_one(one):
                applied += 1
            else:
                ignored += 1
    return applied, ignored


def _apply_one(one: Pushed) -> bool:
    values = {
        "active": one.active, "valid_until": one.valid_until, "revision": one.revision, "reason": one.reason,
    }
    # get_or_create under the unique constraint: two pushes of a new row cannot both insert.
    row, created = Membership.objects.select_for_update().get_or_create(
        user_id=one.user_id, project_id=one.project_id, defaults=values
    )
    if not created:
        newer = Membership.objects.filter(Q(pk=row.pk), revision__lt=one.revision)
        if not newer.update(**values):
            return False
    if not one.active:
        _release_locks(one.user_id, one.project_id)
    return True


def _release_locks(user_id: int, project_id: int) -> None:
    from tasks.models import TaskLock

    TaskLock._base_manager.filter(user_id=user_id, task__project_id=project_id).delete()
