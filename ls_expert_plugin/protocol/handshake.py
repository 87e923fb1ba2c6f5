"""What Label Studio's extension and the expert service agree on: keys, headers, the signed hand-off, and when two dates are of one account.

One shared secret is in the settings of both; every use gets a key of its own, derived from it, so that a token made for
one use is worth nothing for another. Imported on both sides: standard library and PyJWT only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import jwt

from ls_expert_plugin.errors import HandoffRefused

API_KEY_HEADER = "X-Ls-Expert-Key"
# Label Studio signs in to our ML backend with this name.
ML_USER = "ls-expert"
WEBHOOK_SECRET_HEADER = "X-Ls-Expert-Webhook-Secret"
API_PREFIX = "/api/ls-expert/"
HANDOFF_LIFETIME_S = 60
# Clocks of two machines differ; a token "from the future" by more than this is refused.
CLOCK_LEEWAY_S = 5
# Django's dumps cut times to milliseconds.
_SAME_WITHIN = dt.timedelta(milliseconds=1)
_AUDIENCE = "ls-expert-portal"


@dataclass(frozen=True)
class HandoffClaims:
    """Who is coming over from Label Studio. ``state`` ties the hand-off to the browser that asked for it. ``made_at_utc``: when the account was made;
    None: an extension of before.
    """

    ls_user_id: int
    email: str
    name: str
    role: str
    state: str
    jti: str
    expires_at_utc: dt.datetime
    made_at_utc: dt.datetime | None = None


def is_same_moment(one: dt.datetime, other: dt.datetime) -> bool:
    """Whether an account, or a project, that was made then and then is one. Saving an account in Label Studio's admin cuts its date to the second."""
    if abs(one - other) < _SAME_WITHIN:
        return True
    return 0 in (one.microsecond, other.microsecond) and one.replace(microsecond=0) == other.replace(microsecond=0)


def derive_key(shared_secret: str, use: str) -> str:
    """The key for one use, hex, 64 characters."""
    return hmac.new(shared_secret.encode(), f"ls-expert:{use}".encode(), hashlib.sha256).hexdigest()


def api_key(shared_secret: str) -> str:
    """What the service shows the extension's API in ``API_KEY_HEADER``."""
    return derive_key(shared_secret, "extension-api")


def ml_password(set_one: str | None, shared_secret: str) -> str:
    """The ML backend's password: the one that is set, or one made from the shared secret. Empty, which lets nobody in, without either."""
    return set_one or (derive_key(shared_secret, "ml-backend") if shared_secret else "")


def same_secret(shown: str | None, expected: str) -> bool:
    """Compared in constant time; an empty expectation matches nothing."""
    return bool(expected) and hmac.compare_digest((shown or "").encode(), expected.encode())


def sign_handoff(
    shared_secret: str, *, ls_user_id: int, email: str, name: str, role: str, state: str, now: dt.datetime,
    made_at_utc: dt.datetime | None = None,
) -> str:
    """A token that says who this is, good for ``HANDOFF_LIFETIME_S`` and, by its ``jti``, for one use."""
    claims = {
        "aud": _AUDIENCE, "sub": str(ls_user_id), "email": email, "name": name, "role": role, "state": state,
        "jti": secrets.token_urlsafe(24), "iat": now, "exp": now + dt.timedelta(seconds=HANDOFF_LIFETIME_S),
        **({"made_at": made_at_utc.isoformat()} if made_at_utc else {}),
    }
    return jwt.encode(claims, derive_key(shared_secret, "handoff"), algorithm="HS256")


def read_handoff(token: str, shared_secret: str, now: dt.datetime) -> HandoffClaims:
    """The claims of a token that is ours and still fresh at ``now``. Raises ``HandoffRefused``.

    That it has not been used before is for the caller to find out: it needs a database.
    """
    try:
        claims = jwt.decode(
            token, derive_key(shared_secret, "handoff"), algorithms=["HS256"], audience=_AUDIENCE,
            # Times are checked below, against the clock that was passed in.
            options={"require": ["exp", "iat", "sub", "jti", "aud"], "verify_exp": False, "verify_iat": False},
        )
        issued, expires = int(claims["iat"]), int(claims["exp"])
        ls_user_id = int(claims["sub"])
        email, name, role, state, jti = (str(claims[key]) for key in ("email", "name", "role", "state", "jti"))
        made_at = dt.datetime.fromisoformat(str(claims["made_at"])) if "made_at" in claims else None
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError):
        raise HandoffRefused("This sign-in link is not valid. Go back to Label Studio and open the portal again.") from None
    seconds = now.timestamp()
    if not issued - CLOCK_LEEWAY_S <= seconds <= expires or expires - issued > HANDOFF_LIFETIME_S:
        raise HandoffRefused("This sign-in link has expired. Go back to Label Studio and open the portal again.")
    return HandoffClaims(ls_user_id, email, name, role, state, jti, dt.datetime.fromtimestamp(expires, dt.timezone.utc), made_at)
