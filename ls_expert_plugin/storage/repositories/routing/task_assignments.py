"""Repository of task assignments: which task is whose, how much of it Label Studio has been told, and what has ended."""

from __future__ import annotations

import datetime as dt
import itertools
import operator
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, func, insert, select, text, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from ls_expert_plugin.protocol.assignment_checksum import postgresql_sum, row_checksum
from ls_expert_plugin.protocol.membership_checksum import PersonChecksum
from ls_expert_plugin.routing.values import TaskAssignment
from ls_expert_plugin.storage.tables import TaskAssignmentRow

_TABLE: Table = TaskAssignmentRow.__table__  # type: ignore[assignment]
_ROW = TaskAssignmentRow
_COLUMNS = (
    _ROW.ls_user_id, _ROW.ls_task_id, _ROW.ls_project_id, _ROW.purpose, _ROW.active, _ROW.barred, _ROW.valid_until_utc, _ROW.task_made_at_utc,
    _ROW.revision,
)
_THIS = (_TABLE.c.ls_user_id == bindparam("who"), _TABLE.c.ls_task_id == bindparam("task"))
# Pairs in one query: PostgreSQL's parser and both databases' numbers of parameters have an end.
PAIRS_AT_A_TIME = 1000


class TaskAssignments:
    """Repository of task assignments. Who changes them has locked their project (``Projects.lock``), but for endings; all write by person and task."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of_project(self, ls_project_id: int) -> list[TaskAssignment]:
        """All of one project, ended ones included, by person and task."""
        return self._read(_ROW.ls_project_id == ls_project_id)

    def of(self, ls_user_id: int) -> list[TaskAssignment]:
        """All of one person's, ended ones included, by task."""
        return self._read(_ROW.ls_user_id == ls_user_id)

    def put(self, changed: Collection[TaskAssignment], now: dt.datetime) -> None:
        """Write these, in a few statements. Revision 1 is a new one; any other is there with an older revision."""
        rows = [_as_row(one, now) for one in sorted(changed, key=operator.attrgetter("pair"))]
        new = [row for row in rows if row["revision"] == 1]
        if new:
            self._session.execute(insert(_TABLE), [_named(row) | {"pushed_revision": 0} for row in new])
        old = [row for row in rows if row["revision"] != 1]
        if old:
            self._session.execute(update(_TABLE).where(*_THIS), old)

    def end_passed(self, now: dt.datetime) -> int:
        """End those whose date has passed, so that Label Studio lets go of what was held for them; how many."""
        return self._end(now, _ROW.active, _ROW.valid_until_utc <= now)

    def end_gone(self, gone: Collection[TaskAssignment], now: dt.datetime) -> int:
        """End these, whose task Label Studio does not have (any more), where they are still as they are here; how many."""
        ended = 0
        for one in sorted(gone, key=operator.attrgetter("pair")):
            this = (_ROW.ls_user_id == one.ls_user_id, _ROW.ls_task_id == one.ls_task_id, _ROW.revision == one.revision)
            ended += self._end(now, _ROW.active, *this)
        return ended

    def unpushed(self, limit: int, *, endings_alone: bool = False) -> list[TaskAssignment]:
        """Those that Label Studio has not been told: endings first, then the oldest change first."""
        query = select(*_COLUMNS).where(text("pushed_revision < revision"))
        if endings_alone:
            query = query.where(~_ROW.active)
        rows = self._session.execute(query.order_by(_ROW.active, _ROW.updated_at_utc, _ROW.id).limit(limit))
        return [_value(row) for row in rows]

    def unpushed_count(self) -> int:
        """How many assignments wait to be pushed."""
        return self._session.scalar(select(func.count()).select_from(_ROW).where(text("pushed_revision < revision"))) or 0

    def mark_pushed(self, told: Collection[TaskAssignment]) -> None:
        """Note that Label Studio has these revisions. One that has changed since stays unpushed."""
        if told:
            self._session.execute(
                update(_TABLE).where(*_THIS, _TABLE.c.pushed_revision < bindparam("told")).values(pushed_revision=bindparam("told")),
                [{"who": one.ls_user_id, "task": one.ls_task_id, "told": one.revision} for one in sorted(told, key=operator.attrgetter("pair"))],
            )

    def told(self, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[TaskAssignment, int]]:
        """(person, task) → the assignment and the revision that Label Studio was told; without those there are none of."""
        found: dict[tuple[int, int], tuple[TaskAssignment, int]] = {}
        waiting = iter(sorted(pairs))
        while some := list(itertools.islice(waiting, PAIRS_AT_A_TIME)):
            found |= self._told(tuple_(_ROW.ls_user_id, _ROW.ls_task_id).in_(some))
        return found

    def told_of(self, ls_user_ids: Collection[int]) -> dict[tuple[int, int], tuple[TaskAssignment, int]]:
        """The same for every assignment of these people."""
        return self._told(_ROW.ls_user_id.in_(sorted(ls_user_ids)))

    def checksums(self, after: int, people: int) -> list[PersonChecksum]:
        """What is compared with Label Studio's before any row is: of the next ``people`` with an id beyond ``after``, by id."""
        if self._session.get_bind().dialect.name == "postgresql":
            total = postgresql_sum("ls_user_id", "ls_task_id", "ls_project_id", "valid_until_utc", "task_made_at_utc")
            grouped = self._session.execute(text(
                f"SELECT ls_user_id, count(*), {total} FROM task_assignment WHERE ls_user_id > :after GROUP BY ls_user_id ORDER BY ls_user_id LIMIT :people"  # noqa: S608  # names of ours
            ), {"after": after, "people": people})
            return [PersonChecksum(who, rows, int(checksum)) for who, rows, checksum in grouped]
        rows = self._session.execute(
            select(*_COLUMNS).where(_ROW.ls_user_id > after).order_by(_ROW.ls_user_id).execution_options(yield_per=1000)
        )
        found = []
        for who, theirs in itertools.islice(itertools.groupby(rows, key=operator.itemgetter(0)), people):
            sums = [row_checksum(*row) for row in theirs]
            found.append(PersonChecksum(who, len(sums), sum(sums)))
        return found

    def outbid(self, revisions: Mapping[tuple[int, int], int], new: Mapping[tuple[int, int], int], now: dt.datetime) -> None:
        """Give each (person, task) this revision, to be pushed. Of the ``new``, by their project, of which there is none, one is made that has ended."""
        if new:
            self._session.execute(insert(_TABLE), [
                {"ls_user_id": who, "ls_task_id": task, "ls_project_id": new[who, task], "purpose": "annotate", "active": False, "barred": False,
                 "valid_until_utc": None, "task_made_at_utc": now, "revision": revisions[who, task], "pushed_revision": 0, "updated_at_utc": now}
                for who, task in sorted(new)
            ])
        there = sorted(revisions.keys() - new.keys())
        if there:
            self._session.execute(
                update(_TABLE).where(*_THIS).values(revision=bindparam("outbidding"), pushed_revision=0, updated_at_utc=now),
                [{"who": who, "task": task, "outbidding": revisions[who, task]} for who, task in there],
            )

    def _read(self, *which: ColumnElement[bool]) -> list[TaskAssignment]:
        rows = self._session.execute(select(*_COLUMNS).where(*which).order_by(_ROW.ls_user_id, _ROW.ls_task_id))
        return [_value(row) for row in rows]

    def _told(self, which: ColumnElement[bool]) -> dict[tuple[int, int], tuple[TaskAssignment, int]]:
        rows = self._session.execute(select(*_COLUMNS, _ROW.pushed_revision).where(which))
        return {(row[0], row[1]): (_value(row[:-1]), row[-1]) for row in rows}

    def _end(self, now: dt.datetime, *which: ColumnElement[bool] | InstrumentedAttribute[bool]) -> int:
        ended: Any = self._session.execute(
            update(_ROW).where(*which).values(active=False, revision=_ROW.revision + 1, updated_at_utc=now).execution_options(synchronize_session=False)
        )
        return int(ended.rowcount)


def _value(row: Sequence[Any]) -> TaskAssignment:
    return TaskAssignment(*row)


def _as_row(one: TaskAssignment, now: dt.datetime) -> dict[str, Any]:
    return {
        "who": one.ls_user_id, "task": one.ls_task_id, "ls_project_id": one.ls_project_id, "purpose": one.purpose, "active": one.active,
        "barred": one.barred, "valid_until_utc": one.valid_until_utc, "task_made_at_utc": one.task_made_at_utc, "revision": one.revision,
        "updated_at_utc": now,
    }


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in row.items() if name not in ("who", "task")}
    return {"ls_user_id": row["who"], "ls_task_id": row["task"], **rest}
