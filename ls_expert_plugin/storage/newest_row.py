"""Query of the newest row of a table that fits: of interviews, assessments, runs the one that was added last counts."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, inspect, select
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import Base

Row = TypeVar("Row", bound=Base)


def newest(session: Session, table: type[Row], fits: ColumnElement[bool]) -> Row | None:
    """The row with the highest id of those that fit, as it is in the database now; None: none does."""
    (key,) = inspect(table).primary_key
    return session.scalars(select(table).where(fits).order_by(key.desc()).limit(1).execution_options(populate_existing=True)).one_or_none()
