"""Error handlers: which status each error has, and how it reads as a page and as JSON. The only place that says so.

JSON has one shape: ``{"error": {"code": "...", "message": "..."}}``; where fields are wrong, ``"fields"`` beside them has
each with its own sentence. A page shows the same sentence and a way on.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping

from flask import Flask, Response, jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from ls_expert_plugin.errors import (
    BadFields,
    BadInput,
    BadSecret,
    Busy,
    Conflict,
    ExpertError,
    Forbidden,
    HandoffRefused,
    LabelStudioError,
    ModelError,
    NotFound,
    NotSignedIn,
    RegistryUnavailable,
    TooLarge,
    TooManyRequests,
)
from ls_expert_plugin.web import refused_forms
from ls_expert_plugin.web.auth import signed_in

logger = logging.getLogger(__name__)

STATUS: Mapping[type[ExpertError], int] = {
    ExpertError: 500, BadInput: 400, TooLarge: 413, NotSignedIn: 401, BadSecret: 401, Forbidden: 403, NotFound: 404,
    Conflict: 409, Busy: 503, TooManyRequests: 429, ModelError: 503, RegistryUnavailable: 503, LabelStudioError: 502,
}
# What HTTP itself refuses, in our words: status → (code, heading, sentence).
REFUSED: Mapping[int, tuple[str, str, str]] = {
    400: ("bad_input", "There is a problem", "What was sent cannot be used. Go back, load the page again and retry."),
    401: ("not_signed_in", "Please sign in", "Sign in to go on."),
    403: ("forbidden", "You don’t have access", "You may not open this page."),
    404: ("not_found", "Page not found", "The page does not exist, or no longer does. Start again from the home page."),
    405: ("method_not_allowed", "There is a problem", "This address cannot be used that way. Start again from the home page."),
    409: ("conflict", "Something has changed", "Load the page again to see how things stand."),
    413: ("too_large", "File too large", "What was sent is larger than we take. Shorten it and send it again."),
    415: ("bad_input", "There is a problem", "Send this as JSON."),
    429: ("too_many_requests", "Too many requests", "Wait a little, then try again."),
    500: ("error", "Something went wrong on our side", "It has been logged. Try again in a minute."),
    502: ("label_studio", "Label Studio did not answer", "Try again in a minute."),
    503: ("unavailable", "Not available right now", "Try again in a minute."),
}
_STALE_FORM = "Your session has expired. Sign in again, and send it once more."
_WRITTEN_TO = "The database is being written to, and it takes long. Nothing of this was changed. Try again in a minute."
_NO_DATABASE = "The database does not answer. Try again in a minute."


def register(app: Flask) -> None:
    """Register an error handler for every error of ``app``."""
    app.register_error_handler(ExpertError, _expert_error)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http_error)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, _no_database)


def wants_json() -> bool:
    """Programs get JSON: whoever calls an address made for them."""
    return request.path.startswith(("/api/", "/webhooks/")) or request.path == "/health"


def error_json(code: str, message: str) -> dict[str, dict[str, str]]:
    """The one shape of an error."""
    return {"error": {"code": code, "message": message}}


def status_of(problem: ExpertError) -> int:
    """The HTTP status of the nearest ancestor that has one."""
    return next(STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS)


def answer(status: int, code: str, message: str, template: str = "error.html") -> Response:
    """One error as JSON or as a page."""
    if wants_json():
        response = jsonify(error_json(code, message))
    else:
        heading = REFUSED[status][1] if status in REFUSED else REFUSED[500][1]
        response = make_response(render_template(template, heading=heading, message=message))
    response.status_code = status
    return response


def _stale_form(_: CSRFError) -> BaseResponse:
    """The form's token is of no session, or of an earlier one."""
    if wants_json():
        return answer(400, "form_expired", _STALE_FORM)
    try:
        signed_in()
    except NotSignedIn:
        return refused_forms.page(400, signed_in=False)
    return refused_forms.page(400, signed_in=True)


def _expert_error(problem: ExpertError) -> BaseResponse:
    status = status_of(problem)
    if isinstance(problem, NotSignedIn) and not wants_json():
        if request.method not in ("GET", "HEAD"):
            return refused_forms.page(status, signed_in=False)
        return redirect(url_for("sign_in.begin", next=request.full_path.rstrip("?")), 303)
    if isinstance(problem, HandoffRefused):
        return answer(status, problem.code, problem.message, "sign_in_refused.html")
    if status >= 500:
        logger.error("%s %s: %s", request.method, request.path, problem.message)
    if isinstance(problem, BadFields) and wants_json():
        body = error_json(problem.code, problem.message)
        fields = [{"field": name, "message": sentence} for name, sentence in problem.fields]
        return make_response(jsonify({"error": {**body["error"], "fields": fields}}), status)
    response = answer(status, problem.code, problem.message)
    if isinstance(problem, (Busy, TooManyRequests)):
        response.headers["Retry-After"] = str(problem.retry_after_s)
    return response


def _http_error(problem: HTTPException) -> BaseResponse:
    """Also what was not foreseen: Flask logs it with its traceback and hands a 500 in here."""
    status = problem.code or 500
    if problem.response is not None or status < 400:
        return BaseResponse.force_type(problem.get_response(), request.environ)
    code, _, message = REFUSED.get(status, REFUSED[500 if status >= 500 else 400])
    response = answer(status, code, message)
    for name, value in problem.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _no_database(problem: Exception) -> BaseResponse:
    cause = getattr(problem, "orig", None)
    if isinstance(cause, sqlite3.OperationalError) and "is locked" in str(cause):  # a code comes with Python 3.11
        return _expert_error(Busy(_WRITTEN_TO))
    logger.error("%s %s: the database does not answer: %s", request.method, request.path, type(problem).__name__)
    return answer(503, "database", _NO_DATABASE)
