"""Repository of erasures: removing what a person told us, and the record that it was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from ls_expert_plugin.ls_client.values import ErasedAccount
from ls_expert_plugin.protocol.handshake import is_same_moment
from ls_expert_plugin.storage.repositories.people.people import as_person
from ls_expert_plugin.storage.repositories.people.personal_data import rows_of
from ls_expert_plugin.storage.tables import (
    AddOnRow,
    AssessmentRow,
    Base,
    ClaimEventRow,
    ClaimRow,
    DossierLookRow,
    ErasureRow,
    EvidenceRow,
    InterviewRow,
    InvitationRow,
    NotificationRow,
    PersonRow,
    PortalSessionRow,
    PrivateNoteRow,
    RaisedFlagRow,
    ReminderRow,
    RequirementEventInvitedRow,
    ResumeRow,
    ReviewAssignmentRow,
    ReviewEntryRow,
    ScoreRow,
    SimilarTurnRow,
    SittingAnswerRow,
    SittingRow,
    SuggestionRow,
    TurnRow,
    TurnSeenRow,
    VerificationEventRow,
    VerificationRow,
    VoluntaryAnswerRow,
)
from ls_expert_plugin.vetting.values import Erasure, Person

# Removed as rows. In the other tables of a person rows stay, without words.
REMOVED = (
    "evidence", "score", "raised_flag", "turn_seen", "similar_turn", "suggestion",
    "turn", "claim_event", "claim", "sitting_answer", "sitting", "invitation", "requirement_event_invited",
    "voluntary_answer", "add_on", "resume", "notification", "portal_session",
    "review_assignment", "private_note", "dossier_look",
)
# Ids in one query.
_AT_A_TIME = 500
NO_ADDRESS = "erased-{}@erased.invalid"


class Erasures:
    """What was removed and what is still to be done. Nothing here is ever deleted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, person_id: int, reason: str, now: dt.datetime) -> Erasure:
        """Write down that this person is erased; the one that waits already, if there is one."""
        waiting = self._session.scalars(select(ErasureRow).where(ErasureRow.person_id == person_id, ErasureRow.finished_at_utc.is_(None))).first()
        if waiting is None:
            waiting = ErasureRow(person_id=person_id, reason=reason, asked_at_utc=now)
            self._session.add(waiting)
            self._session.flush()
        return self._erasure(waiting)

    def waiting(self) -> tuple[Erasure, ...]:
        """Erasures that are not finished, oldest first."""
        rows = self._session.scalars(select(ErasureRow).where(ErasureRow.finished_at_utc.is_(None)).order_by(ErasureRow.id))
        return tuple(self._erasure(row) for row in rows)

    def finish(self, erasure_id: int, now: dt.datetime, account_mark: str | None = None) -> None:
        """Note when all of it was done, and by what the account is known again."""
        self._session.execute(
            update(ErasureRow).where(ErasureRow.id == erasure_id, ErasureRow.finished_at_utc.is_(None))
            .values(finished_at_utc=now, account_mark=account_mark)
        )

    def erased_accounts(self) -> list[ErasedAccount]:
        """The accounts that were erased, those included whose number has been another's since: theirs may come back."""
        rows = self._session.execute(
            select(func.coalesce(PersonRow.former_ls_user_id, PersonRow.ls_user_id), ErasureRow.account_mark, PersonRow.account_made_at_utc)
            .join(PersonRow, PersonRow.id == ErasureRow.person_id).where(ErasureRow.account_mark.is_not(None)).order_by(ErasureRow.id)
        )
        return [ErasedAccount(number, mark, made_at_utc) for number, mark, made_at_utc in rows if mark is not None]

    def not_on_record(self, accounts: Collection[ErasedAccount], reasons: Collection[str]) -> tuple[Person, ...]:
        """The people whose accounts these are, gone or not, of whom no erasure for one of these reasons is on record.

        Whoever has the number by now, with an account that was made at another time, is somebody else. Where either time is not known they are taken
        for the same, but for those whose number has been another's since.
        """
        is_on_record = exists().where(ErasureRow.person_id == PersonRow.id, ErasureRow.reason.in_(reasons))
        made = {one.ls_user_id: one.made_at_utc for one in accounts}
        number = func.coalesce(PersonRow.former_ls_user_id, PersonRow.ls_user_id)
        ids, found = sorted(made), list[Person]()
        for start in range(0, len(ids), _AT_A_TIME):
            rows = self._session.scalars(select(PersonRow).where(number.in_(ids[start : start + _AT_A_TIME]), ~is_on_record).order_by(PersonRow.id))
            found += [as_person(row) for row in rows if _is_theirs(row, made[row.former_ls_user_id or row.ls_user_id])]
        return tuple(found)

    def count(self, person_id: int, ls_user_id: int) -> dict[str, int]:
        """How many rows ``remove`` would remove, by table."""
        theirs = rows_of(person_id, ls_user_id)
        return {
            name: self._session.scalar(select(func.count()).select_from(Base.metadata.tables[name]).where(theirs[name])) or 0 for name in REMOVED
        }

    def holds_anything(self, person_id: int, ls_user_id: int) -> bool:
        """Whether ``remove`` would remove a row; one statement."""
        theirs = rows_of(person_id, ls_user_id)
        return bool(self._session.scalar(select(or_(*(exists().select_from(Base.metadata.tables[name]).where(theirs[name]) for name in REMOVED)))))

    def remove(self, person_id: int, ls_user_id: int) -> None:
        """Remove what they said and were asked, what was found in it, their profile, and every free text about them."""
        theirs = rows_of(person_id, ls_user_id)
        # They go, so nothing may point to them: whoever just notes that another answer repeats one of theirs, or a line of an entry's ledger, is waited
        # for, and that goes too.
        self._session.execute(select(TurnRow.id).where(theirs["turn"]).order_by(TurnRow.id).with_for_update(key_share=False)).all()
        self._session.execute(select(ClaimRow.id).where(theirs["claim"]).order_by(ClaimRow.id).with_for_update(key_share=False)).all()
        for row in (
            EvidenceRow, ScoreRow, RaisedFlagRow, TurnSeenRow, SimilarTurnRow, SuggestionRow, TurnRow, ClaimEventRow, ClaimRow, SittingAnswerRow,
            SittingRow, InvitationRow, RequirementEventInvitedRow, VoluntaryAnswerRow, AddOnRow, ResumeRow, NotificationRow,
            PortalSessionRow, ReviewAssignmentRow, PrivateNoteRow, DossierLookRow,
        ):
            self._session.execute(delete(row).where(theirs[row.__tablename__]))
        for work in (ReviewAssignmentRow, DossierLookRow):  # what they took and looked at as a reviewer
            self._session.execute(delete(work).where(work.person_id == person_id))
        blank: dict[str, Any] = {"reason": ""}
        self._session.execute(update(InterviewRow).where(theirs["interview"]).values(
            draft=None, draft_reply_to=None, draft_at_utc=None, specialties=[], language="",
        ))
        self._session.execute(update(AssessmentRow).where(theirs["assessment"]).values(note=""))
        self._session.execute(update(ReviewEntryRow).where(theirs["review_entry"]).values(text="", about="", details={}, author_name=None))
        self._session.execute(update(ReminderRow).where(theirs["reminder"]).values(text="", about=""))
        self._session.execute(update(VerificationEventRow).where(theirs["verification_event"]).values(**blank, actor_name=None))
        self._session.execute(update(VerificationRow).where(theirs["verification"]).values(**blank, specialties=[], level=None))
        self._session.flush()

    def rename(self, person_id: int) -> None:
        """Their address becomes a number, their name nothing, in histories too."""
        nobody = {"email": NO_ADDRESS.format(person_id), "name": "", "own_name": None, "renamed_at_utc": None}
        self._session.execute(update(PersonRow).where(PersonRow.id == person_id).values(**nobody))
        self._session.execute(update(VerificationEventRow).where(VerificationEventRow.actor_person_id == person_id).values(actor_name=None))
        self._session.execute(update(ReviewEntryRow).where(ReviewEntryRow.author_person_id == person_id).values(author_name=None))
        self._session.flush()

    def _erasure(self, row: ErasureRow) -> Erasure:
        return Erasure(row.id, as_person(self._session.get_one(PersonRow, row.person_id)), row.reason, row.asked_at_utc, row.finished_at_utc)


def _is_theirs(row: PersonRow, made_at_utc: dt.datetime | None) -> bool:
    """Whether an account under the number of this person that was made then is the one they had."""
    if made_at_utc is None or row.account_made_at_utc is None:
        return row.former_ls_user_id is None
    return is_same_moment(made_at_utc, row.account_made_at_utc)
