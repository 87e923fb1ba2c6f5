"""By what experts may filter and order tasks. A filter on other people's work would tell it, bit by bit.

Pure. A list of what is allowed: columns that say nothing of who did what, and the task's own data. Shapes and names are
those of ``data_manager/functions.py`` in 1.23.2, which takes a prefix and a minus away in more than one order.

Pre-labels are not searched by: experts would find those that the blind arm hides.

Where a project shows others' work, columns made of annotations may be searched by too. Drafts stay private there.

Not by regular expressions, neither as an operator nor as a lookup at the end of a column's name (``data.text__regex``): SQLite has Python
search for them, which some patterns keep busy for hours, and with it everybody's requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SEARCHABLE = frozenset({
    "id", "inner_id", "created_at", "updated_at", "completed_at", "total_annotations", "cancelled_annotations",
    "file_upload", "storage_filename",
})
OTHERS_WORK = frozenset({"annotations_results", "annotations_ids", "annotators", "updated_by", "avg_lead_time"})
# Where a filter or an order names its column, and how it compares.
_NAMING, _COMPARING = frozenset({"filter", "column", "ordering"}), frozenset({"operator"})
# Of the keys of a task's data. Two low lines part a column from a lookup in Django; the others end in an error of Label Studio's.
_NOT_IN_KEYS = ("__", "'", '"', ";", "\x00", "\\")


def is_searchable(column: str, shows_others: bool = False) -> bool:
    """Whether this column, written as in a filter or an order, may be searched by."""
    name = column.removeprefix("-").removeprefix("filter:").removeprefix("tasks:")
    name = name if column.startswith("-") else name.removeprefix("-")
    return name in SEARCHABLE or (name.startswith("data.") and _is_key(name[5:])) or (shows_others and name in OTHERS_WORK)


def _is_key(key: str) -> bool:
    """Whether Label Studio can search by this key of a task's data; it parts what it is given at each dot and two low lines."""
    return not key.endswith("_") and all(key.split(".")) and not any(part in key for part in _NOT_IN_KEYS)


def searches_only_allowed(asked: Any, shows_others: bool = False) -> bool:
    """Whether every column named in filters and orders, however deep, may be searched by. Takes parsed JSON."""
    return (
        all(isinstance(column, str) and is_searchable(column, shows_others) for column in _found(asked, _NAMING))
        and all(isinstance(operator, str) and "regex" not in operator.lower() for operator in _found(asked, _COMPARING))
    )


def _found(asked: Any, keys: frozenset[str]) -> Iterator[Any]:
    if isinstance(asked, list):
        for item in asked:
            yield from _found(item, keys)
    elif isinstance(asked, dict):
        for name, value in asked.items():
            if name in keys:
                yield from _flat(value)
            elif name != "value":  # what is looked for, not where
                yield from _found(value, keys)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value not in ({}, "", None):
        yield value
