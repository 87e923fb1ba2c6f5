"""Applying what the service decided: memberships, by revision, all or nothing.

Pushing twice changes nothing; an older revision never overwrites a newer one. Access that ends also ends the person's
task locks there, and specialties that are taken away those on their tasks; drafts and annotations stay.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from ls_expert_plugin.label_studio.enforcement.scoping.task_locks import release, release_lost
from ls_expert_plugin.label_studio.models import Membership
from ls_expert_plugin.label_studio.sync.write_transaction import writing
from ls_expert_plugin.protocol.membership_checksum import PersonChecksum, postgresql_sum, row_checksum

# Conditions in one query: SQLite takes an expression of depth 1,000.
_PAIRS_AT_A_TIME = 200


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

    @property
    def pair(self) -> tuple[int, int]:
        """What there is one row of."""
        return self.user_id, self.project_id

    @property
    def row(self) -> Membership:
        """The row of the table that this makes."""
        return Membership(
            user_id=self.user_id, project_id=self.project_id, active=self.active, valid_until=self.valid_until, revision=self.revision,
            reason=self.reason, specialties=list(self.specialties),
        )


@dataclass(frozen=True)
class Applied:
    """How many were applied, how many are there at this very revision, and how many at a newer one: those were ignored."""

    applied: int
    equal: int
    newer: int


def apply(pushed: Iterable[Pushed]) -> Applied:
    """Take these in. Of several revisions of one row the highest counts."""
    sent = list(pushed)
    newest: dict[tuple[int, int], Pushed] = {}
    for one in sent:
        if one.pair not in newest or newest[one.pair].revision < one.revision:
            newest[one.pair] = one
    with writing():
        before = _locked(newest)
        made = [one for pair, one in newest.items() if pair not in before]
        if made:
            # Under the unique constraint: of two pushes that insert a row, the second finds it here.
            Membership.objects.bulk_create([one.row for one in made], ignore_conflicts=True)
            between = _locked([one.pair for one in made])
            before |= {pair: row for pair, row in between.items() if row.revision != newest[pair].revision}
        older = [(one, before[pair]) for pair, one in newest.items() if pair in before and before[pair].revision < one.revision]
        for one, row in older:
            Membership.objects.filter(pk=row.pk).update(
                active=one.active, valid_until=one.valid_until, revision=one.revision, reason=one.reason, specialties=list(one.specialties),
            )
        inserted = [(one, one.row) for one in made if one.pair not in before]
        _end_locks([*inserted, *older])
    newer = sum(pair in before and before[pair].revision > one.revision for pair, one in newest.items())
    applied = len(inserted) + len(older)
    return Applied(applied, len(sent) - applied - newer, newer)


def checksums(after: int, people: int) -> list[PersonChecksum]:
    """What is compared before any row is: of the next ``people`` with an id beyond ``after``, by id."""
    if connection.vendor == "postgresql":
        total = postgresql_sum("user_id", "project_id", "valid_until")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT user_id, count(*), {total} FROM {Membership._meta.db_table} WHERE user_id > %s"  # noqa: S608  # names of ours
                " GROUP BY user_id ORDER BY user_id LIMIT %s", [after, people],
            )
            return [PersonChecksum(who, rows, int(checksum)) for who, rows, checksum in cursor.fetchall()]
    rows = Membership.objects.filter(user_id__gt=after).order_by("user_id").values_list(
        "user_id", "project_id", "active", "valid_until", "revision", "specialties", "reason"
    )
    found = []
    for who, theirs in itertools.islice(itertools.groupby(rows.iterator(), key=operator.itemgetter(0)), people):
        sums = [row_checksum(*row) for row in theirs]
        found.append(PersonChecksum(who, len(sums), sum(sums)))
    return found


def _locked(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Membership]:
    """The rows of these (person, project) that there are, in one order, so that two pushes never wait for each other's; nobody else changes them."""
    waiting = sorted(pairs)
    found: dict[tuple[int, int], Membership] = {}
    for start in range(0, len(waiting), _PAIRS_AT_A_TIME):
        rows = _those(waiting[start : start + _PAIRS_AT_A_TIME]).select_for_update().order_by("user_id", "project_id")
        found |= {(row.user_id, row.project_id): row for row in rows}
    return found


def _those(pairs: Sequence[tuple[int, int]]) -> QuerySet[Membership]:
    by_person = {who: [where for _, where in theirs] for who, theirs in itertools.groupby(pairs, key=operator.itemgetter(0))}
    return Membership.objects.filter(functools.reduce(operator.or_, (
        Q(user_id=who, project_id__in=projects) for who, projects in by_person.items()
    )))


def _end_locks(changed: Sequence[tuple[Pushed, Membership]]) -> None:
    """Of what was taken away from people who hold tasks. Each row is as it was before: a lock from before an interruption does not come back
    with the access.
    """
    from tasks.models import TaskLock

    holders = set(TaskLock._base_manager.filter(user_id__in={one.user_id for one, _ in changed}).values_list("user_id", flat=True))
    for one, row in changed:
        if one.user_id not in holders:
            continue
        if not (_is_in_force(one) and _is_in_force(row)):
            release(one.user_id, one.project_id)
        elif set(row.specialties) - set(one.specialties):
            release_lost(one.project_id, one.user_id)


def _is_in_force(one: Pushed | Membership) -> bool:
    return one.active and (one.valid_until is None or one.valid_until > timezone.now())
