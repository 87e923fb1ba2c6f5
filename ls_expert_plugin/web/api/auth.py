"""Authentication of the JSON API, and the check of its bodies: who may call, and what a body must be.

    Authorization: Token … or Bearer …   Label Studio says whose it is, on each call; a session is not looked at
    otherwise the portal's session       with the CSRF token in the header X-CSRFToken for everything but reading

Whoever it is must be somebody we know; most calls are for managers. Checked before anything of the body is read.
"""

from __future__ import annotations

from flask import g, request
from flask_wtf.csrf import CSRFProtect

from ls_expert_plugin.errors import BadInput, Forbidden, NotSignedIn, TooLarge
from ls_expert_plugin.reading.strict_json import NotJson, parse
from ls_expert_plugin.routing.requirements.routing_file import MAX_BYTES
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.revalidation import revalidated
from ls_expert_plugin.web.services import services

_FOR_MANAGERS = "This call is for managers of this Label Studio."


def caller() -> Person:
    """Authenticate the person who calls, by token or session. Raises ``NotSignedIn``, ``Forbidden``, and Label Studio's errors when it cannot be asked."""
    # Looking for the CSRF token opens the body, under the limit that holds then. A body without a Content-Length is cut off
    # silently at the limit, so one byte more is let in.
    request.max_content_length = MAX_BYTES + 1
    known: Person | None = g.get("api_caller")
    if known is not None:
        return known
    g.api_caller = _caller()
    found: Person = g.api_caller
    return found


def _caller() -> Person:
    authorization = request.headers.get("Authorization")
    if authorization is None:
        signed = signed_in()
        CSRFProtect().protect()
        return signed
    ls_user_id = services().token_owner(authorization)
    if ls_user_id is None:
        raise NotSignedIn("Label Studio does not accept this token. Send Authorization: Token … or Bearer … with one that is in force.")
    with services().store.read() as unit:
        known, (heard_at, _) = unit.people.by_ls_user_id(ls_user_id), unit.people.heard(ls_user_id)
    person = revalidated(known, heard_at) if known else None  # Label Studio takes tokens of whoever was removed from it
    if person is None:
        raise Forbidden("The owner of this token is not known here yet. Open the expert portal once, or wait until the worker has heard of them.")
    g.person = person
    return person


def manager() -> Person:
    """Authenticate the caller, who has to be a manager. Raises ``Forbidden`` for anybody else."""
    person = caller()
    if not person.is_manager:
        raise Forbidden(_FOR_MANAGERS)
    return person


def json_body() -> object:
    """The body, after ``caller``; arrays as tuples. Raises ``BadInput`` and ``TooLarge``."""
    raw = request.get_data(cache=False)
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"The body is larger than {MAX_BYTES:,} bytes. Send it in parts.")
    try:
        return parse(raw)
    except NotJson as problem:
        raise BadInput(str(problem)) from None
