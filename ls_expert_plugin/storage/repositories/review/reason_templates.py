"""Repository of the team's own templates for reasons."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import ReasonTemplateRow
from ls_expert_plugin.vetting.review.values import ReasonTemplate


class ReasonTemplates:
    """Repository of texts that a team keeps for reasons, by the decision that they are for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> tuple[ReasonTemplate, ...]:
        """All texts of the team, oldest first."""
        return tuple(ReasonTemplate(row.action, row.text, row.id) for row in self._session.scalars(select(ReasonTemplateRow).order_by(ReasonTemplateRow.id)))

    def add(self, action: str, text: str) -> None:
        """Keep a text for the reasons of this decision."""
        self._session.add(ReasonTemplateRow(action=action, text=text))
        self._session.flush()

    def remove(self, template_id: int) -> None:
        """Remove a text; one that is gone already changes nothing."""
        self._session.execute(delete(ReasonTemplateRow).where(ReasonTemplateRow.id == template_id))
