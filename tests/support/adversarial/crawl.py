"""Where a crawl goes: every address of the live resolver, filled in with the ids of somebody else's project.

Pure: the ids and the patterns come in, addresses and variations go out. Ids are by kind: the name of Label Studio's model, in
lower case.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
WRITING = ("POST", "PUT", "PATCH", "DELETE")
WAYS = ("session", "legacy token", "X-Api-Key", "JWT")
ABSENT = 987654  # no row of any kind has this id
RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]
# Kinds by what stands in the route before the id; the first that fits.
_KINDS = (
    ("api/annotations/", "annotation"), ("api/drafts/", "annotationdraft"),
    ("predictions/", "prediction"), ("dm/views/", "view"), ("file-upload/", "fileupload"), ("api/webhooks/", "webhook"),
    ("api/ml/", "mlbackend"), ("api/users/", "user"), ("users/user/", "user"), ("api/organizations/", "organization"),
    ("label_links/", "labellink"), ("labels/", "label"), ("tasks/", "task"), ("projects/", "project"),
)
_STORAGES = {"s3": "s3", "azure": "azureblob", "gcs": "gcs", "redis": "redis", "localfiles": "localfiles"}
_NAMED = {
    "project_id": "project", "task_id": "task", "annotation_id": "annotation", "user_pk": "user", "export_pk": "export",
    "import_pk": "projectimport", "reimport_pk": "projectreimport",
}
_WORDS = {"format": "json", "action_id": "delete_tasks", "sub_path": "ml", "queue_index": "0", "scheduler_index": "0", "app_label": "projects"}
_ENTITIES = ("task", "annotation", "project")
# Addresses that end the caller's own way in.
ENDING = ("logout", "current-user-reset-token", "jwt_auth:token_blacklist", "jwt_auth:token_rotate", "rest_framework:logout", "admin:logout")


@dataclass(frozen=True)
class Pattern:
    """One pattern of the resolver."""

    route: str
    name: str | None

    @property
    def key(self) -> str:
        """What the list of allowed calls knows it by."""
        return self.name or self.route

    @property
    def has_id(self) -> bool:
        """Whether an address of it names an object."""
        return bool(re.search(r"<(?:[a-z_]+:)?(?:pk|id|\w+_id|\w+_pk|filename)>", self.route)) and "django-rq" not in self.route


@dataclass(frozen=True)
class Target:
    """What a crawl is after: ids by kind, an uploaded file, a picture of somebody, and an address in a bucket (names in ``MEDIA_ROOT``)."""

    ids: Mapping[str, int]
    upload: str
    avatar: str
    bucket: str

    def absent(self) -> Target:
        """The same with ids and names that nothing has."""
        return Target(dict.fromkeys(self.ids, ABSENT), f"upload/{ABSENT}/none.txt", f"avatars/{ABSENT}.png", self.bucket)


def in_tenth(pattern: Pattern) -> bool:
    """Whether the pattern is in the tenth of all that is tried every day: always the same one, and new patterns move no other."""
    return int(hashlib.sha256(pattern.route.encode()).hexdigest(), 16) % 10 == 0


def addresses(pattern: Pattern, target: Target) -> Iterator[str]:
    """The pattern's addresses for this target; every id where the route does not say of what."""
    parameters = re.findall(r"<(?:[a-z_]+:)?([a-z_]+)>", pattern.route)
    for values in itertools.product(*(_values(name, pattern.route, target) for name in parameters)):
        filled = dict(zip(parameters, values, strict=True))
        if "entity_name" in filled:
            filled["entity_id"] = str(target.ids[filled["entity_name"]])
        address = "/" + _plain(pattern.route, filled)
        yield from (address + query for query in _queries_of(pattern, target))


def _queries_of(pattern: Pattern, target: Target) -> Iterator[str]:
    """Query strings without which an address tells nothing."""
    if "/resolve/" in pattern.route or "/presign/" in pattern.route:
        yield f"?fileuri={base64.b64encode(target.bucket.encode()).decode()}"
    elif "storage-data/uploaded" in pattern.route:
        yield f"?filepath={target.upload}"
        yield f"?filepath={target.avatar}"
    elif "local-files" in pattern.route:
        yield f"?d={target.upload}"
    elif "action_id" in pattern.route:
        yield f"?project={target.ids['project']}"
    elif "dm/actions/" in pattern.route:
        yield from (f"?project={target.ids['project']}&id={action}" for action in ("", "next_task", "delete_tasks", "retrieve_tasks_predictions"))
    else:
        yield ""
        if not pattern.has_id and pattern.route.replace("^", "").startswith(("api/", "projects/", "organization")):
            yield f"?project={target.ids['project']}&task={target.ids['task']}&task__project={target.ids['project']}"


