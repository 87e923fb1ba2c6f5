"""Repository of the pre-labeller's few-shot example sets, version by version."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ls_expert_plugin.ml_backend.learned.examples import ExampleSet, HeldOutAccuracy
from ls_expert_plugin.storage.tables import ExampleSetRow
from ls_expert_plugin.storage.upsert import upsert


class Examples:
    """Repository of example sets, of which the one added last is in use. The one added last is in use."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def latest(self, ls_project_id: int) -> ExampleSet | None:
        """The set in use for this project."""
        row = self._session.scalars(_newest_first(select(ExampleSetRow), ls_project_id).limit(1)).first()
        return ExampleSet(row.ls_project_id, row.version, row.label_config, tuple(row.examples)) if row else None

    def of_version(self, ls_project_id: int, version: str) -> ExampleSet | None:
        """The example set of one version, if it is kept."""
        row = self._session.scalars(
            select(ExampleSetRow).where(ExampleSetRow.ls_project_id == ls_project_id, ExampleSetRow.version == version)
        ).first()
        return ExampleSet(row.ls_project_id, row.version, row.label_config, tuple(row.examples)) if row else None

    def latest_version(self, ls_project_id: int) -> str | None:
        """The version in use, without reading its examples."""
        return self._session.scalars(_newest_first(select(ExampleSetRow.version), ls_project_id).limit(1)).first()

    def measured(self, ls_project_id: int, version: str) -> HeldOutAccuracy | None:
        """How a set did beside the one before it; None: that was not measured."""
        row = ExampleSetRow
        found = self._session.scalars(select(row.measured).where(row.ls_project_id == ls_project_id, row.version == version)).first()
        return HeldOutAccuracy(found["tasks"], found["newer"], found["before"]) if found else None

    def add(self, example_set: ExampleSet, now: dt.datetime, measured: HeldOutAccuracy | None = None) -> None:
        """Add an example set and put it into use. One that was in use before, under the same version, is put into use again."""
        kept = {"tasks": measured.tasks, "newer": round(measured.newer, 4), "before": round(measured.before, 4)} if measured else None
        upsert(self._session, ExampleSetRow, ("ls_project_id", "version"), [{
            "ls_project_id": example_set.ls_project_id, "version": example_set.version, "label_config": example_set.label_config,
            "examples": [dict(example) for example in example_set.examples], "example_count": len(example_set.examples), "measured": kept,
            "created_at_utc": now,
        }])

    def versions(self, ls_project_id: int) -> list[str]:
        """Every version of this project, the one in use first."""
        return list(self._session.scalars(_newest_first(select(ExampleSetRow.version), ls_project_id)))


def _newest_first(query: Select[Any], ls_project_id: int) -> Select[Any]:
    of_project = query.where(ExampleSetRow.ls_project_id == ls_project_id)
    return of_project.order_by(ExampleSetRow.created_at_utc.desc(), ExampleSetRow.id.desc())
