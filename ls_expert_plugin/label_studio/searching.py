"""By what experts may filter and order tasks. A filter on other people's work would tell it, bit by bit.

Pure. A list of what is allowed: columns that say nothing of who did what, and the task's own data. Shapes and names are
those of ``data_manager/functions.py`` in 1.23.2, which takes a prefix and a minus away in more than one order.

Pre-labels are not searched by: experts would find those that the blind arm hides.

Where a project shows others' work, columns made of annotations may be searched by too. Drafts stay private there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

SEARCHABLE = frozenset({
    "id", "inner_id", "created_at", "updated_at", "completed_at", "total_annotations", "cancelled_annotations",
    "file_upload", "storage_filename",
})
OTHERS_WORK = frozenset({"annotations_results", "annotations_ids", "annotators", "updated_by", "avg_lead_time"})
# Where a filter or an order names its column.
_NAMING = frozenset({"filter", "column", "ordering"})


def is_searchable(column: str, shows_others: bool = False) -> bool:
    """Whether this column, written as in a filter or an order, may be searched by."""
    name = column.removeprefix("-").removeprefix("filter:").removeprefix("tasks:").removeprefix("-")
    return name in SEARCHABLE or name.startswith("data.") or (shows_others and name in OTHERS_WORK)


def searches_only_allowed(asked: Any, shows_others: bool = False) -> bool:
    """Whether every column named in filters and orders, however deep, may be searched by. Takes parsed JSON."""
    return all(isinstance(column, str) and is_searchable(column, shows_others) for column in _columns(asked))


def _columns(asked: Any) -> Iterator[Any]:
    if isinstance(asked, list):
        for item in asked:
            yield from _columns(item)
    elif isinstance(asked, dict):
        for name, value in asked.items():
            if name in _NAMING:
                yield from _flat(value)
            elif name != "value":  # what is looked for, not where
                yield from _columns(value)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value not in ({}, "", None):
        yield value
