"""Refused form submissions: a session that has ended loses nothing of what was typed.

A form that is sent without a session, or with the token of an older one, is refused. The page that says so shows what was typed, to be copied, and leads
through signing in back to the form. Where scripts run, ``static/form_drafts.js`` has kept it in the tab and puts it back into the form; a cookie with the
address of what was saved tells it which draft is done with. Nothing typed is kept here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from flask import Flask, Response, current_app, make_response, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

SAVED_COOKIE, SAVED_FOR_S = "ls_expert_saved", 60
# What pages send that nobody has typed.
_NOT_TYPED = frozenset({"csrf_token", "version", "source", "item", "in_reply_to", "entry", "seen", "quote", "take", "current", "about", "look_at"})
_LABELS = {"text": "Your text", "code": "Language", "jurisdiction": "Issuing authority", "end": "End date", "start": "Start date", "kind": "Licence type",
           "expires_on": "Valid until"}
_LONG = 80


@dataclass(frozen=True)
class Typed:
    """One field as it was sent. ``is_long``: shown in a box of its own."""

    label: str
    value: str

    @property
    def is_long(self) -> bool:
        return len(self.value) > _LONG or "\n" in self.value


def typed(fields: Iterable[tuple[str, str]]) -> list[Typed]:
    """What somebody typed into a form, with a name for each. Pure."""
    found = []
    for name, value in fields:
        _, number, plain = re.fullmatch(r"(e(\d+)-)?(.*)", name, re.DOTALL).groups()  # type: ignore[union-attr]
        if not value.strip() or value in ("yes", "no") or plain in _NOT_TYPED:
            continue
        label = _LABELS.get(plain, plain.replace("_", " ").strip().capitalize() or "Text")
        found.append(Typed(f"{label} ({int(number) + 1})" if number else label, value))
    return found


def form_page(path: str, query: str, urls: MapAdapter) -> str:
    """The page that a form sent to ``path`` stands on: the nearest one above it that can be looked at. Pure."""
    parts = path.rstrip("/").split("/")
    for end in range(len(parts), 1, -1):
        above = "/".join(parts[:end])
        try:
            endpoint, _ = urls.match(above, method="GET")
        except (HTTPException, RequestRedirect):
            continue
        if "download" not in endpoint and endpoint != "static":
            return f"{above}?{query}" if above == path and query else above
    return "/"


def page(status: int, signed_in: bool) -> Response:
    """The refusal of the form that this request has sent. ``signed_in``: there is a session, but the form is older than it."""
    form = form_page(request.path, request.query_string.decode("latin-1"), current_app.url_map.bind(""))
    response = make_response(render_template(
        "session_expired.html", is_signed_in=signed_in, typed=typed(request.form.items(multi=True)),
        had_file=any(one.filename for one in request.files.values()),
        link=form if signed_in else url_for("sign_in.begin", next=form),
    ))
    response.status_code = status
    return response


def register(app: Flask) -> None:
    """Tell the page's script which form was saved."""

    @app.after_request
    def tell_what_was_saved(response: Response) -> Response:
        if request.method == "POST" and response.status_code < 400 and not request.path.startswith(("/api/", "/webhooks/")):
            query = request.query_string.decode("latin-1")
            response.set_cookie(
                SAVED_COOKIE, quote(request.path + (f"?{query}" if query else ""), safe=""), max_age=SAVED_FOR_S,
                secure=bool(app.config["SESSION_COOKIE_SECURE"]), samesite="Lax",
            )
        return response
