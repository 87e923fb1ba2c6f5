"""Who is asking: signing in through Label Studio, the session, and the person behind a request.

    GET /sign-in   makes a random ``state``, keeps it in this browser's session, sends the browser to Label Studio
    GET /enter     Label Studio sends it back with a signed hand-off that carries the ``state``: fresh, ours, used once

There is no password here. The session holds only who and since when; the person and the role are read on each request,
so somebody who has left Label Studio, or lost a role, has lost it here too.
"""

from __future__ import annotations

import hmac
import logging
import re
import secrets
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import Forbidden, HandoffRefused, NotSignedIn
from ls_expert_plugin.handshake import read_handoff
from ls_expert_plugin.vetting import people
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.services import services

logger = logging.getLogger(__name__)
blueprint = Blueprint("sign_in", __name__)

SESSION_LIFETIME_S = 8 * 3600
# Several tabs may be signing in at once: each has its own state.
MAX_PENDING = 5
_PENDING, _LS_USER_ID, _SINCE = "pending", "ls_user_id", "since"
# A path of ours: one slash, then neither a slash nor anything a browser reads as one.
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,500}")
_NOT_AFTER_SIGN_IN = ("/sign-in", "/sign-out", "/signed-out", "/enter", "/api/", "/static/")
_REFUSED = "This sign-in link is no longer valid. Go back to Label Studio and open the portal again."


@blueprint.get("/sign-in")
def begin() -> Response:
    """Send the browser to Label Studio, and remember where it wanted to go."""
    state = secrets.token_urlsafe(24)
    pending = [*session.get(_PENDING, []), [state, local_path(request.args.get("next"))]]
    session[_PENDING] = pending[-MAX_PENDING:]
    session.permanent = True
    return redirect(f"{services().settings.label_studio_public_url}/expert/?{urlencode({'state': state})}")


@blueprint.get("/enter")
def enter() -> Response:
    """Take the hand-off from Label Studio. Raises ``HandoffRefused``."""
    settings, now = services().settings, services().clock()
    claims = read_handoff(request.args.get("token", ""), settings.shared_secret, now)
    pending = session.get(_PENDING, [])
    mine = [entry for entry in pending if hmac.compare_digest(entry[0].encode(), claims.state.encode())]
    if not mine:
        raise HandoffRefused(_REFUSED)
    with services().store.begin() as unit:
        fresh = unit.handoffs.use(claims.jti, claims.expires_at_utc, now)
        if fresh:
            people.joined(unit, claims.ls_user_id, claims.email, claims.name, claims.role, now)
    if not fresh:
        raise HandoffRefused(_REFUSED)
    session.clear()
    session.permanent = True
    session[_LS_USER_ID], session[_SINCE] = claims.ls_user_id, int(now.timestamp())
    session[_PENDING] = [entry for entry in pending if entry not in mine]
    logger.info("signed in: ls_user_id=%d role=%s", claims.ls_user_id, claims.role)
    return redirect(mine[0][1], 303)


@blueprint.post("/sign-out")
def leave() -> Response:
    """Forget who is here."""
    sign_out()
    return redirect(url_for("sign_in.left"), 303)


def sign_out() -> None:
    """Forget who is here, for the rest of this request too."""
    session.clear()
    g.person = None


@blueprint.get("/signed-out")
def left() -> str:
    """Where signing out ends: it must not lead straight back in."""
    return render_template("signed_out.html")


def local_path(wanted: str | None) -> str:
    """``wanted`` if it is a page of ours to come back to, otherwise the first page."""
    if not wanted or not _LOCAL.fullmatch(wanted) or wanted.startswith(_NOT_AFTER_SIGN_IN):
        return "/"
    return wanted


def signed_in() -> Person:
    """The person who asks, as the database knows them now. Raises ``NotSignedIn``."""
    if "person" not in g:
        g.person = _from_session()
    person: Person | None = g.person
    if person is None:
        raise NotSignedIn("You are not signed in, or no longer. Sign in again to go on.")
    return person


def signed_in_manager() -> Person:
    """The same, for pages of managers. Raises ``Forbidden`` for anybody else."""
    person = signed_in()
    if not person.is_manager:
        raise Forbidden("This page is for managers of this Label Studio. If you need it, ask one of them.")
    return person


def _from_session() -> Person | None:
    ls_user_id, since = session.get(_LS_USER_ID), session.get(_SINCE, 0)
    if ls_user_id is None or services().clock().timestamp() - since > SESSION_LIFETIME_S:
        return None
    with services().store.read() as unit:
        person = unit.people.by_ls_user_id(ls_user_id)
    if person is None:
        session.clear()
    return person
