"""Schema migration of the service's database with Alembic, and the check that it was done."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import SettingError, StartError

_NEWER = (
    "The database is at {}, which this version of the package does not know: a newer one has migrated it. Install that one, or restore the backup "
    "that was made before."
)
_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(database_url: str) -> str:
    """Apply what is missing; returns a sentence for the person who asked. Raises ``StartError``.

    Two at once: one waits for the other, and finds it done.
    """
    before, newest = current_revision(database_url), newest_revision()
    if before == newest:
        return "The database is up to date."
    if _is_newer(before):
        raise StartError(_NEWER.format(before))
    command.upgrade(alembic_config(database_url), "head")
    return f"The database is now at {newest}" + (f", was at {before}." if before else ", made new.")


def problem_with(database_url: str) -> str | None:
    """A sentence when the database does not answer or lacks this version's tables; None when all is well."""
    try:
        revision = current_revision(database_url)
    except StartError as problem:
        return problem.message
    if revision == newest_revision():
        return None
    if _is_newer(revision):
        return _NEWER.format(revision)
    return "The database does not have this version's tables yet. Run `ls-expert migrate` first."


def current_revision(database_url: str) -> str | None:
    """Revision of the database; None for an empty one. Raises ``StartError`` when it does not answer."""
    try:
        engine = create_engine(database_url)
    except (ArgumentError, ImportError) as problem:
        raise SettingError(f"LS_EXPERT_DATABASE_URL: {type(problem).__name__}: write it like postgresql+psycopg://user:password@host/name") from None
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as problem:
        raise StartError(f"The database {engine.url.render_as_string(hide_password=True)} does not answer ({type(problem).__name__}).") from None
    finally:
        engine.dispose()


def _is_newer(revision: str | None) -> bool:
    """Whether this package knows nothing of that revision."""
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config("sqlite://")).walk_revisions()}
    return revision is not None and revision not in known


def newest_revision() -> str:
    """The revision this version of the package needs."""
    head = ScriptDirectory.from_config(alembic_config("sqlite://")).get_current_head()
    if head is None:
        raise StartError("The package was installed without its database migrations. Install it again.")
    return head


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration for this database and our migrations."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["database_url"] = database_url
    return config


def require_migrated(settings: Settings) -> None:
    """Raises ``StartError`` unless the database answers and has this version's tables."""
    problem = problem_with(settings.database_url)
    if problem is not None:
        raise StartError(problem)
