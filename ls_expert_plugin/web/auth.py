"""Authentication of the portal: sign-in through Label Studio, the session, and the person behind a request.

    GET /sign-in   makes a random ``state``, keeps it in this browser's session, sends the browser to Label Studio
    GET /enter     Label Studio sends it back with a signed hand-off that carries the ``state``: fresh, ours, used once

There is no password here. The cookie holds a token; the session is a row, and the person and the role are read on each request, so somebody
who has left Label Studio, or lost a role, has lost it here too (``revalidation.py``). Signing out, a changed role and leaving end every
session of that person, whatever copies of cookies there are.
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging
import re
import secrets
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from ls_expert_plugin.errors import Forbidden, HandoffRefused, NotSignedIn
from ls_expert_plugin.protocol.handshake import HANDOFF_LIFETIME_S, read_handoff
from ls_expert_plugin.storage.repositories.people.portal_sessions import OpenSession
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.revalidation import revalidated
from ls_expert_plugin.web.services import services

logger = logging.getLogger(__name__)
blueprint = Blueprint("sign_in", __name__)

# When a session was used last is written down this often.
TOUCH_EVERY = dt.timedelta(seconds=60)
# Several tabs may be signing in at once: each has its own state.
MAX_PENDING = 5
_PENDING, _TOKEN, THEME = "pending", "token", "theme"
THEMES = ("light", "dark")
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
    if request.args.get("theme") in THEMES:  # what Label Studio is shown in
        session[THEME] = request.args["theme"]
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
        heard_at, gone_at = unit.people.heard(claims.ls_user_id)
        issued = claims.expires_at_utc - dt.timedelta(seconds=HANDOFF_LIFETIME_S)
        is_good = unit.handoffs.use(claims.jti, claims.expires_at_utc, now) and (gone_at is None or gone_at <= issued)
        if is_good:
            # What Label Studio has told us since it signed this is newer: a role that was taken away does not come back with it.
            known = unit.people.by_ls_user_id(claims.ls_user_id) if heard_at is not None and heard_at > issued else None
            if known is not None and (there := unit.people.lock_known(claims.ls_user_id)) is not None and there.is_another(claims.made_at_utc):
                raise HandoffRefused(_REFUSED)  # of another account under the same number
            person = known or members.joined(unit, claims.ls_user_id, claims.email, claims.name, claims.role, now, claims.made_at_utc)
            token = unit.portal_sessions.begin(person.id, _lifetime(), now)
    if not is_good:
        raise HandoffRefused(_REFUSED)
    theme = session.get(THEME)
    session.clear()
    session.permanent = True
    session[_TOKEN] = token
    if theme in THEMES:
        session[THEME] = theme
    session[_PENDING] = [entry for entry in pending if entry not in mine]
    logger.info("signed in: ls_user_id=%d role=%s", claims.ls_user_id, claims.role)
    wanted = mine[0][1]
    return redirect(url_for("overview.page") if wanted == "/" and person.is_manager else wanted, 303)


@blueprint.post("/sign-out")
def leave() -> Response:
    """Forget who is here, in this browser and in every other."""
    person = _from_session()
    if person is not None:
        with services().store.begin() as unit:
            unit.portal_sessions.end_all(person.id)
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
    """The manager who asks, for pages of managers. Raises ``Forbidden`` for anybody else."""
    person = signed_in()
    if not person.is_manager:
        raise Forbidden("This page is for managers of this Label Studio. If you need it, ask one of them.")
    return person


def _from_session() -> Person | None:
    token, now = session.get(_TOKEN), services().clock()
    if not isinstance(token, str):
        return None
    found = _open(token)
    person = revalidated(found.person, found.heard_at_utc) if found else None
    if found is None or person is None or (person.role != found.person.role and _open(token) is None):
        session.clear()
        return None
    if now - found.seen_at_utc >= TOUCH_EVERY:
        with services().store.begin() as unit:
            unit.portal_sessions.touch(token, now)
    return person


def _open(token: str) -> OpenSession | None:
    idle = dt.timedelta(minutes=services().settings.session_idle_minutes)
    with services().store.read() as unit:
        return unit.portal_sessions.find(token, idle, _lifetime(), services().clock())


def _lifetime() -> dt.timedelta:
    return dt.timedelta(hours=services().settings.session_hours)
