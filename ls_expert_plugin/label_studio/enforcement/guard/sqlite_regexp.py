"""A time limit for regular expressions on SQLite, which has Python search for them, row by row, in Label Studio's own process.

Python's ``re`` can be kept busy for hours by a short pattern and cannot be stopped; every other request waits for it. The ``regex``
module (which comes with Label Studio, by nltk) stops at a limit, and lets other threads go on while it searches. PostgreSQL searches in
a process of its own.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any

SECONDS_FOR_ONE_REQUEST = 3.0
SENTENCE = f"This regular expression takes longer than {SECONDS_FOR_ONE_REQUEST:.0f} seconds here. Make it simpler, or look at fewer tasks first."
_SPENT, _STOPPED = "_ls_expert_regexp_spent_s", "_ls_expert_regexp_stopped"


def bound_regexp(connection: Any, **_: Any) -> None:
    """Put the bounded function in the place of Django's. A receiver of ``connection_created``."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("regexp", 2, regexp, deterministic=True)


def regexp(pattern: str | None, text: Any) -> bool | None:
    """Whether the pattern is found, as in Django's function. Raises ``TimeoutError``, which SQLite makes an error of the statement."""
    if pattern is None or text is None:
        return None
    from core.current_request import CurrentContext

    request = CurrentContext.get_request()
    spent = 0.0 if request is None else getattr(request, _SPENT, 0.0)
    before = time.monotonic()
    try:
        return search(pattern, str(text), max(SECONDS_FOR_ONE_REQUEST - spent, 0.001))
    except TimeoutError:
        if request is not None:
            setattr(request, _STOPPED, True)
        raise
    finally:
        if request is not None:
            setattr(request, _SPENT, spent + time.monotonic() - before)


def search(pattern: str, text: str, within_s: float) -> bool:
    """Whether the pattern is found in the text. Raises ``TimeoutError``."""
    return bool(_compiled(pattern).search(text, timeout=within_s, concurrent=True))


def was_stopped(request: Any) -> bool:
    """Whether a search was given up for this request."""
    return bool(getattr(request, _STOPPED, False))


@lru_cache(maxsize=100)
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)