def kind_of(route: str) -> str | None:
    """What the ``pk`` of the route is an id of; None where the route does not say."""
    plain = route.replace("^", "")
    storage = re.search(r"storages/(export/)?(\w+)/<int:pk>", plain)
    if storage:
        return f"{_STORAGES[storage[2]]}{'export' if storage[1] else 'import'}storage"
    admin = re.match(r"admin/\w+/(\w+)/<", plain)
    if admin:
        return admin[1]
    before = re.split(r"<int:pk>|\(\?P<pk>", plain)[0]
    return next((kind for fragment, kind in _KINDS if fragment in before), None)


def _values(name: str, route: str, target: Target) -> list[str]:
    ids = target.ids
    if name == "filename":
        return [target.upload.removeprefix("upload/")]
    if name == "path" and "avatars" in route:
        return [target.avatar.removeprefix("avatars/")]
    if name in _WORDS:
        return [_WORDS[name]]
    if name == "entity_name":
        return list(_ENTITIES)
    kind = _NAMED.get(name) or (kind_of(route) if name in ("pk", "id", "object_id") else None)
    if kind in ids:
        return [str(ids[kind])]
    if name in ("object_id", "content_type_id", "entity_id"):
        return [str(ids["project"])]
    if name in ("pk", "id"):
        return sorted({str(value) for value in ids.values()})
    return ["x"]


def _plain(route: str, filled: Mapping[str, str]) -> str:
    """The route as an address: parameters filled in, what is left of its regular expression taken out."""
    address = route
    for name, value in filled.items():
        address = re.sub(rf"\(\?P<{name}>(?:[^()\[\]]|\[(?:\\.|[^\]])*\])*\)\??|<(?:[a-z_]+:)?{name}>", lambda _: value, address, count=1)  # noqa: B023
    return address.replace("drf_format_suffix:", "").replace("/?", "").replace("\\.", ".").replace("^", "").replace("$", "")


