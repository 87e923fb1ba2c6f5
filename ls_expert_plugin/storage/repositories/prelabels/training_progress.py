"""Repository of how many annotations each project has, and from how many on learning is attempted next."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ls_expert_plugin.ml_backend.learned.training_schedule import Progress
from ls_expert_plugin.storage.tables import ExampleSetRow, ProjectRow, TrainingProgressRow


class TrainingProgress:
    """A counter for each project, kept as events come in: nobody counts all events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, annotations: Mapping[int, int]) -> None:
        """So many more annotations of these projects."""
        if annotations:
            dialect = postgresql if self._session.get_bind().dialect.name == "postgresql" else sqlite
            added = dialect.insert(TrainingProgressRow)
            self._session.execute(added.on_conflict_do_update(
                index_elements=["ls_project_id"], set_={"annotations": TrainingProgressRow.annotations + added.excluded.annotations}
            ), [
                {"ls_project_id": project, "annotations": count, "next_attempt": 0, "attempted_experts": 0}
                for project, count in sorted(annotations.items())
            ])

    def attempted(self, ls_project_id: int, next_attempt: int, experts: int) -> None:
        """Learning was attempted, successfully or not, with so many experts; the next time is at ``next_attempt`` annotations."""
        self._session.execute(
            update(TrainingProgressRow).where(TrainingProgressRow.ls_project_id == ls_project_id)
            .values(next_attempt=next_attempt, attempted_experts=experts)
        )

    def all(self, at_least: int) -> list[Progress]:
        """Of every project that asks for a domain and has so many annotations, with the size of its newest example set."""
        newest = (
            select(ExampleSetRow.ls_project_id, ExampleSetRow.example_count, func.row_number().over(
                partition_by=ExampleSetRow.ls_project_id, order_by=(ExampleSetRow.created_at_utc.desc(), ExampleSetRow.id.desc())
            ).label("age")).subquery()
        )
        row = TrainingProgressRow
        rows = self._session.execute(
            select(row.ls_project_id, ProjectRow.domain, row.annotations, row.next_attempt, row.attempted_experts, newest.c.example_count)
            .join(ProjectRow, ProjectRow.ls_project_id == row.ls_project_id)
            .outerjoin(newest, (newest.c.ls_project_id == row.ls_project_id) & (newest.c.age == 1))
            .where(ProjectRow.domain.is_not(None), ProjectRow.gone_at_utc.is_(None), row.annotations >= at_least).order_by(row.ls_project_id)
        )
        return [Progress(*one) for one in rows]
