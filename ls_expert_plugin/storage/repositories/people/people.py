"""Repository of people: members of Label Studio, as its extension told us."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import ColumnElement, delete, exists, func, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.protocol.handshake import is_same_moment
from ls_expert_plugin.routing.values import KnownMember
from ls_expert_plugin.storage.tables import (
    ControlCountRow,
    ControlTurnRow,
    ErasureRow,
    InvitationRow,
    PersonRow,
    PortalSessionRow,
    PrelabelOutcomeRow,
    RequirementEventInvitedRow,
    RoutingDueRow,
    TaskAssignmentRow,
    WorkEventRow,
)
from ls_expert_plugin.vetting.values import Person


class People:
    """Repository of people, who are members of Label Studio. A person who has left Label Studio is kept, and found by ``get`` only."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, person_id: int) -> Person | None:
        """The person with this id, gone or not."""
        row = self._session.get(PersonRow, person_id)
        return as_person(row) if row else None

    def by_ls_user_id(self, ls_user_id: int) -> Person | None:
        """The person with this id in Label Studio; None when unknown or gone."""
        row = self._row(ls_user_id)
        return as_person(row) if row and row.gone_at_utc is None else None

    def lock(self, ls_user_id: int) -> Person | None:
        """The person, locked: nobody else locks or changes it before this unit ends; a row that points to it may be written meanwhile."""
        row = self._session.scalars(
            select(PersonRow)
            .where(PersonRow.ls_user_id == ls_user_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).one_or_none()
        return as_person(row) if row and row.gone_at_utc is None else None

    def all_ls_user_ids(self) -> tuple[int, ...]:
        """Ids in Label Studio of everybody we have ever known, gone or not."""
        return tuple(self._session.scalars(select(PersonRow.ls_user_id).order_by(PersonRow.id)))

    def all(self) -> tuple[Person, ...]:
        """Everybody who is there, in the order they joined."""
        rows = self._session.scalars(select(PersonRow).where(PersonRow.gone_at_utc.is_(None)).order_by(PersonRow.id))
        return tuple(as_person(row) for row in rows)

    def everybody(self) -> tuple[tuple[Person, dt.datetime | None], ...]:
        """Everybody we have ever known, in the order they joined, with when they left (None: they are there)."""
        return tuple((as_person(row), row.gone_at_utc) for row in self._session.scalars(select(PersonRow).order_by(PersonRow.id)))

    def in_directory(self) -> dict[int, KnownMember]:
        """Everybody we have ever known, by Label Studio's id."""
        is_erased = exists().where(ErasureRow.person_id == PersonRow.id, ErasureRow.finished_at_utc.is_(None))
        rows = self._session.execute(select(
            PersonRow.ls_user_id, PersonRow.email, PersonRow.name, PersonRow.role, PersonRow.gone_at_utc, PersonRow.heard_at_utc, is_erased,
            PersonRow.account_made_at_utc,
        ).where(PersonRow.former_ls_user_id.is_(None)))
        return {row[0]: KnownMember(*row[1:]) for row in rows}

    def save(self, ls_user_id: int, email: str, name: str, role: str, now: dt.datetime, made_at_utc: dt.datetime | None = None) -> Person:
        """Add this member of Label Studio, or bring what we know up to date. Somebody gone is back.

        Whose role is another than before is signed out of the portal everywhere. When their account was made is kept as it is told first.
        """
        row = self._row(ls_user_id)
        if row is None:
            row = PersonRow(ls_user_id=ls_user_id, email=email, name=name, role=role, joined_at_utc=now)
            try:
                with self._session.begin_nested():
                    self._session.add(row)
            except IntegrityError:  # somebody else added the same member in this moment
                row = self._row(ls_user_id)
                if row is None:
                    raise
        if row.role != role or row.gone_at_utc is not None:
            self._session.add(RoutingDueRow(person_id=row.id))
            self._sign_out(row.id)
        row.email, row.name, row.role, row.gone_at_utc, row.heard_at_utc = email, name, role, None, now
        row.account_made_at_utc = row.account_made_at_utc or made_at_utc
        self._session.flush()
        return as_person(row)

    def lock_known(self, ls_user_id: int) -> KnownMember | None:
        """What we knew, of somebody gone too, and nobody changes it before this unit ends; None: unknown."""
        row = self._session.execute(
            select(
                PersonRow.email, func.coalesce(func.nullif(PersonRow.name, ""), PersonRow.own_name, ""), PersonRow.role, PersonRow.gone_at_utc,
                PersonRow.heard_at_utc, PersonRow.account_made_at_utc,
            ).where(PersonRow.ls_user_id == ls_user_id).with_for_update(key_share=True)
        ).one_or_none()
        if row is None:
            return None
        email, name, role, gone_at_utc, heard_at_utc, made_at_utc = row
        return KnownMember(email, name, role, gone_at_utc, heard_at_utc, made_at_utc=made_at_utc)

    def replace(self, ls_user_id: int, made_at_utc: dt.datetime, now: dt.datetime) -> Person:
        """Another account has this number: who had it is gone, and keeps what is on record of them under a negative number that no account has.

        Whose account it is gets it back if we knew them under it before; else ``save`` makes somebody new. Raises ``NotFound``.
        """
        row = self._row(ls_user_id)
        if row is None:
            raise NotFound("There is no such person here.")
        self.mark_gone(ls_user_id, now)
        row.former_ls_user_id, row.ls_user_id, row.replaced_at_utc = ls_user_id, -row.id, now
        self._session.flush()
        self._renumber(ls_user_id, -row.id, self._while_theirs(row.account_made_at_utc, made_at_utc))
        former = self._session.scalars(select(PersonRow).where(PersonRow.former_ls_user_id == ls_user_id).order_by(PersonRow.id)).all()
        back = next((one for one in former if one.account_made_at_utc and is_same_moment(one.account_made_at_utc, made_at_utc)), None)
        if back is not None:
            back.former_ls_user_id, back.ls_user_id, back.replaced_at_utc = None, ls_user_id, None
            self._session.flush()
            self._renumber(-back.id, ls_user_id, true())
        return as_person(row)

    def set_made_at(self, made: Mapping[int, dt.datetime]) -> None:
        """By number: when these accounts were made, whatever was told before. They are the same."""
        for ls_user_id, made_at_utc in sorted(made.items()):
            self._session.execute(update(PersonRow).where(PersonRow.ls_user_id == ls_user_id).values(account_made_at_utc=made_at_utc))

    def note_due(self, person_id: int) -> None:
        """Their memberships are to be recomputed."""
        self._session.add(RoutingDueRow(person_id=person_id))
        self._session.flush()

    def replaced(self) -> tuple[tuple[int, int, dt.datetime], ...]:
        """(number of the lost account, number it is kept under, since when) of everybody whose number is another's, oldest first."""
        rows = self._session.execute(
            select(PersonRow.former_ls_user_id, PersonRow.ls_user_id, PersonRow.replaced_at_utc)
            .where(PersonRow.former_ls_user_id.is_not(None)).order_by(PersonRow.replaced_at_utc, PersonRow.id)
        )
        return tuple((former, number, since) for former, number, since in rows if former is not None and since is not None)

    def set_own_name(self, person_id: int, name: str) -> None:
        """Keep what somebody says they are called; the name of their account goes before it. Raises ``NotFound``."""
        row = self._session.get(PersonRow, person_id)
        if row is None:
            raise NotFound("There is no such person here.")
        row.own_name = name
        self._session.flush()

    def note_renamed(self, ls_user_id: int, now: dt.datetime) -> Person:
        """Keep when somebody took another name. Raises ``NotFound``."""
        row = self._row(ls_user_id)
        if row is None:
            raise NotFound("There is no such person here.")
        row.renamed_at_utc = now
        self._session.flush()
        return as_person(row)

    def mark_gone(self, ls_user_id: int, now: dt.datetime) -> None:
        """Note when a member left Label Studio; they are on no project's list any more, and signed out. Unknown or already gone: nothing changes."""
        row = self._row(ls_user_id)
        if row and row.gone_at_utc is None:
            row.gone_at_utc = now
            # Who comes back, or gets the same number, was invited by nobody.
            for rows in (InvitationRow, RequirementEventInvitedRow):
                self._session.execute(delete(rows).where(rows.ls_user_id == ls_user_id))
            # Their tasks are free for others; memberships end when they are recomputed.
            self._session.execute(
                update(TaskAssignmentRow).where(TaskAssignmentRow.ls_user_id == ls_user_id, TaskAssignmentRow.active)
                .values(active=False, revision=TaskAssignmentRow.revision + 1, updated_at_utc=now)
            )
            self._sign_out(row.id)
            self._session.add(RoutingDueRow(person_id=row.id))
            self._session.flush()

    def heard(self, ls_user_id: int) -> tuple[dt.datetime | None, dt.datetime | None]:
        """(when Label Studio last told us of them as a member, when they left). None: never, or they are here."""
        row = self._row(ls_user_id)
        return (row.heard_at_utc, row.gone_at_utc) if row else (None, None)

    def _renumber(self, ls_user_id: int, number: int, events: ColumnElement[bool]) -> None:
        """What is on record by Label Studio's number goes along; memberships stay, so that Label Studio is told that they end."""
        self._session.execute(update(WorkEventRow).where(WorkEventRow.ls_user_id == ls_user_id, events).values(ls_user_id=number))
        for rows in (ControlCountRow, ControlTurnRow, PrelabelOutcomeRow):
            self._session.execute(update(rows).where(rows.ls_user_id == ls_user_id).values(ls_user_id=number))

    @staticmethod
    def _while_theirs(made_at_utc: dt.datetime | None, other_made_at_utc: dt.datetime) -> ColumnElement[bool]:
        """Which events under a number that two accounts have had are of the one made first named."""
        if made_at_utc is None or made_at_utc < other_made_at_utc:
            return WorkEventRow.at_utc < other_made_at_utc
        return WorkEventRow.at_utc >= made_at_utc

    def _sign_out(self, person_id: int) -> None:
        self._session.execute(delete(PortalSessionRow).where(PortalSessionRow.person_id == person_id))

    def _row(self, ls_user_id: int) -> PersonRow | None:
        return self._session.scalars(select(PersonRow).where(PersonRow.ls_user_id == ls_user_id)).one_or_none()


def lock_person(session: Session, person_id: int) -> None:
    """Of two units that write what somebody has once, the second waits for the first. By the person: there may be no row of theirs yet."""
    session.execute(select(PersonRow.id).where(PersonRow.id == person_id).with_for_update(key_share=True))


def name_of(session: Session, person_id: int | None) -> str:
    """What somebody is called at this moment, for histories; empty for nobody."""
    row = session.get(PersonRow, person_id) if person_id is not None else None
    return as_person(row).shown_name if row else ""


def as_person(row: PersonRow) -> Person:
    """The value for a row; for repositories that join people."""
    return Person(id=row.id, ls_user_id=row.ls_user_id, email=row.email, name=row.name or row.own_name or "", role=row.role, renamed_at_utc=row.renamed_at_utc,
                  made_at_utc=row.account_made_at_utc)
