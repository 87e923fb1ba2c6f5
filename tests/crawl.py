"""Where a crawl goes: every address of the live resolver, filled in with the ids of somebody else's project.

Pure: the ids and the patterns come in, addresses and variations go out.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
ABSENT = 987654  # no row of any kind has this id
# Kinds by what stands in the route before the id; the first that fits.
_KINDS = (
    ("annotations/<int:annotation_id>", "annotation"), ("api/annotations/", "annotation"), ("api/drafts/", "draft"), ("predictions/", "prediction"),
    ("dm/^views/", "view"), ("file-upload/", "upload"), ("api/webhooks/", "webhook"), ("api/ml/", "ml"), ("api/users/", "person"),
    ("users/", "person"), ("organization", "organization"), ("label_links/", "label_link"), ("labels/", "label"), ("tasks/<int", "task"),
    ("projects/", "project"),
)
_NAMED = {
    "project_id": "project", "task_id": "task", "annotation_id": "annotation", "user_pk": "person", "export_pk": "export",
    "import_pk": "import", "reimport_pk": "reimport",
}
_WORDS = {"format": "json", "action_id": "delete_tasks", "sub_path": "ml", "queue_index": "0", "scheduler_index": "0", "app_label": "projects"}
_ENTITIES = ("task", "annotation", "project")
# Addresses that end the crawler's own way in; they come last.
ENDING = ("logout", "current-user-reset-token", "jwt_auth:token_blacklist", "jwt_auth:token_rotate", "rest_framework:logout")
# Pages of documentation and files that make up the pages: no data in them, and they are large.
_FILES = re.compile(r"docs|swagger|schema|redoc|static|react-app|label-studio-frontend|sw-?(fallback)?\\\.js|favicon|\^dm/\(")


# Refused as a whole, and many; they know sessions alone.
_MANY = ("admin/", "django-rq/")


@dataclass(frozen=True)
class Pattern:
    """One pattern of the resolver."""

    route: str
    name: str | None

    @property
    def key(self) -> str:
        """What the list of allowed calls knows it by."""
        return self.name or self.route


def worth_crawling(patterns: list[Pattern]) -> list[Pattern]:
    """Without files and documentation; what ends a session last."""
    kept = [pattern for pattern in patterns if not _FILES.search(pattern.route)]
    return sorted(kept, key=lambda pattern: ENDING.index(pattern.name) + 1 if pattern.name in ENDING else 0)


def methods(pattern: Pattern, way: str, allowed: bool) -> tuple[str, ...]:
    """All methods by one way in. What is refused by name is refused whoever asks, so that the others need fewer."""
    if pattern.route.startswith(_MANY):
        return ("GET", "POST") if way == "session" else ()
    if way == "JWT":
        return METHODS
    if allowed:
        return ("GET", "POST")
    return ("GET",) if way == "session" else ()


def addresses(pattern: Pattern, ids: Mapping[str, int], file: str) -> Iterator[str]:
    """The pattern's addresses with these ids and this uploaded file; every id where the route does not say of what."""
    parameters = re.findall(r"<(?:[a-z_]+:)?([a-z_]+)>", pattern.route)
    choices = [[file] if name == "filename" else _values(name, pattern.route, ids) for name in parameters]
    for values in itertools.product(*choices):
        filled = dict(zip(parameters, values, strict=True))
        yield "/" + _plain(pattern.route, filled)


def kind_of(pattern: Pattern) -> str | None:
    """What the ``pk`` of the route is an id of; None where the route does not say."""
    return next((kind for fragment, kind in _KINDS if fragment in pattern.route.replace("^", "") or fragment in pattern.route), None)


def _values(name: str, route: str, ids: Mapping[str, int]) -> list[str]:
    if name in _WORDS:
        return [_WORDS[name]]
    if name == "entity_name":
        return list(_ENTITIES)
    kind = _NAMED.get(name) or (kind_of(Pattern(route, None)) if name in ("pk", "id") else None)
    if kind in ids:
        return [str(ids[kind])]
    if route.startswith("admin/"):
        return [str(ids["project"])]
    if name in ("pk", "id", "entity_id"):
        return sorted({str(value) for value in ids.values()})
    return ["x"]


def _plain(route: str, filled: Mapping[str, str]) -> str:
    """The route as an address: parameters filled in, what is left of its regular expression taken out."""
    address = route
    for name, value in filled.items():
        address = re.sub(rf"\(\?P<{name}>(?:[^()\[\]]|\[(?:\\.|[^\]])*\])*\)\??|<(?:[a-z_]+:)?{name}>", lambda _: value, address, count=1)  # noqa: B023
    return address.replace("drf_format_suffix:", "").replace("/?", "").replace("\\.", ".").replace("^", "").replace("$", "")


# Keys that Label Studio reads ids from, anywhere, and what they are ids of.
KEYS: tuple[tuple[str, str], ...] = (
    ("project", "project"), ("view", "view"), ("task", "task"), ("ids", "project"), ("ids[]", "task"), ("annotation", "annotation"),
    ("parent_annotation", "annotation"), ("parent_prediction", "prediction"), ("draft_id", "draft"), ("completed_by", "person"),
    ("user", "person"),
)
# Ways to ask for more than a list usually shows.
_MORE = (
    {"include": "id,title,description,label_config,created_by,task_count"}, {"fields": "all"}, {"expand": "completed_by,annotations,project"},
    {"filter": "all"}, {"ordering": "project__title"}, {"ordering": "-tasks:project__organization__projects__title"},
    {"page_size": "1000"}, {"search": "canary"}, {"title": "canary"},
)
_COLUMNS = ("project__title", "project__organization__projects__title", "annotations__completed_by__email", "data.text")


def filters(column: str, canary: str) -> dict[str, Any]:
    """A filter of the Data Manager on this column, by itself and nested in another."""
    inner = {"filter": f"filter:tasks:{column}", "operator": "contains", "type": "String", "value": canary}
    outer = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": 0, "child_filter": inner}
    return {"filters": {"conjunction": "or", "items": [outer, inner]}}


def queries(canary: str) -> Iterator[dict[str, str]]:
    """Query strings that ask for more than a list usually shows."""
    yield from _MORE
    for column in _COLUMNS:
        yield {"query": json.dumps(filters(column, canary))}
        yield {"query": json.dumps({"ordering": [f"tasks:{column}"]})}