def bodies(method: str, ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Bodies to write with: one that names foreign objects, and one that names none, so that the address alone decides."""
    if method not in WRITING:
        yield {}
        return
    plain = {"title": "overwritten", "result": RESULT, "data": {"text": "overwritten"}, "url": "http://overwritten.example/"}
    yield {"json": {**plain, "project": ids["project"], "task": ids["task"], "ids": [ids["task"]], "selectedItems": {"all": True, "excluded": []}}}
    yield {"json": plain}


# Keys that Label Studio reads ids from, anywhere, and what they are ids of.
KEYS: tuple[tuple[str, str], ...] = (
    ("project", "project"), ("project_id", "project"), ("view", "view"), ("tabID", "view"), ("task", "task"), ("task_id", "task"),
    ("ids", "project"), ("ids[]", "task"), ("annotation", "annotation"), ("parent_annotation", "annotation"),
    ("parent_prediction", "prediction"), ("draft_id", "annotationdraft"), ("completed_by", "user"), ("user", "user"),
    ("file_upload", "fileupload"), ("file_upload_ids", "fileupload"), ("storage", "s3importstorage"), ("ml_backend", "mlbackend"),
)
# Ids further inside a body.
_NESTED: tuple[tuple[str, Any], ...] = (
    ("task", lambda n: {"selectedItems": {"all": False, "included": [n]}}),
    ("task", lambda n: {"selectedItems": {"all": True, "excluded": [n]}}),
    ("view", lambda n: {"data": {"view": n}}),
    ("project", lambda n: {"data": {"project": n}}),
    ("task", lambda n: {"result": [{**RESULT[0], "task": n}]}),
    ("project", lambda n: [{"project": n}]),
    ("annotation", lambda n: {"annotations": [{"id": n}]}),
    ("task", lambda n: {"filters": {"conjunction": "and", "items": [_look("id", n, "equal", "Number")]}}),
)
# Ways to ask for more than a list usually shows.
_MORE = (
    {"include": "id,title,description,label_config,created_by,task_count"}, {"fields": "all"}, {"expand": "completed_by,annotations,project"},
    {"filter": "all"}, {"ordering": "project__title"}, {"ordering": "-tasks:project__organization__projects__title"},
    {"page_size": "1000"}, {"search": "canary"}, {"title": "canary"}, {"resolve_uri": "true"}, {"interpolate_key": "canary"},
    {"ids": "1,2,3"}, {"exclude": "id"}, {"review": "true"}, {"include_annotation_results": "true"}, {"fields": "annotations,predictions,drafts"},
)
_COLUMNS = (
    "project__title", "project__organization__projects__title", "project__organization__projects__tasks__data", "annotations__completed_by__email",
    "annotations__project__title", "file_upload__project__title", "data.text",
)


def naming(key: str, number: int, method: str) -> Iterator[tuple[str, Any]]:
    """The id under this key: in the query string, and in bodies of both kinds; Label Studio reads the body of a GET too."""
    yield "query", {key: number}
    yield "json", {key: number}
    if method != "GET":
        yield "form", {key: number, "result": json.dumps(RESULT)}


def nested(kind: str, number: int) -> Iterator[Any]:
    """Bodies with an id of this kind somewhere inside."""
    return (body(number) for of, body in _NESTED if of == kind)


def _look(column: str, value: Any, operator: str, kind: str) -> dict[str, Any]:
    return {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}


def filters(column: str, text: str) -> dict[str, Any]:
    """A filter of the Data Manager on this column, by itself and nested in another."""
    inner = _look(column, text, "contains", "String")
    outer = {**_look("id", 0, "greater", "Number"), "child_filter": inner}
    return {"filters": {"conjunction": "or", "items": [outer, inner]}}


def queries(text: str) -> Iterator[dict[str, str]]:
    """Query strings that ask for more than a list usually shows. ``text`` is looked for in foreign columns."""
    yield from _MORE
    for column in _COLUMNS:
        yield {"query": json.dumps(filters(column, text))}
        yield {"query": json.dumps({"ordering": [f"tasks:{column}"]})}
        yield {"ordering": column}


# What parts the word from the token in ``Authorization``, for the rest framework: any white space of ASCII.
WHITE_SPACE = (" ", "\t", "\x0b", "\x0c", "  ", " \t")
# Types by which the rest framework's parsers are found and Django's are not, and those that nobody reads.
_WILD = (
    "*/*", "application/*", "*/json", "application/*; charset=utf-8", "APPLICATION/*", "*/*;q=1", "application/json2", "application/vnd.api+json",
    "text/json", "text/plain", "text/*", "application/", "/json", "application/json/x", "json", "*", "application/json,text/plain",
    "application/json; charset=utf-16", "application/json; charset=utf-7",
)
_WILD_FORMS = ("application/*", "*/x-www-form-urlencoded", "application/x-www-form-urlencoded2", "x-form")
_WILD_MULTIPART = ("multipart/*", "*/form-data", "MULTIPART/*", "multipart/mixed", "multipart/related")
_BOUNDARY = "crawled"
# JSON that can be read, stored, and not written out again.
UNWRITABLE = (
    '{"result": [{"value": {"text": "\\ud800"}}]}', '{"data": {"title": "\\udfff"}, "result": []}', '{"first_name": "\\ud800", "result": []}',
    '{"custom_hotkeys": {"a": "\\udfff"}}', '{"result": [], "lead_time": 1e400}', '{"result": [], "lead_time": 1e308}', '{"result": [], "lead_time": -1}',
    '{"result": [], "lead_time": "1e400"}', '{"result": [], "lead_time": "NaN"}', '{"result": [{"score": -1e400}]}',
    '{"result": "[{\\"a\\": \\"\\\\ud800\\"}]"}',
    '{"result": [{"value": {"start": 9223372036854775808}}], "data": {"gridWidth": -9223372036854775809}}',
    '{"\\ud800": 1, "result": []}', '{"result": [], "lead_time": NaN}', '[{"result": [], "lead_time": 1e400}]', '{"result": ',
)
# Texts and other values that say no to a reader, and yes to whoever tests for truth.
UNTRUE = ("false", "False", "0", "none", "null", "no", "off", " ", [False], {"a": 1})


def odd_types(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(type, content): the body as JSON and as forms, under types that are none of the three that are let through."""
    yield from ((kind, json.dumps(body)) for kind in _WILD)
    yield from ((kind, urlencode(body)) for kind in _WILD_FORMS)
    parts = "".join(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in body.items())
    yield from ((f"{kind}; boundary={_BOUNDARY}", f"{parts}--{_BOUNDARY}--\r\n") for kind in _WILD_MULTIPART)
