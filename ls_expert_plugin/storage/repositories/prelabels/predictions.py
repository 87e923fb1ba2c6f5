"""Repository of cached predictions, their scores, and the predictor that each project uses."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session

from ls_expert_plugin.ml_backend.learned.score_calibration import Calibration, Judged
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec, from_json
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionKey
from ls_expert_plugin.storage.encryption.sealed_columns import Placed, place_of
from ls_expert_plugin.storage.tables import (
    Base,
    CursorRow,
    MlProjectRow,
    PersonRow,
    PrelabelCalibrationRow,
    PrelabelOutcomeRow,
    PrelabelRow,
    PrelabelScoreRow,
    ProjectRow,
    VerificationRow,
)
from ls_expert_plugin.storage.upsert import insert_if_absent, insert_into, upsert

if TYPE_CHECKING:
    from ls_expert_plugin.agreement.ab_metrics import Outcome

# Who has taken a key and not answered for so long is gone.
TAKEN_FOR = dt.timedelta(minutes=15)
KEPT = dt.timedelta(hours=24)
AT_A_TIME = 200
FORGOTTEN_AT_A_TIME = 5000
_RESULT = Base.metadata.tables[PrelabelRow.__tablename__].c.result
# Name of the cursor through a project's annotations.
_OUTCOMES = "outcomes_of_project_{}"
_KEY = ("ls_project_id", "ls_task_id", "version", "content")


class Prelabels:
    """Repository of answers under way and made lately."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def those(self, keys: Sequence[PredictionKey]) -> dict[PredictionKey, tuple[dict[str, Any] | None, dt.datetime]]:
        """The answer, None while it is made, and since when."""
        row = PrelabelRow
        rows = self._session.execute(
            select(row.ls_project_id, row.ls_task_id, row.version, row.content, row.result, row.taken_at_utc)
            .where(tuple_(row.ls_project_id, row.ls_task_id, row.version, row.content).in_([key_columns(key) for key in keys]))
        ).all() if keys else []
        return {PredictionKey(*one[:4]): (None if one[4] is None else json.loads(one[4]), one[5]) for one in rows}

    def take(self, keys: Sequence[PredictionKey], now: dt.datetime, taken_for: dt.timedelta) -> tuple[dict[PredictionKey, dict[str, Any]], set[PredictionKey]]:
        """Take the lease of keys that nobody is making, as ``StoredPredictionCache`` says; those taken too long ago are taken over.

        In one order: two who take the same never wait in a circle.
        """
        row = PrelabelRow
        added = self._session.execute(
            insert_into(self._session, row).on_conflict_do_nothing().returning(row.ls_project_id, row.ls_task_id, row.version, row.content),
            [{"ls_project_id": key.ls_project_id, "ls_task_id": key.ls_task_id, "version": key.version, "content": key.content,
              "result": None, "taken_at_utc": now} for key in sorted(keys, key=key_columns)],
        ).all() if keys else []
        mine = {PredictionKey(*one) for one in added}
        known = self.those([key for key in keys if key not in mine])
        ready = {key: result for key, (result, _) in known.items() if result is not None}
        for key, (result, since) in sorted(known.items(), key=lambda one: key_columns(one[0])):
            if result is None and now - since > taken_for:
                changed = self._session.execute(
                    update(row).where(*_is(key), row.result.is_(None), row.taken_at_utc == since).values(taken_at_utc=now)
                ).rowcount  # type: ignore[attr-defined]
                mine |= {key} if changed else set()
        return ready, mine

    def put(self, made: Mapping[PredictionKey, dict[str, Any] | None], now: dt.datetime) -> None:
        """Keep answers; forget those that could not be made."""
        if failed := [key_columns(key) for key, result in made.items() if result is None]:
            row = PrelabelRow
            self._session.execute(delete(row).where(tuple_(row.ls_project_id, row.ls_task_id, row.version, row.content).in_(failed)))
        rows = []
        for key, result in made.items():
            if result is not None:
                row_key = dict(zip(_KEY, key_columns(key), strict=True))
                rows.append({**row_key, "result": Placed(json.dumps(result), place_of(_RESULT, row_key)), "taken_at_utc": now})
        upsert(self._session, PrelabelRow, _KEY, rows)

    def forget(self, now: dt.datetime, at_most: int = FORGOTTEN_AT_A_TIME) -> bool:
        """Remove what Label Studio has had long enough to fetch, so many at a time: others get their turn. Whether there may be more."""
        key = [getattr(PrelabelRow, name) for name in _KEY]
        old = select(*key).where(PrelabelRow.taken_at_utc < now - KEPT).limit(at_most)
        gone = self._session.execute(delete(PrelabelRow).where(tuple_(*key).in_(old))).rowcount  # type: ignore[attr-defined]
        return bool(gone == at_most)


