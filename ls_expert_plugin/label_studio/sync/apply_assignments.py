"""Applying what the service decided: assignments, by revision, all or nothing.

Pushing twice changes nothing; an older revision never overwrites a newer one. What is meant for a task that is not there, or is another one under its
number, is taken in as ended, and the service is told when it asks. An assignment that ends also ends the person's lock on the task, unless they have
begun it; drafts and annotations stay.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from ls_expert_plugin.label_studio.enforcement.scoping.task_locks import release_lost
from ls_expert_plugin.label_studio.models import Assignment
from ls_expert_plugin.label_studio.sync.apply_memberships import Applied
from ls_expert_plugin.label_studio.sync.write_transaction import writing
from ls_expert_plugin.protocol.assignment_checksum import postgresql_sum, row_checksum
from ls_expert_plugin.protocol.handshake import is_same_moment
from ls_expert_plugin.protocol.membership_checksum import PersonChecksum

# People in one query: SQLite takes an expression of depth 1,000.
_PEOPLE_AT_A_TIME = 200
_VALUES = ("project_id", "purpose", "active", "barred", "valid_until", "task_made_at", "revision", "is_task_gone")


@dataclass(frozen=True)
class PushedAssignment:
    """One assignment as the service sent it."""

    user_id: int
    task_id: int
    project_id: int
    purpose: str
    active: bool
    barred: bool
    valid_until: dt.datetime | None
    task_made_at: dt.datetime
    revision: int

    @property
    def pair(self) -> tuple[int, int]:
        """What there is one row of."""
        return self.user_id, self.task_id

    def row(self, *, is_task_there: bool) -> Assignment:
        """The row of the table that this makes."""
        return Assignment(
            user_id=self.user_id, task_id=self.task_id, project_id=self.project_id, purpose=self.purpose, active=self.active and is_task_there,
            barred=self.barred, valid_until=self.valid_until, task_made_at=self.task_made_at, revision=self.revision,
            is_task_gone=self.active and not is_task_there,
        )


def apply(pushed: Iterable[PushedAssignment]) -> Applied:
    """Take these in. Of several revisions of one row the highest counts."""
    sent = list(pushed)
    newest: dict[tuple[int, int], PushedAssignment] = {}
    for one in sent:
        if one.pair not in newest or newest[one.pair].revision < one.revision:
            newest[one.pair] = one
    with writing():
        there = _tasks_there(newest.values())
        rows = {pair: one.row(is_task_there=there[pair]) for pair, one in newest.items()}
        before = _locked(newest)
        made = [pair for pair in newest if pair not in before]
        if made:
            # Under the unique constraint: of two pushes that insert a row, the second finds it here.
            Assignment.objects.bulk_create([rows[pair] for pair in made], ignore_conflicts=True)
            before |= {pair: row for pair, row in _locked(made).items() if row.revision != newest[pair].revision}
        older = [pair for pair in newest if pair in before and before[pair].revision < newest[pair].revision]
        for pair in older:
            rows[pair].pk = before[pair].pk
        Assignment.objects.bulk_update([rows[pair] for pair in older], _VALUES, batch_size=_PEOPLE_AT_A_TIME)
        _end_locks([rows[pair] for pair in (*older, *(pair for pair in made if pair not in before)) if not rows[pair].active or rows[pair].barred])
    newer = sum(pair in before and before[pair].revision > one.revision for pair, one in newest.items())
    applied = sum(pair not in before for pair in made) + len(older)
    return Applied(applied, len(sent) - applied - newer, newer)


def checksums(after: int, people: int) -> list[PersonChecksum]:
    """What is compared before any row is: of the next ``people`` with an id beyond ``after``, by id."""
    if connection.vendor == "postgresql":
        total = postgresql_sum("user_id", "task_id", "project_id", "valid_until", "task_made_at")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT user_id, count(*), {total} FROM {Assignment._meta.db_table} WHERE user_id > %s"  # noqa: S608  # names of ours
                " GROUP BY user_id ORDER BY user_id LIMIT %s", [after, people],
            )
            return [PersonChecksum(who, rows, int(checksum)) for who, rows, checksum in cursor.fetchall()]
    rows = Assignment.objects.filter(user_id__gt=after).order_by("user_id").values_list(
        "user_id", "task_id", "project_id", "purpose", "active", "barred", "valid_until", "task_made_at", "revision"
    )
    found = []
    for who, theirs in itertools.islice(itertools.groupby(rows.iterator(), key=operator.itemgetter(0)), people):
        sums = [row_checksum(*row) for row in theirs]
        found.append(PersonChecksum(who, len(sums), sum(sums)))
    return found


def _tasks_there(pushed: Iterable[PushedAssignment]) -> Mapping[tuple[int, int], bool]:
    """For each, whether the very task that it means is in its project."""
    from tasks.models import Task

    wanted = list(pushed)
    tasks = {
        pk: (project_id, made_at)
        for pk, project_id, made_at in Task._base_manager.filter(pk__in={one.task_id for one in wanted}).values_list("pk", "project_id", "created_at")
    }
    return {
        one.pair: one.task_id in tasks and tasks[one.task_id][0] == one.project_id and is_same_moment(tasks[one.task_id][1], one.task_made_at)
        for one in wanted
    }


def _locked(pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Assignment]:
    """The rows of these (person, task) that there are, in one order, so that two pushes never wait for each other's; nobody else changes them."""
    by_person = [
        (who, [task for _, task in theirs]) for who, theirs in itertools.groupby(sorted(pairs), key=operator.itemgetter(0))
    ]
    found: dict[tuple[int, int], Assignment] = {}
    for start in range(0, len(by_person), _PEOPLE_AT_A_TIME):
        rows = _those(by_person[start : start + _PEOPLE_AT_A_TIME]).select_for_update().order_by("user_id", "task_id")
        found |= {(row.user_id, row.task_id): row for row in rows}
    return found


def _those(by_person: Sequence[tuple[int, list[int]]]) -> QuerySet[Assignment]:
    return Assignment.objects.filter(functools.reduce(operator.or_, (Q(user_id=who, task_id__in=tasks) for who, tasks in by_person)))


def _end_locks(ended: Sequence[Assignment]) -> None:
    """Of people who hold tasks that are not theirs any more."""
    from tasks.models import TaskLock

    holders = set(TaskLock._base_manager.filter(user_id__in={row.user_id for row in ended}).values_list("user_id", flat=True))
    for project_id, user_id in sorted({(row.project_id, row.user_id) for row in ended if row.user_id in holders}):
        release_lost(project_id, user_id)
