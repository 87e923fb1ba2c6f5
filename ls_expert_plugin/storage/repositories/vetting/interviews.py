"""Repository of interviews, their turns, and the assessments and evidence made from them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.storage.newest_row import newest
from ls_expert_plugin.storage.tables import AssessmentRow, EvidenceRow, InterviewRow, RaisedFlagRow, ScoreRow, TurnRow
from ls_expert_plugin.vetting.values import Assessment, Draft, Evidence, Interview, RaisedRedFlag, Score, Speaker, Turn


class Interviews:
    """What was said, and what was found in it. Turns are only ever added."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, interview_id: int) -> Interview | None:
        """The interview with this id, with its turns as they are now."""
        row = self._session.get(InterviewRow, interview_id, populate_existing=True)
        return self._interview(row) if row else None

    def verification_of(self, interview_id: int) -> int | None:
        """Id of the verification it is held for: what to lock before the interview is read."""
        return self._session.scalar(select(InterviewRow.verification_id).where(InterviewRow.id == interview_id))

    def of_verification(self, verification_id: int) -> Interview | None:
        """The newest interview for a verification, running or over."""
        row = newest(self._session, InterviewRow, InterviewRow.verification_id == verification_id)
        return self._interview(row) if row else None

    def before(self, interview_id: int) -> tuple[Interview, ...]:
        """Earlier interviews for the same verification, newest first."""
        of = select(InterviewRow.verification_id).where(InterviewRow.id == interview_id).scalar_subquery()
        rows = self._session.scalars(
            select(InterviewRow).where(InterviewRow.verification_id == of, InterviewRow.id < interview_id).order_by(InterviewRow.id.desc())
        )
        return tuple(self._interview(row) for row in rows)

    def add(
        self, verification_id: int, pack_version: int, now: dt.datetime, *, specialties: Iterable[str] = (), language: str = ""
    ) -> Interview:
        """Begin an interview that has no turns yet. The caller has locked the verification."""
        row = InterviewRow(
            verification_id=verification_id, pack_version=pack_version, started_at_utc=now, specialties=list(specialties), language=language,
        )
        self._session.add(row)
        self._session.flush()
        return self._interview(row)

    def add_turn(
        self,
        interview_id: int,
        position: int,
        speaker: Speaker,
        text: str,
        *,
        question_id: str | None,
        competency: str | None,
        worded_by: str,
        now: dt.datetime,
    ) -> Turn:
        """Save what was said as the next turn. Raises ``Conflict`` when something was already said at this position."""
        row = TurnRow(
            interview_id=interview_id, position=position, speaker=speaker, text=text,
            question_id=question_id, competency=competency, worded_by=worded_by, at_utc=now,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            raise Conflict("Somebody else was first here. Load the page again.") from None
        return _turn(row)

    def end(self, interview_id: int, now: dt.datetime) -> None:
        """End a running interview; one that is over keeps its time. A draft that was not sent goes."""
        row = self._session.get_one(InterviewRow, interview_id)
        if row.ended_at_utc is None:
            row.ended_at_utc = now
            row.draft = row.draft_reply_to = row.draft_at_utc = None
            self._session.flush()

    def draft(self, interview_id: int) -> Draft | None:
        """The answer that is being written, as far as it has come here."""
        row = self._session.get_one(InterviewRow, interview_id, populate_existing=True)
        if row.draft is None or row.draft_reply_to is None or row.draft_at_utc is None:
            return None
        return Draft(row.draft_reply_to, row.draft, row.draft_at_utc)

    def keep_draft(self, interview_id: int, draft: Draft | None) -> None:
        """Keep this one in place of the last; None: none is kept. The caller has locked the verification."""
        row = self._session.get_one(InterviewRow, interview_id)
        row.draft, row.draft_reply_to, row.draft_at_utc = (draft.text, draft.in_reply_to, draft.at_utc) if draft else (None, None, None)
        self._session.flush()

    def by_hand(self, interview_id: int, *, asked_at_utc: dt.datetime | None, held_by_person_id: int | None) -> None:
        """A person is to ask since then, this one if named; None: the program asks. The caller has locked the verification."""
        row = self._session.get_one(InterviewRow, interview_id)
        row.human_asked_at_utc, row.held_by_person_id = asked_at_utc, held_by_person_id
        self._session.flush()

    def waiting_for_person(self) -> tuple[Interview, ...]:
        """Running interviews that a person is asked for, or holds; the longest waiting first."""
        rows = self._session.scalars(
            select(InterviewRow).where(InterviewRow.ended_at_utc.is_(None), InterviewRow.human_asked_at_utc.is_not(None))
            .order_by(InterviewRow.human_asked_at_utc, InterviewRow.id)
        )
        return tuple(self._interview(row) for row in rows)

    def queue_assessment(self, interview_id: int, pack_version: int, now: dt.datetime) -> Assessment:
        """Write down that this interview waits to be searched for evidence."""
        row = AssessmentRow(
            interview_id=interview_id, state="queued", method="", pack_version=pack_version,
            prompt_version="", note="", attempts=0, queued_at_utc=now,
        )
        self._session.add(row)
        self._session.flush()
        return self._assessment(row)

    def assessment_of(self, interview_id: int) -> Assessment | None:
        """The newest assessment of an interview, with its evidence."""
        row = newest(self._session, AssessmentRow, AssessmentRow.interview_id == interview_id)
        return self._assessment(row) if row else None

    def waiting_for_assessment(self, queued_before: dt.datetime | None = None) -> tuple[int, ...]:
        """Ids of interviews whose assessment is queued, longest first: what a sweep takes up.

        With ``queued_before``, those only that have waited since then: a worker is most likely on the others.
        """
        waiting = select(AssessmentRow.interview_id).where(AssessmentRow.state == "queued").order_by(AssessmentRow.id)
        if queued_before is not None:
            waiting = waiting.where(AssessmentRow.queued_at_utc < queued_before)
        return tuple(self._session.scalars(waiting))

    def waiting_for_question(self, since: dt.datetime) -> tuple[int, ...]:
        """Ids of running interviews whose last word has been the candidate's since then: their browser never came back."""
        last = select(TurnRow.interview_id, func.max(TurnRow.position).label("position")).group_by(TurnRow.interview_id).subquery()
        waiting = (
            select(InterviewRow.id)
            .join(last, last.c.interview_id == InterviewRow.id)
            .join(TurnRow, (TurnRow.interview_id == InterviewRow.id) & (TurnRow.position == last.c.position))
            .where(InterviewRow.ended_at_utc.is_(None), TurnRow.speaker == "candidate", TurnRow.at_utc < since)
            .order_by(InterviewRow.id)
        )
        return tuple(self._session.scalars(waiting))

    def count_attempt(self, assessment_id: int) -> None:
        """One more worker has taken this assessment up. The caller has locked the verification."""
        self._session.get_one(AssessmentRow, assessment_id).attempts += 1
        self._session.flush()

    def finish_assessment(
        self,
        assessment_id: int,
        *,
        state: str,
        pack_version: int,
        method: str,
        prompt_version: str,
        note: str,
        evidence: Iterable[Evidence],
        scores: Iterable[Score] = (),
        raised: Iterable[RaisedRedFlag] = (),
        now: dt.datetime,
    ) -> Assessment:
        """Save what the search for evidence found. The caller has locked the verification and seen that it is still queued."""
        row = self._session.get_one(AssessmentRow, assessment_id)
        row.state, row.method, row.note, row.finished_at_utc = state, method, note, now
        row.pack_version, row.prompt_version = pack_version, prompt_version
        self._session.add_all(
            EvidenceRow(
                assessment_id=row.id, competency=one.competency, turn_id=one.turn_id,
                start=one.start, end=one.end, quote=one.quote, found_by=one.found_by,
            )
            for one in evidence
        )
        self._session.add_all(
            ScoreRow(
                assessment_id=row.id, competency=one.competency, level=one.level, spread=one.spread, readings=list(one.readings),
                backed=one.backed, rubric=one.rubric, prompt_version=one.prompt_version, model=one.model[:128],
            )
            for one in scores
        )
        self._session.add_all(
            RaisedFlagRow(assessment_id=row.id, red_flag=one.red_flag, turn_id=one.turn_id, start=one.start, end=one.end, quote=one.quote)
            for one in raised
        )
        self._session.flush()
        return self._assessment(row)

    def assessments_of(self, interview_id: int) -> tuple[Assessment, ...]:
        """Every assessment of an interview, oldest first: what an earlier version of the rubric came to stays."""
        rows = self._session.scalars(select(AssessmentRow).where(AssessmentRow.interview_id == interview_id).order_by(AssessmentRow.id))
        return tuple(self._assessment(row) for row in rows)

    def ended(self) -> tuple[tuple[int, int], ...]:
        """(interview id, verification id) of interviews that are over and still have their words, oldest first."""
        spoken = select(TurnRow.interview_id).where(TurnRow.speaker == "candidate")
        rows = self._session.execute(
            select(InterviewRow.id, InterviewRow.verification_id)
            .where(InterviewRow.ended_at_utc.is_not(None), InterviewRow.id.in_(spoken)).order_by(InterviewRow.id)
        )
        return tuple((interview, verification) for interview, verification in rows)

    def _interview(self, row: InterviewRow) -> Interview:
        turns = self._session.scalars(
            select(TurnRow).where(TurnRow.interview_id == row.id).order_by(TurnRow.position)
        )
        return Interview(
            id=row.id,
            verification_id=row.verification_id,
            pack_version=row.pack_version,
            started_at_utc=row.started_at_utc,
            ended_at_utc=row.ended_at_utc,
            turns=tuple(_turn(turn) for turn in turns),
            human_asked_at_utc=row.human_asked_at_utc,
            held_by_person_id=row.held_by_person_id,
            specialties=tuple(row.specialties),
            language=row.language,
        )

    def _assessment(self, row: AssessmentRow) -> Assessment:
        evidence = self._session.scalars(
            select(EvidenceRow).where(EvidenceRow.assessment_id == row.id).order_by(EvidenceRow.id)
        )
        return Assessment(
            id=row.id,
            interview_id=row.interview_id,
            state=row.state,
            method=row.method,
            pack_version=row.pack_version,
            prompt_version=row.prompt_version,
            note=row.note,
            attempts=row.attempts,
            evidence=tuple(
                Evidence(
                    competency=one.competency, turn_id=one.turn_id, start=one.start, end=one.end,
                    quote=one.quote, found_by=one.found_by,
                )
                for one in evidence
            ),
            scores=tuple(
                Score(one.competency, one.level, one.spread, tuple(one.readings), one.backed, one.rubric, one.prompt_version, one.model)
                for one in self._session.scalars(select(ScoreRow).where(ScoreRow.assessment_id == row.id).order_by(ScoreRow.id))
            ),
            raised=tuple(
                RaisedRedFlag(one.red_flag, one.turn_id, one.start, one.end, one.quote)
                for one in self._session.scalars(select(RaisedFlagRow).where(RaisedFlagRow.assessment_id == row.id).order_by(RaisedFlagRow.id))
            ),
            finished_at_utc=row.finished_at_utc,
        )


def _turn(row: TurnRow) -> Turn:
    return Turn(
        id=row.id,
        position=row.position,
        speaker=cast(Speaker, row.speaker),
        text=row.text,
        question_id=row.question_id,
        competency=row.competency,
        at_utc=row.at_utc,
    )
