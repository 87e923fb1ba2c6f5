"""What is in Label Studio's database and among its files, apart from what some people and projects own: compared before and
after, it tells what somebody did to others.

    python state.py {"own_people": [...], "own_projects": [...]}   prints a summary for each kind of row
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Iterator, Mapping
from typing import Any

# Written for everybody whoever asks, and nothing in them belongs to anyone: what the outbox and the audit keep is tried elsewhere.
_BOOKKEEPING = ("ls_expert", "contenttypes", "sessions", "admin")
# Made for tabs, and bound to one only from the tab's side: new ones are somebody's own, old ones must stay as they are.
_OF_TABS = ("Filter", "FilterGroup", "FilterGroup_filters")
_AUTHORS = ("completed_by_id", "user_id")
State = Mapping[str, str]


def take(own_people: Collection[int], own_projects: Collection[int], tables: Collection[str] | None = None) -> dict[str, str]:
    """Each row of others as text by "Model pk", and each file's checksum by its name. ``tables``: rows of these alone."""
    found: dict[str, str] = {}
    for model in _models(tables):
        for row in model._base_manager.values():
            if not _is_own(model, row, own_people, own_projects):
                found[f"{model.__name__} {row[model._meta.pk.attname]}"] = json.dumps(row, default=str, sort_keys=True)
    return {**found, **_files()}


def only(state: State, tables: Collection[str]) -> State:
    """What ``take`` would have given of these tables alone."""
    names = {model.__name__ for model in _models(tables)}
    return {name: told for name, told in state.items() if name.startswith("file ") or name.split()[0] in names}


def _models(tables: Collection[str] | None) -> Iterator[Any]:
    from django.apps import apps

    for model in apps.get_models(include_auto_created=True):
        is_looked_at = model._meta.app_label not in _BOOKKEEPING and model._meta.managed and not model._meta.proxy
        if is_looked_at and (tables is None or model._meta.db_table in tables):
            yield model


def changed(before: State, after: State) -> list[str]:
    """One line for each row or file that came, went or changed."""
    return [
        f"{name}: {_shown(before.get(name), after.get(name))}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name) and not (name not in before and name.startswith(tuple(f"{kind} " for kind in _OF_TABS)))
    ]


def _shown(old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return f"{'came' if old is None else 'went'}: {(old or new or '')[:300]}"
    at = next((place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
    return f"…{old[max(0, at - 60):at + 60]}… became …{new[max(0, at - 60):at + 60]}…"


def _is_own(model: Any, row: Mapping[str, Any], people: Collection[int], projects: Collection[int]) -> bool:
    """By its project where it has one: what an expert adds to a foreign project is not their own, and neither is what a
    colleague has made in theirs. By its person otherwise."""
    from tasks.models import Task

    if model.__name__ in ("User", "Project"):
        return row["id"] in (people if model.__name__ == "User" else projects)
    if any(row.get(author) is not None and row[author] not in people for author in _AUTHORS):
        return False
    if row.get("task_id") is not None:
        return Task._base_manager.filter(pk=row["task_id"], project_id__in=projects).exists()
    if row.get("project_id") is not None:
        return row["project_id"] in projects
    return any(
        row[field.attname] in people for field in model._meta.concrete_fields if field.is_relation and field.related_model.__name__ == "User"
    )


def _files() -> dict[str, str]:
    from pathlib import Path

    from django.conf import settings

    root = Path(settings.MEDIA_ROOT)
    files = (path for path in root.rglob("*") if path.is_file() and "avatars" not in path.parts and path.suffix not in (".sqlite3", ".log"))
    return {f"file {path.relative_to(root)}": hashlib.sha256(path.read_bytes()).hexdigest() for path in files if "sqlite3" not in path.name}


if __name__ == "__main__":
    from start import start

    start()
    print(json.dumps({name.split()[0]: 0 for name in take(**json.loads(sys.argv[1]))}))
