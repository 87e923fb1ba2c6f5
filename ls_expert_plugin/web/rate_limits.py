"""Rate limits of what costs: a model's turns, files to parse, hand-offs, registers, the webhook. The one table of them.

Counted for each person where somebody is signed in, otherwise for each address (of the proxy, where there is one). Kept in Redis where the broker is
Redis, so that all processes count together; otherwise in each process by itself. When Redis does not answer, each process counts by itself.
Tokens of a language model are counted in ``token_budget.py``, in the database.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_limiter import Limiter, RateLimitExceeded
from flask_limiter.util import get_remote_address

from ls_expert_plugin.web.api.auth import caller
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.errors import answer

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from ls_expert_plugin.config import Settings


def _person() -> str:
    return f"person {signed_in().id}"


def _caller() -> str:
    """The same for the JSON API, whose callers may show a token."""
    return f"person {caller().id}"


def _address() -> str:
    return f"address {get_remote_address()}"


# Endpoint → (limits, counted for whom). Far more than anybody does by hand.
_TURNS = "30 per minute; 400 per day"
LIMITS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "sign_in.begin": ("120 per minute", _address),
    "sign_in.enter": ("120 per minute", _address),
    "interview.ask": (_TURNS, _person),
    "interview.ask_form": (_TURNS, _person),
    "interview.answer": (_TURNS, _person),
    "interview.answer_form": (_TURNS, _person),
    "api_interview.start": (_TURNS, _caller),
    "api_interview.ask": (_TURNS, _caller),
    "api_interview.answer": (_TURNS, _caller),
    "importing.preview": ("12 per hour; 40 per day", _person),
    "importing.accept": ("30 per hour", _person),
    "consent.download": ("30 per hour", _person),
    "health.run": ("10 per minute", _person),
    "profile.add": ("120 per hour", _person),
    "profile.change": ("240 per hour", _person),
    "hooks.label_studio": ("600 per minute", _address),
}


def register(app: Flask, settings: Settings) -> None:
    """Limit every endpoint of the table, once all blueprints are there. Raises ``KeyError`` for one that is not."""
    broker = settings.broker_url or ""
    limiter = Limiter(
        get_remote_address, app=app, storage_uri=broker if broker.startswith(("redis://", "rediss://")) else "memory://",
        in_memory_fallback_enabled=True, key_prefix="ls-expert", default_limits=[], strategy="moving-window",
    )
    for endpoint, (limits, key) in LIMITS.items():
        scope = "turns" if limits == _TURNS else endpoint
        view = app.view_functions[endpoint]
        limited: Any = limiter.shared_limit(limits, scope=scope, key_func=key)(view)
        app.view_functions[endpoint] = limited

    def too_many(problem: RateLimitExceeded) -> Response:
        current = limiter.current_limit
        wait_s = max(1, int((current.reset_at if current else time.time() + 60) - time.time()) + 1)
        response = answer(429, "too_many_requests", f"Try again {in_words(wait_s)}; nothing of yours is lost.")
        response.headers["Retry-After"] = str(wait_s)
        return response

    app.register_error_handler(RateLimitExceeded, too_many)


def in_words(wait_s: int) -> str:
    """So many seconds from now in the unit that people say it in, never too soon: minutes, from 50 on hours, from 23 hours on a day. Pure."""
    minutes = math.ceil(wait_s / 60)
    hours = math.ceil(minutes / 60)
    if minutes < 50:
        return "in a minute" if minutes <= 1 else f"in {minutes} minutes"
    if hours < 24:
        return "in an hour" if hours == 1 else f"in {hours} hours"
    return "in a day"
