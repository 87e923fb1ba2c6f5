"""Queries that must not become scans: each is planned by the database itself, where the tables that grow are filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, subject_of
from ls_expert_plugin.routing.values import Membership
from ls_expert_plugin.storage.repositories.people.erasures import REMOVED
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from tests.support.query_plans import analyze, scanned, sent

pytestmark = pytest.mark.database
NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.timezone.utc)
DAY = dt.timedelta(days=1)
ROWS = 20_000
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
# Rows by hand, for what only has to be many. {now} is a moment; people are 1 to 100, projects 1 to 200.
_FILLED = (
    "INSERT INTO person (id, ls_user_id, email, name, role, joined_at_utc)"
    f" {_NUMBERS} SELECT i, i, i || '@example.org', '', 'expert', {{now}} FROM n WHERE i <= 2000",
    "INSERT INTO verification (id, person_id, domain, status, reason, revision, specialties, created_at_utc, updated_at_utc)"
    f" {_NUMBERS} SELECT i, i, 'law', 'verified', '', 1, '[]', {{now}}, {{now}} FROM n WHERE i <= 2000",
    f"INSERT INTO control_turn (ls_user_id, tried_at_utc, counted_through_utc) {_NUMBERS} SELECT i, {{now}}, {{now}} FROM n WHERE i <= 2000",
    "INSERT INTO project (ls_project_id, title, domain, specialties, all_specialties, languages, jurisdictions, credential_kinds, add_on, mode,"
    " shows_others_work, shows_tasks_without_specialty, rules_revision, rules_pushed_revision, updated_at_utc)"
    f" {_NUMBERS} SELECT i, '', CASE i % 3 WHEN 0 THEN 'law' WHEN 1 THEN 'medicine' ELSE 'finance' END, '[]', false, '[]', '[]', '[]', '[]', 'open',"
    " false, false, 0, 0, {now} FROM n WHERE i <= 200",
    "INSERT INTO membership (ls_user_id, ls_project_id, active, valid_until_utc, reason, specialties, revision, pushed_revision, updated_at_utc)"
    f" {_NUMBERS} SELECT i % 100 + 1, i / 100 + 1, true, {{later}}, '', '[]', 1, 1, {{now}} FROM n",
    "INSERT INTO work_event (outbox_id, kind, ls_user_id, ls_project_id, ls_task_id, ls_annotation_id, was_cancelled, at_utc)"
    f" {_NUMBERS} SELECT '0.' || i, 'annotation_created', i % 100 + 1, i % 200 + 1, i, i, false, {{now}} FROM n",
    "INSERT INTO model_call (purpose, model, prompt_version, prompt_sha256, tokens_in, tokens_out, duration_ms, attempts, outcome, at_utc, subject)"
    f" {_NUMBERS} SELECT 'ml_backend.prelabel', 'm', '1', '', 100, 10, 900, 1, 'ok', {{now}}, 'project ' || (i % 200 + 1) || ' v1' FROM n",
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store with many rows in the tables that grow with people's work."""
    folder: Path = tmp_path_factory.mktemp("plans")
    is_sqlite = request.param == "sqlite"
    store = Database(f"sqlite:///{folder / 'one.sqlite3'}" if is_sqlite else request.getfixturevalue("postgresql").new_database())
    Base.metadata.create_all(store.engine)
    now = f"'{NOW:%Y-%m-%d %H:%M:%S}.000000'" if is_sqlite else f"timestamptz '{NOW.isoformat()}'"
    later = f"datetime({now}, i || ' minutes') || '.000000'" if is_sqlite else f"{now} + i * interval '1 minute'"
    with store.engine.begin() as connection:
        for statement in _FILLED:
            connection.execute(text(statement.format(rows=ROWS, now=now, later=later)))
    analyze(store)
    yield store
    store.close()


CALLS: dict[str, Callable[[UnitOfWork], object]] = {
    "what a recheck rests on": lambda unit: unit.recheck_facts.of(unit.verifications.with_status("verified")[:5], NOW),
    "what pre-labels of a project cost": lambda unit: unit.usage.by_day(NOW - 30 * DAY, PURPOSE, subject_of(7, "")),
    "what one call of a project costs": lambda unit: unit.usage.of_one_call(PURPOSE, subject_of(7, "")),
    "what one call of a project without any costs": lambda unit: unit.usage.of_one_call(PURPOSE, subject_of(700, "")),
    "what somebody's questions cost today": lambda unit: unit.usage.tokens_of("person x", NOW.replace(hour=0), 500),
    "memberships that have ended by now": lambda unit: unit.memberships.passed(NOW),
    "which projects have other members than these": lambda unit: unit.memberships.unlike([7, 8], [Membership(1, 7, True, None, "", 1)]),
    "calls of long ago": lambda unit: unit.usage.forget_calls(NOW - 100 * DAY, 100),
    "the memberships of one person": lambda unit: unit.memberships.of(7),
    "the project that somebody worked on last": lambda unit: unit.events.last_project_of(7),
    "whose answers to control tasks are to be counted": lambda unit: unit.control.waiting(NOW + DAY, NOW - DAY, 500),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_what_is_asked_often_reads_no_table_that_grows_as_a_whole(filled: Database, call: Callable[[UnitOfWork], object]) -> None:
    """However much there is of others, it is found by an index. Projects and people may be read: they are few."""
    assert not scanned(filled, call) & {"membership", "work_event", "model_call"}


def test_a_recheck_asks_no_more_for_two_hundred_than_for_one(filled: Database) -> None:
    """As many statements, whoever is looked at again."""
    asked = []
    for number in (1, 200):
        with filled.read() as unit, sent(filled.engine) as statements:
            assert len(unit.recheck_facts.of(unit.verifications.with_status("verified")[:number], NOW)) == number
        asked.append(len(statements))
    assert asked[0] == asked[1] < 12


def test_what_is_deleted_is_looked_for_by_an_index_wherever_something_points_to_it() -> None:
    """Deleting a row makes the database look for rows that point to it: one scan for each word of an interview, where there is no index."""
    unserved = [
        str(column) for table in Base.metadata.sorted_tables for column in table.columns for key in column.foreign_keys
        if key.column.table.name in REMOVED
        and column.name not in {_first(index) for index in (*table.indexes, table.primary_key)}
        and not any(_first(one) == column.name for one in table.constraints if type(one).__name__ == "UniqueConstraint")
    ]
    assert unserved == []


def _first(of: Any) -> str:
    """The name of the first column of an index or a constraint."""
    return str(next(iter(of.columns)).name)
