"""The triggers that keep the index of tasks' files right (``file_index.py``): part of the statement, whoever changes a task."""

from __future__ import annotations

from collections.abc import Iterator

_TASK = "task"
_NAMES_FILES = "({row}.data{text} LIKE '%upload/%' OR {row}.data{text} LIKE '%local-files%')"
_DUE = "INSERT INTO ls_expert_task_files_due (project_id, first_task_id, last_task_id) VALUES (NEW.project_id, NEW.id, NEW.id)"
_GONE = "DELETE FROM ls_expert_task_file WHERE task_id = OLD.id"
# Name, event, which row has to name files, what else has to hold, and what is done.
TRIGGERS = (
    ("ls_expert_files_of_new", "INSERT", "NEW", "", _DUE),
    ("ls_expert_files_of_changed", "UPDATE OF data", "NEW", "OLD.data{text} {differs} NEW.data{text}", _DUE),
    ("ls_expert_files_of_deleted", "DELETE", "OLD", "", _GONE),
)


def definitions(vendor: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, table, the SQL that makes it, and on PostgreSQL its function's body. ``vendor`` is Django's name: "sqlite" or "postgresql"."""
    is_sqlite = vendor == "sqlite"
    text, differs = ("", "IS NOT") if is_sqlite else ("::text", "IS DISTINCT FROM")
    for name, event, row, more, action in TRIGGERS:
        when = _NAMES_FILES.format(row=row, text=text) + (" AND " + more.format(text=text, differs=differs) if more else "")
        if is_sqlite:
            yield name, _TASK, f"CREATE TRIGGER {name} AFTER {event} ON {_TASK} FOR EACH ROW WHEN {when} BEGIN {action}; END", ""
        else:
            create = f"CREATE TRIGGER {name} AFTER {event} ON {_TASK} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {name}()"
            yield name, _TASK, create, f" BEGIN {action}; RETURN NULL; END "
