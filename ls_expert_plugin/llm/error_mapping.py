"""What a failed request to a model means: may asking again help, after how long, and what should one check.

Pure. No sentence repeats what the endpoint wrote: some quote the request, and with it what a candidate said.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from email.utils import parsedate_to_datetime

MAX_ATTEMPTS = 3
FIRST_PAUSE_S = 0.5

# Asking again may help. Not 504: the endpoint has already waited for as long as it was willing to.
_PASSING = frozenset({429, 500, 502, 503})
# The 429 that does not pass by itself.
_NO_MONEY = "insufficient_quota"
_IDENTIFIER = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")


def passing(status: int, code: str | None) -> bool:
    """May the same request succeed a little later?"""
    return status in _PASSING and code != _NO_MONEY


def retry_after_s(header: str | None, now_utc: dt.datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks for: number or date (RFC 9110, 10.2.3). None: neither."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except ValueError:
            return None
        if moment.tzinfo is None:  # "-0000": no zone told, and HTTP dates are in UTC
            moment = moment.replace(tzinfo=dt.timezone.utc)
        seconds = (moment - now_utc).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def pause_s(
    failures: int, asked_for_s: float | None, jitter: float, first_pause_s: float = FIRST_PAUSE_S
) -> float:
    """Seconds to wait after this many failures: what the endpoint asks for, else doubling, half of it chance.

    ``jitter`` is from 0 to 1, so that many waiting processes do not come back in the same moment.
    """
    if asked_for_s is not None:
        return asked_for_s
    return float(first_pause_s * 2 ** (failures - 1) * (0.5 + jitter / 2))


def sentence(status: int, code: str | None, param: str | None, *, where: str, model: str) -> str:
    """What to check when the endpoint at ``where`` (host and port) answers ``status``."""
    if status in (401, 403):
        return f"{where} does not accept OPENAI_API_KEY for model {model} ({status}). Check the key."
    if status == 404:
        return (
            f"{where} knows no model {model}, or has nothing at this address (404). Check the model's name, "
            "and OPENAI_BASE_URL: it mostly ends in /v1."
        )
    if code == _NO_MONEY:
        return f"The quota of OPENAI_API_KEY at {where} is used up ({status}). Check plan and limits there."
    if status == 429:
        return f"{where} is limiting how often we may ask (429). Raise the limit there, or try again later."
    if status >= 500:
        return f"{where} has an error of its own ({status}). Try again later, or look at its log."
    # Some endpoints send numbers here, or more than a name.
    told = (("code", str(code)), ("parameter", str(param)))
    named = [f"{what} {name}" for what, name in told if name != "None" and _IDENTIFIER.fullmatch(name)]
    return (
        f"{where} refused the request for model {model} ({', '.join([str(status), *named])}). "
        "Check the model's name, its context length, and OPENAI_BASE_URL."
    )
