"""Repository of what was seen of answers, and of answers that repeat others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import InterviewRow, SimilarTurnRow, TurnRow, TurnSeenRow, VerificationRow
from ls_expert_plugin.storage.upsert import insert_if_absent, upsert
from ls_expert_plugin.vetting.evidence.authenticity_signals import ObservedAnswer, Similar

# The newest answers to a question that an answer is compared with: one comparison takes well under a millisecond.
MOST_COMPARED = 2000


class Signals:
    """Repository of authenticity signals, by interview; none is a verdict. Nothing here is a verdict."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add_seen(self, seen: ObservedAnswer) -> None:
        """What was seen of an answer; the first report counts."""
        insert_if_absent(self._session, TurnSeenRow, asdict(seen))

    def seen(self, interview_id: int) -> tuple[ObservedAnswer, ...]:
        """What was seen of an interview's answers."""
        rows = self._session.scalars(select(TurnSeenRow).join(TurnRow, TurnRow.id == TurnSeenRow.turn_id).where(TurnRow.interview_id == interview_id))
        return tuple(ObservedAnswer(row.turn_id, row.pasted_chars, row.pastes, row.away_times, row.away_s, row.answer_s) for row in rows)

    def others(self, interview_id: int, question_id: str) -> tuple[tuple[int, str], ...]:
        """(turn id, text) of what other people answered to a question of the same domain, the newest first."""
        own = select(VerificationRow.person_id, VerificationRow.domain).join(InterviewRow, InterviewRow.verification_id == VerificationRow.id).where(
            InterviewRow.id == interview_id
        ).subquery()
        rows = self._session.execute(
            select(TurnRow.id, TurnRow.text).join(InterviewRow, InterviewRow.id == TurnRow.interview_id)
            .join(VerificationRow, VerificationRow.id == InterviewRow.verification_id).join(own, own.c.domain == VerificationRow.domain)
            .where(TurnRow.question_id == question_id, TurnRow.speaker == "candidate", VerificationRow.person_id != own.c.person_id)
            .order_by(TurnRow.id.desc()).limit(MOST_COMPARED)
        )
        return tuple((turn_id, text) for turn_id, text in rows)

    def set_similar(self, similar: Iterable[Similar]) -> None:
        """Write down which answers repeat others; twice changes nothing. An answer that was erased meanwhile repeats nothing."""
        found = tuple(similar)
        there = set(self._session.scalars(
            select(TurnRow.id).where(TurnRow.id.in_(sorted({turn_id for one in found for turn_id in (one.turn_id, one.other_turn_id)})))
            .order_by(TurnRow.id).with_for_update(read=True, key_share=True)
        ))
        upsert(self._session, SimilarTurnRow, ("turn_id", "other_turn_id"), [
            {"turn_id": one.turn_id, "other_turn_id": one.other_turn_id, "share": one.share}
            for one in found if {one.turn_id, one.other_turn_id} <= there
        ])

    def similar(self, interview_id: int) -> tuple[Similar, ...]:
        """Which answers of an interview repeat others."""
        rows = self._session.scalars(
            select(SimilarTurnRow).join(TurnRow, TurnRow.id == SimilarTurnRow.turn_id).where(TurnRow.interview_id == interview_id)
            .order_by(SimilarTurnRow.turn_id, SimilarTurnRow.share.desc())
        )
        return tuple(Similar(row.turn_id, row.other_turn_id, row.share) for row in rows)

    def words_of(self, turn_id: int) -> tuple[int, str] | None:
        """(verification id, text) of an answer: for the reviewer, who may read both."""
        row = self._session.execute(
            select(InterviewRow.verification_id, TurnRow.text).join(TurnRow, TurnRow.interview_id == InterviewRow.id).where(TurnRow.id == turn_id)
        ).one_or_none()
        return (row[0], row[1]) if row else None
