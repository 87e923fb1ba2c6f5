"""Repository of memberships: who may work on what, how much of it Label Studio has been told, and whose are due again."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, bindparam, delete, func, insert, select, text, tuple_, update
from sqlalchemy.orm import Session

from ls_expert_plugin.protocol.membership_checksum import PersonChecksum, postgresql_sum, row_checksum
from ls_expert_plugin.routing.values import Membership
from ls_expert_plugin.storage.tables import MembershipRow, PersonRow, RoutingDueRow

_TABLE: Table = MembershipRow.__table__  # type: ignore[assignment]
_COLUMNS = (
    MembershipRow.ls_user_id, MembershipRow.ls_project_id, MembershipRow.active, MembershipRow.valid_until_utc, MembershipRow.reason,
    MembershipRow.revision, MembershipRow.specialties,
)
# Any numbers will do, if nobody else on this database uses them.
_TURN, _PUSH_TURN = 7_203_113, 7_203_114
PAIRS_AT_A_TIME = 1000
# Which of some projects have these people as active members, and nobody else. Who is wanted comes as one JSON text, however many they are.
_LIKE = """
SELECT m.ls_project_id FROM membership m LEFT JOIN ({wanted}) w ON w.who = m.ls_user_id
WHERE m.active AND m.ls_project_id {among} GROUP BY m.ls_project_id
HAVING count(*) = :people AND sum(
  CASE WHEN w.until {same} m.valid_until_utc AND w.reason = m.reason AND w.specialties = {specialties} THEN 1 ELSE 0 END
) = :people
"""
_LIKE_ON_POSTGRESQL = text(_LIKE.format(
    wanted="SELECT * FROM json_to_recordset(CAST(:wanted AS json)) AS one(who integer, until timestamptz, reason text, specialties text)",
    among="= ANY(:projects)", same="IS NOT DISTINCT FROM", specialties="m.specialties::text",
))
# DISTINCT: so that SQLite reads the JSON once.
_LIKE_ON_SQLITE = text(_LIKE.format(
    wanted="SELECT DISTINCT " + ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in ("who", "until", "reason", "specialties"))
    + " FROM json_each(:wanted)",
    among="IN (SELECT value FROM json_each(:projects))", same="IS", specialties="m.specialties",
))


class Memberships:
    """Repository of memberships: who is in which project, and what Label Studio was told.

    Who changes them takes a turn first, and holds the locks that ``routing/access/memberships.py`` names.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def take_turn(self, *, alone: bool) -> None:
        """Wait until memberships may be recomputed, up to the end of this unit: ``alone``, or beside others who are not.

        SQLite has one writer at a time anyway.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
            self._session.execute(text(f"SELECT {lock}({_TURN})"))

    def try_push_turn(self) -> bool:
        """On PostgreSQL: take the one turn to push, up to the end of this unit; False: somebody else has it."""
        return bool(self._session.scalar(text(f"SELECT pg_try_advisory_xact_lock({_PUSH_TURN})")))

    def of(self, ls_user_id: int) -> list[Membership]:
        """All of one person's, in force or not."""
        return self.those(ls_user_ids=[ls_user_id])

    def those(self, *, ls_user_ids: Collection[int] | None = None, ls_project_ids: Collection[int] | None = None) -> list[Membership]:
        """All of these people in these projects, in force or not; None: of everybody, in every project."""
        query: Select[Any] = select(*_COLUMNS)
        if ls_user_ids is not None:
            query = query.where(MembershipRow.ls_user_id.in_(sorted(ls_user_ids)))
        if ls_project_ids is not None:
            query = query.where(MembershipRow.ls_project_id.in_(sorted(ls_project_ids)))
        return [_value(row) for row in self._session.execute(query)]

    def counts(self, ls_project_ids: Collection[int] | None, now: dt.datetime) -> dict[int, int]:
        """How many people are in each of these projects now, or in each there is (None); those with nobody are left out."""
        query = select(MembershipRow.ls_project_id, func.count()).where(MembershipRow.active)
        if ls_project_ids is not None:
            query = query.where(MembershipRow.ls_project_id.in_(sorted(ls_project_ids)))
        rows = self._session.execute(
            query.where((MembershipRow.valid_until_utc.is_(None)) | (MembershipRow.valid_until_utc > now)).group_by(MembershipRow.ls_project_id)
        )
        return {ls_project_id: count for ls_project_id, count in rows}

    def count(self) -> int:
        """How many there are, in force or not."""
        return self._session.scalar(select(func.count()).select_from(MembershipRow)) or 0

    def active_project_ids(self) -> set[int]:
        """Projects that somebody has an active membership in, whether or not there still is such a project."""
        return set(self._session.scalars(select(MembershipRow.ls_project_id).where(MembershipRow.active).distinct()))

    def unlike(self, ls_project_ids: Collection[int], wanted: Collection[Membership]) -> set[int]:
        """Those of these projects whose active memberships are not the ``wanted`` ones, whichever project and revision those name.

        Exact where it leaves a project out. Specialties are compared as they are written, so one too many may be among them.
        """
        if not wanted:
            return set(self._session.scalars(
                select(MembershipRow.ls_project_id).where(MembershipRow.ls_project_id.in_(sorted(ls_project_ids)), MembershipRow.active).distinct()
            ))
        is_postgresql = self._session.get_bind().dialect.name == "postgresql"
        rows = json.dumps([
            {"who": one.ls_user_id, "until": _as_stored(one.valid_until_utc, "+00" if is_postgresql else ""), "reason": one.reason,
             "specialties": json.dumps(list(one.specialties))}
            for one in wanted
        ])
        projects: Any = list(ls_project_ids) if is_postgresql else json.dumps(list(ls_project_ids))
        like = self._session.scalars(
            _LIKE_ON_POSTGRESQL if is_postgresql else _LIKE_ON_SQLITE, {"wanted": rows, "people": len(wanted), "projects": projects},
        )
        return set(ls_project_ids) - set(like)

    def passed(self, now: dt.datetime) -> set[int]:
        """People with an active membership whose date has passed."""
        return set(self._session.scalars(
            select(MembershipRow.ls_user_id).where(MembershipRow.active, MembershipRow.valid_until_utc <= now)  # distinct makes SQLite read them all
        ))

    def put(self, changed: Sequence[Membership], now: dt.datetime) -> None:
        """Write these, in a few statements. Revision 1 is a new one; any other is there with an older revision.

        In one order, here and in ``mark_pushed``: two units never wait for each other's rows.
        """
        rows = [
            {"who": one.ls_user_id, "where": one.ls_project_id, "active": one.active, "valid_until_utc": one.valid_until_utc,
             "reason": one.reason, "specialties": list(one.specialties), "revision": one.revision, "updated_at_utc": now}
            for one in sorted(changed, key=_pair)
        ]
        new = [
            {**row, "ls_user_id": row.pop("who"), "ls_project_id": row.pop("where"), "pushed_revision": 0} for row in rows if row["revision"] == 1
        ]
        if new:
            self._session.execute(insert(_TABLE), new)
        old = [row for row in rows if "who" in row]
        if old:
            self._session.execute(
                update(_TABLE).where(_TABLE.c.ls_user_id == bindparam("who"), _TABLE.c.ls_project_id == bindparam("where")), old
            )

    def unpushed(self, limit: int, *, endings_alone: bool = False) -> list[Membership]:
        """Those that Label Studio has not been told: endings first, then the oldest change first."""
        query = select(*_COLUMNS).where(text("pushed_revision < revision"))
        if endings_alone:
            query = query.where(~MembershipRow.active)
        rows = self._session.execute(query.order_by(MembershipRow.active, MembershipRow.updated_at_utc, MembershipRow.id).limit(limit))
        return [_value(row) for row in rows]

    def unpushed_count(self) -> int:
        """How many memberships wait to be pushed."""
        return self._session.scalar(select(func.count()).select_from(MembershipRow).where(text("pushed_revision < revision"))) or 0

    def mark_pushed(self, told: Collection[Membership]) -> None:
        """Note that Label Studio has these revisions. A membership that has changed since stays unpushed."""
        if told:
            self._session.execute(
                update(_TABLE).where(
                    _TABLE.c.ls_user_id == bindparam("who"), _TABLE.c.ls_project_id == bindparam("where"), _TABLE.c.pushed_revision < bindparam("told"),
                ).values(pushed_revision=bindparam("told")),
                [{"who": one.ls_user_id, "where": one.ls_project_id, "told": one.revision} for one in sorted(told, key=_pair)],
            )

    def told(self, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], tuple[Membership, int]]:
        """(person, project) → the membership and the revision that Label Studio was told; without those there are none of.

        Some at a time: PostgreSQL's parser and both databases' numbers of parameters have an end.
        """
        found: dict[tuple[int, int], tuple[Membership, int]] = {}
        waiting = iter(sorted(pairs))
        while some := list(itertools.islice(waiting, PAIRS_AT_A_TIME)):
            found |= self._told(tuple_(MembershipRow.ls_user_id, MembershipRow.ls_project_id).in_(some))
        return found

    def told_of(self, ls_user_ids: Collection[int]) -> dict[tuple[int, int], tuple[Membership, int]]:
        """Note that Label Studio has every membership of these people."""
        return self._told(MembershipRow.ls_user_id.in_(sorted(ls_user_ids)))

    def _told(self, which: ColumnElement[bool]) -> dict[tuple[int, int], tuple[Membership, int]]:
        rows = self._session.execute(select(*_COLUMNS, MembershipRow.pushed_revision).where(which))
        return {(row[0], row[1]): (_value(row[:-1]), row[-1]) for row in rows}

    def checksums(self, after: int, people: int) -> list[PersonChecksum]:
        """What is compared with Label Studio's before any row is: of the next ``people`` with an id beyond ``after``, by id."""
        if self._session.get_bind().dialect.name == "postgresql":
            total = postgresql_sum("ls_user_id", "ls_project_id", "valid_until_utc")
            grouped = self._session.execute(text(
                f"SELECT ls_user_id, count(*), {total} FROM membership WHERE ls_user_id > :after GROUP BY ls_user_id ORDER BY ls_user_id LIMIT :people"  # noqa: S608  # names of ours
            ), {"after": after, "people": people})
            return [PersonChecksum(who, rows, int(checksum)) for who, rows, checksum in grouped]
        rows = self._session.execute(
            select(*_COLUMNS).where(MembershipRow.ls_user_id > after).order_by(MembershipRow.ls_user_id).execution_options(yield_per=1000)
        )
        found = []
        for who, theirs in itertools.islice(itertools.groupby(rows, key=lambda row: row[0]), people):
            sums = [row_checksum(who, where, active, until, revision, specialties, reason) for _, where, active, until, reason, revision, specialties in theirs]
            found.append(PersonChecksum(who, len(sums), sum(sums)))
        return found

    def outbid(self, revisions: Mapping[tuple[int, int], int], new: Collection[tuple[int, int]], now: dt.datetime) -> None:
        """Give each (person, project) this revision, to be pushed. Of the ``new``, of which there is none, one is made that has ended.

        Whoever calls has taken its turn alone, and looked since.
        """
        if new:
            self._session.execute(insert(_TABLE), [
                {"ls_user_id": who, "ls_project_id": where, "active": False, "valid_until_utc": None, "reason": "never given", "specialties": [],
                 "revision": revisions[who, where], "pushed_revision": 0, "updated_at_utc": now}
                for who, where in sorted(new)
            ])
        there = sorted(revisions.keys() - set(new))
        if there:
            self._session.execute(
                update(_TABLE).where(_TABLE.c.ls_user_id == bindparam("who"), _TABLE.c.ls_project_id == bindparam("where"))
                .values(revision=bindparam("outbidding"), pushed_revision=0, updated_at_utc=now),
                [{"who": who, "where": where, "outbidding": revisions[who, where]} for who, where in there],
            )

    def due(self) -> set[int]:
        """Label Studio's ids of the people that are to be recomputed."""
        return set(self._session.scalars(
            select(PersonRow.ls_user_id).join(RoutingDueRow, RoutingDueRow.person_id == PersonRow.id).distinct()
        ))

    def due_notes(self, ls_user_ids: Collection[int] | None) -> list[int]:
        """The notes that say so of these people (None: of everybody)."""
        query = select(RoutingDueRow.id)
        if ls_user_ids is not None:
            query = query.join(PersonRow, PersonRow.id == RoutingDueRow.person_id).where(PersonRow.ls_user_id.in_(sorted(ls_user_ids)))
        return list(self._session.scalars(query))

    def done(self, notes: Iterable[int]) -> None:
        """What these notes asked for has been recomputed. Read them before what they are about: later ones stay."""
        ids = sorted(notes)
        if ids:
            self._session.execute(delete(RoutingDueRow).where(RoutingDueRow.id.in_(ids)))


def _as_stored(moment: dt.datetime | None, zone: str) -> str | None:
    """A moment as SQLite keeps it, or with its zone as PostgreSQL reads it."""
    return f"{moment.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M:%S.%f}{zone}" if moment else None


def _pair(membership: Membership) -> tuple[int, int]:
    return membership.ls_user_id, membership.ls_project_id


def _value(row: Any) -> Membership:
    ls_user_id, ls_project_id, active, valid_until_utc, reason, revision, specialties = row
    return Membership(ls_user_id, ls_project_id, active, valid_until_utc, reason, revision, tuple(specialties))
