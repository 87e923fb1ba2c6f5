"""Parsing of a call's body: what it says at its top level, read by the parsers of the very view that it goes to.

The guard decides on what the rest framework has parsed, so that the two cannot read differently; ``view_guard.py`` compares once more
inside the view. Which types, files and values may pass is in ``body_validation.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException

from ls_expert_plugin.label_studio.enforcement.request.body_validation import (
    FORM_TYPES,
    JSON,
    NO_BODY,
    NOT_A_TYPE,
    NOT_READABLE,
    Body,
    BodyRefused,
    check,
    check_size,
    check_type,
    stated_size,
)


def read_body(request: HttpRequest, takes_files: bool = False, max_bytes: int | None = None) -> Body | BodyRefused:
    """The body, held against the rules; of one that cannot be read or may not pass, the refusal."""
    try:
        body = _read(request)
        check_size(body_size(request), max_bytes)
        check(body, takes_files)
    except BodyRefused as problem:
        return problem
    return body


def body_size(request: HttpRequest) -> int:
    """Bytes of the body, as Django has read it."""
    return stated_size(request.META.get("CONTENT_LENGTH"))


def is_json(request: HttpRequest) -> bool:
    """Whether the body is JSON. Anything else is not read for managers: to read a form takes its stream from Label Studio."""
    return request.content_type == JSON


def from_framework(request: Any) -> Body:
    """What a request of the rest framework holds. Raises its errors."""
    data = request.data
    if hasattr(data, "lists"):
        named = [(name, value) for name, values in data.lists() for value in values]
        return Body(tuple((name, _plain(value)) for name, value in named), True, frozenset(name for name, value in named if isinstance(value, UploadedFile)))
    return Body(tuple(_of_json(data)), json=data)


def _read(request: HttpRequest) -> Body:
    if not _has_body(request):
        return NO_BODY
    check_type(request.content_type or "", request.encoding or "utf-8")
    view = getattr(request.resolver_match, "func", None)
    try:
        return _as_the_view_reads(request, view) if hasattr(view, "cls") else _as_django_reads(request)
    except (ValueError, RecursionError, BadRequest, RequestDataTooBig, MultiPartParserError) as problem:
        raise BodyRefused(NOT_READABLE) from problem


def _has_body(request: HttpRequest) -> bool:
    try:
        return bool(request.body)
    except RawPostDataException:  # a form that Django has read already, looking for its token
        return True


def _as_the_view_reads(request: HttpRequest, view: Any) -> Body:
    from rest_framework.exceptions import APIException, UnsupportedMediaType
    from rest_framework.request import Request

    instance = view.cls(**view.initkwargs)
    context = {"view": instance, "args": (), "kwargs": {}}
    try:
        return from_framework(Request(request, parsers=instance.get_parsers(), negotiator=instance.get_content_negotiator(), parser_context=context))
    except UnsupportedMediaType:
        raise BodyRefused(NOT_A_TYPE, 415) from None
    except APIException:
        raise BodyRefused(NOT_READABLE) from None


def _as_django_reads(request: HttpRequest) -> Body:
    if request.content_type in FORM_TYPES:
        if request.method != "POST":
            raise BodyRefused(NOT_READABLE)  # Django parses forms of this method alone
        named = [*_lists(request.POST.lists()), *_lists(request.FILES.lists())]
        return Body(tuple((name, _plain(value)) for name, value in named), True, frozenset(request.FILES))
    data = json.loads(request.body)
    return Body(tuple(_of_json(data)), json=data)


def _lists(lists: Iterable[tuple[str, Iterable[Any]]]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, values in lists for value in values)


def _of_json(data: Any) -> Iterator[tuple[str, Any]]:
    for part in data if isinstance(data, list) else [data]:
        if isinstance(part, dict):
            yield from part.items()


def _plain(value: Any) -> Any:
    return (value.name, value.size) if isinstance(value, UploadedFile) else value
