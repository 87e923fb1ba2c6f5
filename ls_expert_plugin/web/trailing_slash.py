"""URL normalization: a page's address with a slash too many leads to the page, as ``/admin/review/`` to ``/admin/review``."""

from __future__ import annotations

from flask import Flask, redirect, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from ls_expert_plugin.web.errors import wants_json


def register(app: Flask) -> None:
    """Redirect before anything else looks at the request, but for programs: their addresses are exact."""

    @app.before_request
    def without_the_slash() -> Response | None:
        if not isinstance(request.routing_exception, NotFound) or request.method not in ("GET", "HEAD") or not request.path.endswith("/") or wants_json():
            return None
        path = request.path[:-1]
        try:
            app.create_url_adapter(request).match(path)  # type: ignore[union-attr]
        except (HTTPException, RequestRedirect):
            return None
        query = request.query_string.decode("latin-1")
        # One that matched begins with a single slash and stays here.
        return redirect(f"{path}?{query}" if query else path, 308)