class PrelabelScores:
    """Repository of what scores were, and what they are worth."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def put(self, made: Mapping[PredictionKey, dict[str, Any] | None], now: dt.datetime) -> None:
        """Keep the scores of those that have one."""
        rows = [
            {"ls_project_id": key.ls_project_id, "version": key.version, "ls_task_id": key.ls_task_id, "score": float(result["score"]), "made_at_utc": now}
            for key, result in made.items() if result and isinstance(result.get("score"), int | float)
        ]
        upsert(self._session, PrelabelScoreRow, ("ls_project_id", "version", "ls_task_id"), rows)

    def of_tasks(self, ls_project_id: int, version: str, ls_task_ids: Collection[int]) -> dict[int, float]:
        """The scores of a version, of these tasks."""
        row = PrelabelScoreRow
        found = self._session.execute(select(row.ls_task_id, row.score).where(
            row.ls_project_id == ls_project_id, row.version == version, row.ls_task_id.in_(sorted(ls_task_ids)),
        )).all()
        return {one[0]: one[1] for one in found}

    def projects(self) -> dict[int, str]:
        """The domain of each project that has scores and a domain."""
        row, project = PrelabelScoreRow, ProjectRow
        has_scores = select(row.ls_task_id).where(row.ls_project_id == project.ls_project_id).exists()
        found = self._session.execute(
            select(project.ls_project_id, project.domain).where(project.domain.is_not(None), project.gone_at_utc.is_(None), has_scores)
        ).all()
        return {one[0]: one[1] or "" for one in found}

    def read_through(self, ls_project_id: int) -> int:
        """The annotation through which outcomes of a project have been read."""
        position = self._session.scalar(select(CursorRow.position).where(CursorRow.name == _OUTCOMES.format(ls_project_id)))
        return int(position) if position else 0

    def take_in(self, ls_project_id: int, before: int, outcomes: Sequence[Outcome], after: int, now: dt.datetime) -> bool:
        """Keep what became of pre-labels, of annotations between ``before`` and ``after``; False: somebody else has."""
        name = _OUTCOMES.format(ls_project_id)
        insert_if_absent(self._session, CursorRow, {"name": name, "position": "0", "updated_at_utc": now})
        cursor = self._session.get_one(CursorRow, name, with_for_update={"key_share": True}, populate_existing=True)
        if int(cursor.position) != before:
            return False
        rows = []
        for version in {one.version for one in outcomes}:
            theirs = [one for one in outcomes if one.version == version]
            scores = self.of_tasks(ls_project_id, version, {one.ls_task_id for one in theirs})
            rows += [
                {"ls_project_id": ls_project_id, "version": version, "ls_user_id": one.ls_user_id, "score": scores[one.ls_task_id],
                 "stood": one.edits == 0, "is_blind": one.is_blind, "read_at_utc": now} for one in theirs if one.ls_task_id in scores
            ]
        if rows:
            self._session.execute(insert(PrelabelOutcomeRow), rows)
        cursor.position, cursor.updated_at_utc = str(after), now
        self._session.flush()
        return True

    def judged(self, ls_project_id: int, domain: str, now: dt.datetime) -> dict[str, list[Judged]]:
        """By version, what became of pre-labels where somebody who is verified now annotated; those that are alike together."""
        row, verification = PrelabelOutcomeRow, VerificationRow
        verified = select(PersonRow.ls_user_id).join(verification, verification.person_id == PersonRow.id).where(
            verification.domain == domain, verification.status == "verified",
            or_(verification.valid_until_utc.is_(None), verification.valid_until_utc > now),
        )
        rows = self._session.execute(
            select(row.version, row.score, row.stood, row.is_blind, func.count())
            .where(row.ls_project_id == ls_project_id, row.ls_user_id.in_(verified)).group_by(row.version, row.score, row.stood, row.is_blind)
        )
        found = defaultdict[str, list[Judged]](list)
        for version, score, stood, is_blind, count in rows:
            found[version].append(Judged(score, stood, is_blind, count))
        return found

    def forget(self, before: dt.datetime, limit: int) -> int:
        """Remove at most so many scores, and so many outcomes, from before then; how many."""
        removed = 0
        score, outcome = PrelabelScoreRow, PrelabelOutcomeRow
        key = (score.ls_project_id, score.version, score.ls_task_id)
        old = select(*key).where(score.made_at_utc < before).order_by(score.made_at_utc).limit(limit)
        removed += int(self._session.execute(delete(score).where(tuple_(*key).in_(old))).rowcount)  # type: ignore[attr-defined]
        ids = select(outcome.id).where(outcome.read_at_utc < before).order_by(outcome.read_at_utc).limit(limit)
        removed += int(self._session.execute(delete(outcome).where(outcome.id.in_(ids))).rowcount)  # type: ignore[attr-defined]
        return removed

    def calibration(self, ls_project_id: int, version: str) -> Calibration | None:
        """What the scores of a version are worth; None: not known."""
        row = self._session.get(PrelabelCalibrationRow, (ls_project_id, version), populate_existing=True)
        return Calibration(row.slope, row.intercept, row.outcomes, row.is_blind) if row else None

    def calibrate(self, ls_project_id: int, version: str, learnt: Calibration, now: dt.datetime) -> None:
        """Keep the calibration of a version's scores."""
        upsert(self._session, PrelabelCalibrationRow, ("ls_project_id", "version"), [{
            "ls_project_id": ls_project_id, "version": version, "slope": learnt.slope, "intercept": learnt.intercept, "outcomes": learnt.outcomes,
            "is_blind": learnt.is_blind, "learnt_at_utc": now,
        }])


