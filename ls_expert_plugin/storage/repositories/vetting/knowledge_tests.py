"""Repository of knowledge tests: what was asked and answered, and difficulties estimated from it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import cast

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.storage.tables import ItemDifficultyRow, SittingAnswerRow, SittingRow, VerificationRow
from ls_expert_plugin.vetting.knowledge_test.calibration import Marked
from ls_expert_plugin.vetting.knowledge_test.values import Difficulty, Held, ItemResponse, Letter, Outcome, Result, Sitting


class Sittings:
    """Repository of knowledge tests, by verification; answers are only ever added. Answers are only ever added."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, verification_id: int) -> tuple[Held, ...]:
        """All tests of a verification, oldest first."""
        rows = self._session.scalars(
            select(SittingRow).where(SittingRow.verification_id == verification_id).order_by(SittingRow.id).execution_options(populate_existing=True)
        )
        return tuple(self._held(row) for row in rows)

    def add(self, verification_id: int, pack_version: int, sitting: Sitting, now: dt.datetime) -> Held:
        """Begin a knowledge test that has no answers yet. The caller has locked the verification."""
        row = SittingRow(
            verification_id=verification_id, pack_version=pack_version, seed=sitting.seed, specialties=sorted(sitting.specialties),
            excluded=sorted(sitting.excluded), started_at_utc=now, ended_by="",
        )
        self._session.add(row)
        self._session.flush()
        return self._held(row)

    def add_answer(self, sitting_id: int, position: int, answer: ItemResponse, logits: float) -> None:
        """Save an answer, counted from 0. Raises ``Conflict`` when there is one at this position."""
        row = SittingAnswerRow(
            sitting_id=sitting_id, position=position, item_id=answer.item_id, letter=answer.letter, option=answer.option, right=answer.right,
            logits=logits, answered_at_utc=answer.answered_at_utc,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            raise Conflict("This question was answered in another tab. Load the page again.") from None

    def end(self, sitting_id: int, result: Result, now: dt.datetime) -> None:
        """Write down the result of a test that is over."""
        row = self._session.get_one(SittingRow, sitting_id)
        row.ended_at_utc, row.outcome, row.ended_by = now, result.outcome, result.ended_by
        row.ability, row.standard_error = result.estimate.ability, result.estimate.standard_error
        self._session.flush()

    def calibrated(self, domain: str) -> dict[str, Difficulty]:
        """Difficulties of a domain that come from answers, by item."""
        rows = self._session.scalars(select(ItemDifficultyRow).where(ItemDifficultyRow.domain == domain))
        return {row.item_id: Difficulty(row.logits, row.standard_error, row.answers) for row in rows}

    def set_calibrated(self, domain: str, difficulties: Mapping[str, Difficulty], now: dt.datetime) -> None:
        """Put these in place of what was there."""
        self._session.execute(delete(ItemDifficultyRow).where(ItemDifficultyRow.domain == domain))
        self._session.add_all(
            ItemDifficultyRow(
                domain=domain, item_id=item_id, logits=one.logits, standard_error=one.standard_error, answers=one.answers, calibrated_at_utc=now,
            )
            for item_id, one in difficulties.items() if one.standard_error is not None
        )
        self._session.flush()

    def marked(self, domain: str) -> list[Marked]:
        """Every answer given in a domain, oldest first: whose, to what, and whether it was right."""
        rows = self._session.execute(
            select(VerificationRow.person_id, SittingAnswerRow.item_id, SittingAnswerRow.right)
            .join(SittingRow, SittingRow.id == SittingAnswerRow.sitting_id).join(VerificationRow, VerificationRow.id == SittingRow.verification_id)
            .where(VerificationRow.domain == domain).order_by(SittingAnswerRow.id)
        )
        return [Marked(str(person), item, right) for person, item, right in rows]

    def exposure(self, domain: str) -> Counter[str]:
        """How many people have been shown each item of a domain."""
        return Counter(item for _, item in {(one.person, one.item_id) for one in self.marked(domain)})

    def _held(self, row: SittingRow) -> Held:
        answers: Iterable[SittingAnswerRow] = self._session.scalars(
            select(SittingAnswerRow).where(SittingAnswerRow.sitting_id == row.id).order_by(SittingAnswerRow.position)
        ).all()
        sitting = Sitting(
            row.seed, tuple(row.specialties), frozenset(row.excluded),
            tuple(ItemResponse(one.item_id, cast("Letter | None", one.letter), one.right, one.answered_at_utc, one.option) for one in answers),
        )
        return Held(
            row.id, row.verification_id, row.pack_version, row.started_at_utc, row.ended_at_utc, cast("Outcome | None", row.outcome),
            row.ability, row.standard_error, sitting, tuple(one.logits for one in answers),
        )
