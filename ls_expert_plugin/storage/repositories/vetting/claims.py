"""Repository of claims: what people say of themselves."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.storage.repositories.people.people import as_person
from ls_expert_plugin.storage.tables import ClaimEventRow, ClaimRow, PersonRow, RegisterAnswerRow, RoutingDueRow
from ls_expert_plugin.vetting.profile.credential_checks import RegistryAnswer, same_holder
from ls_expert_plugin.vetting.values import Claim, ClaimEvent, ClaimKind, Person


class Claims:
    """Education, licences, work and languages, as entered. Each belongs to one person: nobody finds another person's.

    Whatever writes reads the entry anew and locked: what is vouched for is what stands there, and a change takes back what was vouched for.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, person_id: int) -> tuple[Claim, ...]:
        """A person's claims, in the order they were entered."""
        rows = self._session.scalars(select(ClaimRow).where(ClaimRow.person_id == person_id).order_by(ClaimRow.id))
        return tuple(as_claim(row) for row in rows)

    def changed_at(self, person_id: int) -> dt.datetime | None:
        """When a person last changed their profile; None while it is empty."""
        return self._session.scalar(select(func.max(ClaimRow.updated_at_utc)).where(ClaimRow.person_id == person_id))

    def lock(self, person_id: int) -> tuple[Claim, ...]:
        """The person's claims as they are now, locked: nobody else changes them before this unit ends."""
        rows = self._session.scalars(
            select(ClaimRow).where(ClaimRow.person_id == person_id).order_by(ClaimRow.id).with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        return tuple(as_claim(row) for row in rows)

    def get(self, person_id: int, claim_id: int) -> Claim | None:
        """This claim, if it is this person's."""
        row = self._session.scalars(
            select(ClaimRow).where(ClaimRow.id == claim_id, ClaimRow.person_id == person_id).execution_options(populate_existing=True)
        ).one_or_none()
        return as_claim(row) if row else None

    def find(self, claim_id: int) -> tuple[int, Claim] | None:
        """(person id, claim), whoever's it is."""
        row = self._session.get(ClaimRow, claim_id, populate_existing=True)
        return (row.person_id, as_claim(row)) if row else None

    def licences(self) -> tuple[tuple[int, Claim], ...]:
        """(person id, claim) of everybody's licences."""
        rows = self._session.scalars(select(ClaimRow).where(ClaimRow.kind == "licence").order_by(ClaimRow.id))
        return tuple((row.person_id, as_claim(row)) for row in rows)

    def never_looked_up(self, kinds: Collection[str], limit: int) -> tuple[int, ...]:
        """Ids of licences of these kinds that no register has been asked about, oldest first: what a sweep takes up."""
        asked = select(ClaimEventRow.claim_id).where(ClaimEventRow.source.like("register:%"))
        rows = select(ClaimRow).where(ClaimRow.kind == "licence", ClaimRow.status == "claimed", ClaimRow.id.not_in(asked)).order_by(ClaimRow.id)
        return tuple(row.id for row in self._session.scalars(rows) if row.details.get("kind") in kinds)[:limit]

    def history(self, person_id: int) -> tuple[ClaimEvent, ...]:
        """The ledger of a person, oldest first."""
        rows = self._session.execute(
            select(ClaimEventRow, PersonRow).join(ClaimRow, ClaimRow.id == ClaimEventRow.claim_id)
            .outerjoin(PersonRow, PersonRow.id == ClaimEventRow.actor_person_id).where(ClaimRow.person_id == person_id).order_by(ClaimEventRow.id)
        )
        return tuple(
            ClaimEvent(
                one.claim_id, one.from_status, one.to_status, one.source, dict(one.evidence), one.contradicted,
                (actor.name or actor.email) if actor else "", one.at_utc,
            )
            for one, actor in rows
        )

    def add(
        self, person_id: int, kind: ClaimKind, details: Mapping[str, Any], status: str, source: str, now: dt.datetime
    ) -> Claim:
        """Write down a claim with its first event. ``details`` must be plain JSON values."""
        row = ClaimRow(
            person_id=person_id, kind=kind, details=dict(details), status=status, source=source,
            created_at_utc=now, updated_at_utc=now, contradicted="",
        )
        self._session.add(row)
        self._session.flush()
        self._event(row, "", source, {}, None, now)
        return as_claim(row)

    def change(
        self, person_id: int, claim_id: int, details: Mapping[str, Any], status: str, now: dt.datetime
    ) -> Claim | None:
        """Replace what a claim says, and its status; nobody has checked it then. None when this person has no such claim."""
        row = self._row(person_id, claim_id)
        if row is None:
            return None
        was = row.status
        row.details, row.status, row.updated_at_utc, row.contradicted, row.rests_on = dict(details), status, now, "", None
        row.checked_by_person_id = row.checked_at_utc = None
        self._event(row, was, "form", {"words": "changed"}, None, now)
        self._due(person_id)
        return as_claim(row)

    def remove(self, person_id: int, claim_id: int) -> bool:
        """Delete a claim and its ledger. False when this person has no such claim."""
        row = self._row(person_id, claim_id)
        if row is None:
            return False
        self._session.execute(delete(ClaimEventRow).where(ClaimEventRow.claim_id == claim_id))
        self._session.delete(row)
        self._session.flush()
        self._due(person_id)
        return True

    def record(
        self, person_id: int, claim_id: int, status: str, source: str, evidence: Mapping[str, Any], now: dt.datetime, *, contradicted: str = "",
        actor_person_id: int | None = None, rests_on: Mapping[str, Any] | None = None,
    ) -> Claim:
        """A line of the ledger, and what follows from it: the status, and the mark. ``evidence`` and ``rests_on`` must be plain JSON values.

        ``rests_on``: what a register's match rests on; without one, what there was stays as long as the status does.
        """
        row = self._row(person_id, claim_id)
        if row is None:
            raise NotFound("This entry is no longer there.")
        was = row.status
        row.status, row.contradicted = status, contradicted
        if rests_on is not None or status != was:
            row.rests_on = dict(rests_on) if rests_on is not None else None
        if status != was or actor_person_id is not None:
            looked = status == "human-verified"
            row.checked_by_person_id, row.checked_at_utc = (actor_person_id, now) if looked else (None, None)
        self._event(row, was, source, evidence, actor_person_id, now)
        self._due(person_id)
        return as_claim(row)

    def mark_checked(
        self, person_id: int, claim_ids: Collection[int], checked_by_person_id: int, now: dt.datetime, evidence: Mapping[int, Mapping[str, Any]] | None = None
    ) -> None:
        """A manager has looked these up and found them right. ``evidence``: by claim, where and when, as plain JSON values."""
        for row in self._rows(person_id, claim_ids):
            if row.status == "human-verified" and not row.contradicted:
                row.checked_by_person_id, row.checked_at_utc = checked_by_person_id, now
                continue
            was = row.status
            row.status, row.checked_by_person_id, row.checked_at_utc, row.contradicted = "human-verified", checked_by_person_id, now, ""
            self._event(row, was, "reviewer", (evidence or {}).get(row.id, {"words": "looked up and found right"}), checked_by_person_id, now)
        self._session.flush()
        self._due(person_id)

    def mark_unchecked(self, person_id: int, claim_ids: Collection[int], now: dt.datetime, unchecked_by_person_id: int) -> None:
        """Nobody vouches for these any more."""
        for row in self._rows(person_id, claim_ids):
            was = row.status
            row.status, row.checked_by_person_id, row.checked_at_utc = "claimed", None, None
            self._event(row, was, "reviewer", {"words": "no longer vouched for"}, unchecked_by_person_id, now)
        self._session.flush()
        self._due(person_id)

    def kept_answer(self, check_id: str, number: str, since: dt.datetime) -> RegistryAnswer | None:
        """What a register said about a number since then; one that was kept before its codes were is asked for again."""
        row = self._kept(check_id, number)
        if row is None or row.asked_at_utc < since or "codes" not in row.answer:
            return None
        kept = row.answer
        return RegistryAnswer(
            kept["found"], kept["is_person"], kept["is_active"], tuple(kept["names"]), tuple((state, one) for state, one in kept["licences"]),
            tuple(kept["listed_as"]), *(tuple(kept[name]) for name in ("families", "codes", "places")),
        )

    def keep_answer(self, check_id: str, number: str, answer: RegistryAnswer, now: dt.datetime) -> None:
        """Keep it, in place of an older one."""
        row = self._kept(check_id, number)
        if row is None:
            row = RegisterAnswerRow(check_id=check_id, number=number)
        row.answer, row.asked_at_utc = dataclasses.asdict(answer), now
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            pass  # another worker was as quick, and has the same

    def is_taken(self, person_id: int, claim: Claim, check_id: str, number: str) -> bool:
        """Whether this number of a register counts for somebody else who is there. Two who ask in one moment come one after the other."""
        self._session.execute(
            select(RegisterAnswerRow.id).where(RegisterAnswerRow.check_id == check_id, RegisterAnswerRow.number == number)
            .with_for_update(key_share=True)
        )
        return any(as_claim(row).is_checked for row, _ in self._with_number(person_id, claim, anywhere=True))

    def others_with_number(self, person_id: int, claim: Claim, *, anywhere: bool) -> tuple[Person, ...]:
        """Other people who are there and name the same number, whatever its status; ``anywhere``: in another place too."""
        return tuple(dict.fromkeys(as_person(person) for _, person in self._with_number(person_id, claim, anywhere=anywhere)))

    def _with_number(self, person_id: int, claim: Claim, *, anywhere: bool) -> Iterator[tuple[ClaimRow, PersonRow]]:
        """What a licence says may be sealed, so that no query finds it."""
        rows = self._session.execute(
            select(ClaimRow, PersonRow).join(PersonRow, PersonRow.id == ClaimRow.person_id)
            .where(ClaimRow.kind == "licence", PersonRow.gone_at_utc.is_(None), PersonRow.id != person_id).order_by(ClaimRow.id)
            .execution_options(populate_existing=True)
        )
        return ((row, person) for row, person in rows if same_holder(as_claim(row), claim, anywhere=anywhere))

    def _kept(self, check_id: str, number: str) -> RegisterAnswerRow | None:
        return self._session.scalars(
            select(RegisterAnswerRow).where(RegisterAnswerRow.check_id == check_id, RegisterAnswerRow.number == number)
        ).one_or_none()

    def forget_answers(self, before: dt.datetime) -> None:
        """Remove what is too old to count."""
        self._session.execute(delete(RegisterAnswerRow).where(RegisterAnswerRow.asked_at_utc < before))

    def _event(
        self, row: ClaimRow, was: str, source: str, evidence: Mapping[str, Any], actor_person_id: int | None, now: dt.datetime
    ) -> None:
        self._session.add(ClaimEventRow(
            claim_id=row.id, from_status=was, to_status=row.status, source=source, evidence=dict(evidence), contradicted=row.contradicted or "",
            actor_person_id=actor_person_id, at_utc=now,
        ))
        self._session.flush()

    def _rows(self, person_id: int, claim_ids: Collection[int]) -> list[ClaimRow]:
        return list(self._session.scalars(
            select(ClaimRow).where(ClaimRow.person_id == person_id, ClaimRow.id.in_(sorted(claim_ids))).order_by(ClaimRow.id)
            .with_for_update(key_share=True).execution_options(populate_existing=True)
        ))

    def _due(self, person_id: int) -> None:
        """Memberships rest on what has been checked: they are due, in the transaction of the change."""
        self._session.execute(insert(RoutingDueRow).values(person_id=person_id))

    def _row(self, person_id: int, claim_id: int) -> ClaimRow | None:
        """The row, locked."""
        return self._session.scalars(
            select(ClaimRow).where(ClaimRow.id == claim_id, ClaimRow.person_id == person_id)
            .with_for_update(key_share=True).execution_options(populate_existing=True)
        ).one_or_none()


def as_claim(row: ClaimRow) -> Claim:
    """The row as a frozen value of vetting."""
    return Claim(
        id=row.id, kind=cast(ClaimKind, row.kind), details=dict(row.details), status=row.status, source=row.source,
        checked_at_utc=row.checked_at_utc, contradicted=row.contradicted or "",
    )
