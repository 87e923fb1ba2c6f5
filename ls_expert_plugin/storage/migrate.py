"""Schema migration of the service's database with Alembic, and the check that it was done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import SettingError, StartError

_SCRIPTS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class SchemaProblem:
    """Why a database cannot be worked with, and what to do about it."""

    sentence: str
    cure: str

    def __str__(self) -> str:
        return f"{self.sentence}. {self.cure}"


def migrate(database_url: str, *, creates: bool = True) -> str:
    """Apply what is missing; returns a sentence for the person who asked. Raises ``StartError``, also where there is nothing yet and not ``creates``.

    Two at once: one waits for the other, and finds it done.
    """
    before, newest, name = current_revision(database_url), newest_revision(), shown(database_url)
    if before == newest:
        return f"The database {name} is up to date, at schema version {newest}."
    if _is_newer(before):
        raise StartError(str(_newer(name, before)))
    if before is None and not creates:
        raise StartError(f"There is no database of the expert service at {name} yet. Run `ls-expert migrate --create` to make one. If yours is elsewhere, set "
                         "LS_EXPERT_DATA_DIR or LS_EXPERT_DATABASE_URL.")
    command.upgrade(alembic_config(database_url), "head")
    return f"Updated database {name} from schema version {before} to {newest}." if before else f"Created database {name}, at schema version {newest}."


def problem_with(database_url: str) -> SchemaProblem | None:
    """What is wrong when the database does not answer or lacks this version's tables; None when all is well."""
    name = shown(database_url)
    try:
        revision = current_revision(database_url)
    except StartError as problem:
        return SchemaProblem(problem.message.rstrip("."), "Start it, or set LS_EXPERT_DATABASE_URL.")
    if revision == newest_revision():
        return None
    if _is_newer(revision):
        return _newer(name, revision)
    if revision is None:
        return SchemaProblem(f"There is no database of the expert service at {name} yet", "Run `ls-expert migrate --create`, or set LS_EXPERT_DATA_DIR or "
                             "LS_EXPERT_DATABASE_URL if yours is elsewhere.")
    return SchemaProblem(f"The database {name} is at schema version {revision}, and this version of the package needs {newest_revision()}",
                         "Run `ls-expert migrate`.")


def _newer(name: str, revision: str | None) -> SchemaProblem:
    return SchemaProblem(f"The database {name} is at {revision}, which this version of the package does not know: a newer one has migrated it",
                         "Install that one, or restore the backup that was made before.")


def current_revision(database_url: str) -> str | None:
    """Revision of the database; None for an empty one, and where there is none. Nothing is made. Raises ``StartError`` when it does not answer."""
    url = _parsed(database_url)
    file = _file(url)
    if file is not None and not Path(file).exists():
        return None
    try:
        engine = create_engine(url)
    except (ArgumentError, ImportError) as problem:
        raise _no_address(problem) from None
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as problem:
        raise StartError(
            f"The database {shown(database_url)} does not answer ({type(problem).__name__}). Check that it runs, and LS_EXPERT_DATABASE_URL."
        ) from None
    finally:
        engine.dispose()


def shown(database_url: str) -> str:
    """A database as it is named in a message: the absolute path of its file, or its address without the password."""
    url = _parsed(database_url)
    file = _file(url)
    return url.render_as_string(hide_password=True) if file is None else str(Path(file).absolute())


def _parsed(database_url: str) -> URL:
    try:
        return make_url(database_url)
    except ArgumentError as problem:
        raise _no_address(problem) from None


def _no_address(problem: Exception) -> SettingError:
    return SettingError(f"LS_EXPERT_DATABASE_URL: {type(problem).__name__}: write it like postgresql+psycopg://user:password@host/name")


def _file(url: URL) -> str | None:
    """The file of a SQLite database; None for any other."""
    return url.database if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith((":memory:", "file:")) else None


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
        raise StartError(str(problem))
