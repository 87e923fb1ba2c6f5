"""Authentication as the guard sees it: everybody whom a request shows, in whichever way, and what the database says of them.

Two at most, a session or JWT user (set by Label Studio's middleware) and the legacy token's, whom the rest framework reads only later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.http import HttpRequest

from ls_expert_plugin.label_studio.permissions.access_query import TokenKey
from ls_expert_plugin.label_studio.permissions.caller_access import CallerAccess, ObjectKey
from ls_expert_plugin.label_studio.permissions.current_user import find_out


def identities(request: HttpRequest, keys: Collection[ObjectKey]) -> tuple[tuple[Any, CallerAccess | None], ...]:
    """(user, what was found of them and the objects of ``keys``): one query for each, and none for a superuser who has signed in."""
    return tuple(_identities(request, keys))


def _identities(request: HttpRequest, keys: Collection[ObjectKey]) -> Iterator[tuple[Any, CallerAccess | None]]:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        yield user, None if user.is_superuser else find_out(request, user.pk, keys)
    token = _legacy_token(request)
    found = find_out(request, TokenKey(token), keys) if token is not None else None
    if found is not None:
        yield _user(found), found


def _legacy_token(request: HttpRequest) -> str | None:
    """As the rest framework reads it, whose view will: parted at any white space, of whichever kind."""
    from rest_framework.authentication import TokenAuthentication, get_authorization_header

    parts = get_authorization_header(request).split()
    if len(parts) != 2 or parts[0].lower() != TokenAuthentication.keyword.lower().encode():
        return None
    try:
        return bytes(parts[1]).decode()
    except UnicodeError:
        return None


def _user(found: CallerAccess) -> Any:
    """The user of this number. What else they are is read when somebody asks for it."""
    from users.models import User

    return User.from_db(None, ["id", "is_superuser"], [found.user_id, found.is_superuser])
