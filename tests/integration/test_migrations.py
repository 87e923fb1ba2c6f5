"""The service's database: migrations make exactly the tables that the code works with."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from ls_expert_plugin.storage.migrate import current_revision, migrate, newest_revision, problem_with
from ls_expert_plugin.storage.store import Store
from ls_expert_plugin.storage.tables import Base


def test_migrating_an_empty_database_makes_every_table_as_the_code_has_it(database_url: str) -> None:
    """No table, column, index or constraint is missing, and none is too many."""
    assert problem_with(database_url) == "The database does not have this version's tables yet. Run `ls-expert migrate` first."
    assert migrate(database_url) == f"The database is now at {newest_revision()}, made new."
    store = Store(database_url)
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    store.close()


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    """The second time says that all is well, and start-up has no complaint."""
    migrate(database_url)
    assert migrate(database_url) == "The database is up to date."
    assert current_revision(database_url) == newest_revision() and problem_with(database_url) is None


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    """The sentence says which, and shows no secret."""
    problem = problem_with("postgresql+psycopg://someone:very-secret@127.0.0.1:1/nothing")
    assert problem is not None and "127.0.0.1:1/nothing" in problem and "does not answer" in problem and "very-secret" not in problem
