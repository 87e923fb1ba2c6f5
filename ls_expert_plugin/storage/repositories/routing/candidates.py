"""Read model of people for routing: what counts of them, read for one or for everybody in a few queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ls_expert_plugin.routing.values import Candidate, CheckedLicence, Language
from ls_expert_plugin.storage.repositories.vetting.verifications import as_verification
from ls_expert_plugin.storage.tables import ClaimRow, PersonRow, VerificationRow
from ls_expert_plugin.vetting.profile.values import WORKING_PROFICIENCIES
from ls_expert_plugin.vetting.values import CHECKED, Verification


class Candidates:
    """Repository of candidates: everybody who is there, with their verifications and what has been checked of them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, ls_user_id: int, now: dt.datetime) -> Candidate | None:
        """One person; None when unknown or gone."""
        return next(iter(self._read([ls_user_id], now)), None)

    def all(self, now: dt.datetime) -> tuple[Candidate, ...]:
        """What is known of everybody, by Label Studio's id."""
        return self._read(None, now)

    def those(self, ls_user_ids: Collection[int], now: dt.datetime) -> tuple[Candidate, ...]:
        """Some, by Label Studio's id; whoever is unknown or gone is left out."""
        return self._read(ls_user_ids, now)

    def _read(self, only: Collection[int] | None, now: dt.datetime) -> tuple[Candidate, ...]:
        wanted = [PersonRow.gone_at_utc.is_(None)]
        if only is not None:
            wanted.append(PersonRow.ls_user_id.in_(sorted(only)))
        people = self._session.execute(
            select(PersonRow.id, PersonRow.ls_user_id, PersonRow.role).where(*wanted).order_by(PersonRow.ls_user_id)
        ).all()
        verifications: dict[int, list[Verification]] = defaultdict(list)
        for row in self._session.scalars(
            select(VerificationRow).join(PersonRow, PersonRow.id == VerificationRow.person_id).where(*wanted)
            .order_by(VerificationRow.id).execution_options(populate_existing=True)
        ):
            verifications[row.person_id].append(as_verification(row))
        credentials: dict[int, list[CheckedLicence]] = defaultdict(list)
        languages: dict[int, list[Language]] = defaultdict(list)
        for person_id, kind, details, contradicted, status, rests_on in self._session.execute(
            select(ClaimRow.person_id, ClaimRow.kind, ClaimRow.details, ClaimRow.contradicted, ClaimRow.status, ClaimRow.rests_on)
            .join(PersonRow, PersonRow.id == ClaimRow.person_id)
            .where(*wanted, ClaimRow.status.in_(CHECKED), ClaimRow.kind.in_(("licence", "language"))).order_by(ClaimRow.id)
        ):
            if contradicted:
                continue  # something speaks against it: it opens nothing until that is cleared up
            if kind == "licence":
                ends, places = _end_of(details.get("expires_on")), _places(status, details["jurisdiction"], rests_on)
                credentials[person_id].extend(CheckedLicence(details["kind"], place, ends) for place in places)
            elif details["proficiency"] in WORKING_PROFICIENCIES:
                languages[person_id].append(Language(details["code"]))
        return tuple(
            Candidate(ls_user_id, role == "manager", tuple(verifications[id_]), tuple(credentials[id_]), tuple(languages[id_]))
            for id_, ls_user_id, role in people
        )


def _places(status: str, typed: str, rests_on: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Where a licence counts: what a person has looked up counts as it stands there, what a register matched where the register says.

    A register that says no place, or a match from before it was kept, counts where a project asks for none.
    """
    if status == "human-verified":
        return (typed,)
    return tuple((rests_on or {}).get("places", ())) or ("",)


def _end_of(day: str | None) -> dt.datetime | None:
    """A licence that is valid until a day counts through it, as a verification does."""
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(23, 59, 59), dt.timezone.utc) if day else None
