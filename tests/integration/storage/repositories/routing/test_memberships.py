"""Dates that have passed are found by an index, however many memberships there are."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, text

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import NOW

pytestmark = pytest.mark.database
MANY = """
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 4000)
INSERT INTO membership (ls_user_id, ls_project_id, active, valid_until_utc, reason, specialties, revision, pushed_revision, updated_at_utc)
SELECT n, 1, n % 2 = 0, :until, '', '[]', 1, 1, :until FROM number
"""


def test_each_sweep_looks_only_at_dates_that_have_passed(store: Database) -> None:
    """Not at every membership."""
    with store.engine.begin() as connection:
        until = NOW + dt.timedelta(days=1)
        connection.execute(text(MANY), {"until": until if store.is_postgresql else str(until.replace(tzinfo=None)) + ".000000"})
        connection.execute(text("UPDATE membership SET valid_until_utc = :past WHERE ls_user_id IN (6, 7)"), {
            "past": NOW if store.is_postgresql else str(NOW.replace(tzinfo=None)) + ".000000",
        })
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE membership"))
    asked: list[tuple[str, object]] = []
    event.listen(store.engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3])))
    with store.read() as unit:
        assert unit.memberships.passed(NOW) == {6}
        statement, parameters = next(one for one in asked if "SELECT" in one[0])
        explain = "EXPLAIN " if store.is_postgresql else "EXPLAIN QUERY PLAN "
        plan = str(unit.session.connection().exec_driver_sql(explain + statement, parameters).all())  # type: ignore[call-overload]
    assert "ix_membership_ending" in plan, plan
