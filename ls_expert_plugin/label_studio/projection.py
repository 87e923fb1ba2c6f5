"""Applying what the service decided: memberships, by revision, all or nothing.

Pushing twice changes nothing; an older revision never overwrites a newer one. Access that ends also ends the person's
task locks there, and specialties that are taken away those on their tasks; drafts and annotations stay.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from ls_expert_plugin.label_studio.locks import release, release_lost
from ls_expert_plugin.label_studio.models import Membership
from ls_expert_plugin.label_studio.writing import writing


@dataclass(frozen=True)
class Pushed:
    """One membership as the service sent it."""

    user_id: int
    project_id: int
    active: bool
    valid_until: dt.datetime | None
    revision: int
    reason: str
    specialties: tuple[str, ...] = ()


def apply(pushed: Iterable[Pushed]) -> tuple[int, int]:
    """(how many were applied, how many were ignored because the row is as new or newer)."""
    applied = ignored = 0
    with writing():
        for one in pushed:
            if _apply_one(one):
                applied += 1
            else:
                ignored += 1
    return applied, ignored


def _apply_one(one: Pushed) -> bool:
    values = {
        "active": one.active, "valid_until": one.valid_until, "revision": one.revision, "reason": one.reason,
        "specialties": list(one.specialties),
    }
    # get_or_create under the unique constraint: two pushes of a new row cannot both insert.
    row, created = Membership.objects.select_for_update().get_or_create(
        user_id=one.user_id, project_id=one.project_id, defaults=values
    )
    if not created and not Membership.objects.filter(Q(pk=row.pk), revision__lt=one.revision).update(**values):
        return False
    # ``row`` is as it was before: a lock from before an interruption does not come back with the access.
    if not (_is_in_force(one) and _is_in_force(row)):
        release(one.user_id, one.project_id)
    elif set(row.specialties) - set(one.specialties):
        release_lost(one.project_id, one.user_id)
    return True


def _is_in_force(one: Pushed | Membership) -> bool:
    return one.active and (one.valid_until is None or one.valid_until > timezone.now())
