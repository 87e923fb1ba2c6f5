"""The door of the extension's API: who may call, how a bad call is answered, how lists are paged."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from pydantic import Field, ValidationError

from ls_expert_plugin.label_studio.enforcement.request.request_body import body_size
from ls_expert_plugin.label_studio.permissions.current_user import SERVICE_MARK
from ls_expert_plugin.protocol.handshake import API_KEY_HEADER, api_key, same_secret
from ls_expert_plugin.protocol.membership_checksum import PEOPLE_AT_A_TIME

MAX_ROWS = 1000
# No column keeps a number beyond it.
MAX_ID = 2**63 - 1
MAX_BODY_BYTES = 10 * 1024 * 1024
# As wide as the columns they are kept in.
LsId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Revision = Annotated[int, Field(ge=1, le=2**63 - 1)]
# PostgreSQL keeps no text with the character zero in it.
NO_ZERO = r"^[^\x00]*$"
View = Callable[..., HttpResponse]


def for_service(*methods: str) -> Callable[[View], View]:
    """Only the expert service may call, with these methods. Marks the request, so that rows are not narrowed."""

    def wrap(view: View) -> View:
        @csrf_exempt  # no cookie opens these addresses
        @require_http_methods(methods)
        @functools.wraps(view)
        def checked(request: HttpRequest, **kwargs: int) -> HttpResponse:
            if not same_secret(request.headers.get(API_KEY_HEADER), api_key(settings.LS_EXPERT.shared_secret)):
                return _error(401, "bad_secret", f"{API_KEY_HEADER} does not fit. Both sides need the same LS_EXPERT_SHARED_SECRET.")
            if body_size(request) > MAX_BODY_BYTES:
                return _error(413, "too_large", "Send at most 10 MB at a time.")
            if any(number > MAX_ID for number in kwargs.values()):
                return _error(400, "bad_input", f"No id is larger than {MAX_ID}.")
            setattr(request, SERVICE_MARK, True)
            try:
                return view(request, **kwargs)
            except ValidationError as problem:
                first = problem.errors(include_url=False)[0]
                where = ".".join(str(part) for part in first["loc"])
                return _error(400, "bad_input", f"{where or 'body'}: {first['msg']}")
            except ValueError as problem:
                return _error(400, "bad_input", str(problem))

        return checked

    return wrap


def page(request: HttpRequest) -> tuple[int, int]:
    """(after, limit) of a list; ``after`` is an id except for the outbox, which reads its cursor itself."""
    limit = int(request.GET.get("limit") or MAX_ROWS)
    if not 1 <= limit <= MAX_ROWS:
        raise ValueError(f"limit: write a whole number from 1 to {MAX_ROWS}")
    after = request.GET.get("after") or "0"
    number = int(after) if after.isdigit() else 0
    if number > MAX_ID:
        raise ValueError(f"after: write an id, at most {MAX_ID}")
    return number, limit


def iso(moment: dt.datetime | None) -> str | None:
    """A moment as the API writes it: UTC, or null."""
    return moment.astimezone(dt.timezone.utc).isoformat() if moment else None


def people(written: str) -> list[int]:
    """Ids of people with commas between them, as ``of`` of a list names them. Raises ``ValueError``."""
    ids = written.split(",")
    if len(ids) > PEOPLE_AT_A_TIME or not all(one.isdecimal() and int(one) < 2**31 for one in ids):
        raise ValueError(f"of: write at most {PEOPLE_AT_A_TIME} ids of people, with commas between them")
    return [int(one) for one in ids]


def _error(http: int, code: str, message: str) -> HttpResponse:
    return HttpResponse(
        json.dumps({"error": {"code": code, "message": message}}), status=http, content_type="application/json"
    )