class MlProjects:
    """Repository of what each project is pre-labelled by."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def active(self, ls_project_id: int) -> PredictorSpec | None:
        """The recipe that was switched on. None: none was."""
        row = self._session.get(MlProjectRow, ls_project_id)
        return from_json(row.recipe) if row and row.recipe else None

    def extra_params(self, ls_project_id: int) -> Any:
        """What Label Studio sends as ``extra_params`` of the project's ML backend, as it was sent last."""
        row = self._session.get(MlProjectRow, ls_project_id)
        return row.extra_params.get("value") if row and row.extra_params else None

    def switch(self, ls_project_id: int, recipe: PredictorSpec, now: dt.datetime, *, only_first: bool = False) -> bool:
        """Put a recipe into use; with ``only_first``, where none is. Whether it changed."""
        row = self._row(ls_project_id, now)
        if only_first and row.recipe and not from_json(row.recipe).is_empty or row.recipe and from_json(row.recipe) == recipe:
            return False
        row.recipe, row.switched_at_utc = recipe.as_json(), now
        self._session.flush()
        return True

    def set_extra_params(self, ls_project_id: int, extra_params: Any, now: dt.datetime) -> None:
        """Keep the parameters that ``/setup`` brought along."""
        row = self._row(ls_project_id, now)
        row.extra_params = {"value": extra_params}
        self._session.flush()

    def _row(self, ls_project_id: int, now: dt.datetime) -> MlProjectRow:
        insert_if_absent(self._session, MlProjectRow, {"ls_project_id": ls_project_id, "recipe": {}, "extra_params": {}, "switched_at_utc": now})
        return self._session.get_one(MlProjectRow, ls_project_id, with_for_update={"key_share": True}, populate_existing=True)


def key_columns(key: PredictionKey) -> tuple[int, int, str, str]:
    return key.ls_project_id, key.ls_task_id, key.version, key.content


def _is(key: PredictionKey) -> tuple[Any, ...]:
    row = PrelabelRow
    return row.ls_project_id == key.ls_project_id, row.ls_task_id == key.ls_task_id, row.version == key.version, row.content == key.content
