"""What the body of a call says at its top level: JSON or a form, with any method, as Label Studio would read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from ls_expert_plugin.label_studio.standing import known

_UTF_8 = frozenset({"utf-8", "utf8"})


class Unreadable(Exception):
    """A body that Label Studio might read, and we cannot."""


def fields(request: HttpRequest) -> Sequence[tuple[str, Any]]:
    """Top-level fields of the body, read once. A broken JSON body has none: it is Label Studio's to refuse. Raises Unreadable."""
    kept = known(request)
    if kept.fields is None:
        try:
            kept.fields = tuple(_fields(request))
        except Unreadable as problem:
            kept.fields = problem
    if isinstance(kept.fields, Exception):
        raise kept.fields
    return kept.fields


def is_form(request: HttpRequest) -> bool:
    """Whether the body is a form. To read it here takes its stream from Label Studio, so it is not read for managers."""
    return "form" in (request.content_type or "")


def _fields(request: HttpRequest) -> Iterator[tuple[str, Any]]:
    kind = request.content_type or ""
    if is_form(request):
        yield from ((key, value) for key, values in _form(request, kind).lists() for value in values)
    elif "json" in kind:
        # The rest framework decodes with the charset of the call; in another one, a body that says nothing to us says
        # something to it.
        if (request.encoding or "utf-8").lower() not in _UTF_8:
            raise Unreadable
        try:
            body = json.loads(request.body.decode() or "{}")
        except ValueError:
            return
        except RecursionError:  # nested too deep for us
            raise Unreadable from None
        for part in body if isinstance(body, list) else [body]:
            if isinstance(part, dict):
                yield from part.items()


def _form(request: HttpRequest, kind: str) -> QueryDict:
    """Django itself parses forms for POST alone; the rest framework for every method."""
    if request.method == "POST":
        return request.POST
    if not kind.startswith("multipart/"):
        return QueryDict(request.body, encoding=request.encoding)
    handlers = [MemoryFileUploadHandler(request)]
    try:
        return MultiPartParser(request.META, BytesIO(request.body), handlers, request.encoding or "utf-8").parse()[0]
    except MultiPartParserError as error:
        raise Unreadable from error
