"""Answers requests one by one, and says of each what the gate had seen of it and what the view then got. A line in, a line out.

    python two_readers.py {}

In: {"overrides": true}, or
{"method", "path", "type", "body" (as latin-1), "headers", "cookies"}; whatever is changed is taken back. Out: {"status", "reached"},
and where the view was reached {"user", "fields"} as the rest framework has them and {"people", "gate"} as the gate had.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from start import start

start()
logging.disable(logging.CRITICAL)

from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import get_resolver  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body  # noqa: E402
from ls_expert_plugin.label_studio.enforcement.request.request_context import kept_contexts  # noqa: E402

_reached: list[dict[str, Any]] = []
_stock = APIView.check_throttles


def _watch(view: Any, request: Any) -> None:
    """The last that happens before a view's own method."""
    gate = kept_contexts(request._request)
    _reached.append({
        "user": request.user.pk, "fields": _fields(request), "people": [context.viewer.pk for context in gate],
        "gate": next(([[name, _told(value)] for name, value in context.fields] for context in gate if isinstance(context.body, Body)), []),
    })
    _stock(view, request)


def _fields(request: Any) -> list[Any]:
    """All that the view can find: data, and files."""
    data, files = request.data, request.FILES
    if hasattr(data, "lists"):
        found = [[name, _told(value)] for name, values in data.lists() for value in values]
        return found + [["file", name] for name in files if name not in data]
    return [[name, _told(value)] for part in (data if isinstance(data, list) else [data]) if isinstance(part, dict) for name, value in part.items()]


def _told(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return [value.name, value.size] if hasattr(value, "chunks") else value


def _overrides() -> list[str]:
    """Views of the live resolver that have one of the methods in which a request is taken in from elsewhere than the rest framework."""
    found: set[str] = set()

    def look(patterns: Any) -> None:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                look(pattern.url_patterns)
            elif (view := getattr(pattern.callback, "cls", None)) is not None:
                for name in ("dispatch", "initialize_request", "initial", "perform_authentication", "check_throttles"):
                    owner = next(one for one in view.__mro__ if name in one.__dict__)
                    if not owner.__module__.startswith("rest_framework."):
                        found.add(f"{owner.__module__}.{owner.__qualname__}.{name}")

    look(get_resolver().url_patterns)
    return sorted(found)


def _answer(client: Client, asked: dict[str, Any]) -> dict[str, Any]:
    _reached.clear()
    client.cookies.clear()
    client.cookies.load(asked["cookies"])
    meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in asked["headers"].items()}
    with transaction.atomic():
        answer = client.generic(asked["method"], asked["path"], asked["body"].encode("latin-1"), asked["type"], HTTP_ACCEPT="application/json", **meta)
        transaction.set_rollback(True)
    return {"status": answer.status_code, "reached": bool(_reached), **(_reached[0] if _reached else {})}


APIView.check_throttles = _watch
if connection.vendor == "sqlite":
    connection.transaction_mode = "IMMEDIATE"
_client = Client(enforce_csrf_checks=True, raise_request_exception=False)
for _line in sys.stdin:
    _asked = json.loads(_line)
    print(json.dumps({"overrides": _overrides()} if "overrides" in _asked else _answer(_client, _asked)), flush=True)
