"""The HTTP side of the ML backend, as Label Studio 1.23 speaks it.

    GET  /health     is it up; Label Studio waits 1 s
    POST /setup      which version would answer for this project; Label Studio waits 3 s, so nothing is fitted here
    POST /predict    exactly one result per task, in order; Label Studio waits 100 s
    POST /webhook    answered and ignored: a version changes only when somebody asks for it, never because of an event
    GET  /versions   the version in use, for ``?project=``

All but /health and /webhook ask for the password (Label Studio sends it with neither). Errors are ``{"error": {"code", "message"}}``,
never a traceback.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ls_expert_plugin.errors import BadInput, TooLarge
from ls_expert_plugin.ml_backend.serving.predictor import ExpertPrelabeller
from ls_expert_plugin.ml_backend.serving.predictor_factory import PredictorFactory
from ls_expert_plugin.ml_backend.serving.predictor_spec import NONE_YET
from ls_expert_plugin.ml_backend.serving.services import BackendServices
from ls_expert_plugin.ml_backend.serving.single_flight import SingleFlight
from ls_expert_plugin.protocol.handshake import ML_USER, same_secret

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_TASKS = 20_000

NOTE = (f'A project answers with version "{NONE_YET}" and without pre-labels until enough of its annotations have been '
        "learnt from, or a language model is configured.")
SHAPE = 'Send {"project": "3.1795446803", "label_config": "<View>…</View>", "tasks": [{"id": 1, "data": {…}}, …]}.'
_OPEN = ("health", "webhook")

log = logging.getLogger(__name__)


def create_app(services: BackendServices) -> Flask:
    """The WSGI application of one process."""
    app = Flask("ls_expert_ml_backend", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    maker = PredictorFactory(services.sources, SingleFlight(services.cache, services.concurrency))
    model, team_model, password = services.sources.model, services.team_model, services.password
    slots = threading.BoundedSemaphore(services.predict_slots)

    @app.before_request
    def check_password() -> ResponseReturnValue | None:
        if password is None or request.endpoint in _OPEN:
            return None
        given = request.authorization
        if given is not None and given.type == "basic" and given.username == ML_USER and same_secret(given.password, password):
            return None
        body, status = _error("unauthorized", "This ML backend asks for its user and password; `ls-expert connect` gives them to Label Studio.", 401)
        return body, status, {"WWW-Authenticate": 'Basic realm="ls-expert"'}

    @app.get("/", endpoint="root")
    @app.get("/health")
    def health() -> ResponseReturnValue:
        named = model.name if model else None
        return {
            "status": "UP", "model_class": team_model.name if team_model else ExpertPrelabeller.__name__, "language_model": named, "note": NOTE,
        }

    @app.post("/setup")
    def setup() -> ResponseReturnValue:
        body = _body()
        ls_project_id, schema = _project_id(body.get("project")), body.get("schema")
        label_config = schema if isinstance(schema, str) else ""
        if "extra_params" in body:
            maker.projects.set_extra_params(ls_project_id, body["extra_params"])
        if team_model is not None:
            return {"model_version": team_model.version(ls_project_id, label_config, maker.projects.extra_params(ls_project_id))}
        return {"model_version": maker.recipe(ls_project_id)[0].version(maker.config(label_config))}

    @app.post("/predict")
    def predict() -> ResponseReturnValue:
        deadline_s = time.monotonic() + services.predict_budget_s
        body = _body()
        tasks, label_config, ls_project_id = body.get("tasks"), body.get("label_config"), _project_id(body.get("project"))
        if not isinstance(tasks, list) or not isinstance(label_config, str):
            raise BadInput(SHAPE)
        if len(tasks) > MAX_TASKS:
            raise TooLarge(f"{len(tasks)} tasks at once; {MAX_TASKS} are the limit. `ls-expert prelabel` takes any number.")
        has_slot = slots.acquire(blocking=False)
        try:
            if not has_slot:
                log.warning("project %s: %d requests wait for answers already; this one gets what is ready", ls_project_id, services.predict_slots)
                deadline_s = time.monotonic()
            if team_model is not None:
                params = body.get("params")
                context = params.get("context") if isinstance(params, dict) else None
                extra_params = maker.projects.extra_params(ls_project_id)
                made = team_model.predict(ls_project_id, label_config, extra_params, tasks, context, deadline_s)
                return {"results": made, "model_version": team_model.version(ls_project_id, label_config, extra_params)}
            prelabeller = maker.prelabeller(ls_project_id, label_config)
            return {"results": prelabeller.predict(tasks, deadline_s), "model_version": prelabeller.version}
        finally:
            if has_slot:
                slots.release()

    @app.post("/webhook")
    def webhook() -> ResponseReturnValue:
        return {"status": "ignored"}

    @app.get("/versions")
    def list_versions() -> ResponseReturnValue:
        project, label_config = request.args.get("project"), request.args.get("label_config", "")  # Label Studio 1.23 says neither
        if team_model is not None:
            return {"versions": [team_model.version(_project_id(project), label_config, None)] if project else []}
        recipe = maker.recipe(_project_id(project))[0] if project else maker.today(None)
        return {"versions": [] if recipe.is_empty else [recipe.version(maker.config(label_config))]}

    app.register_error_handler(BadInput, _bad_input)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _our_fault)
    return app


def _body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data(cache=False))
    except (ValueError, RecursionError):
        raise BadInput("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The body is not a JSON object.")
    return body


def _project_id(raw: object) -> int:
    """Label Studio names a project ``<id>.<time it was made>``."""
    digits = str(raw).partition(".")[0]
    if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
        raise BadInput('"project" is not a project\'s name such as "3.1795446803".')
    return int(digits)


def _bad_input(error: BadInput) -> ResponseReturnValue:
    return _error(error.code, error.message, 413 if isinstance(error, TooLarge) else 400)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code == 413:
        limit_mb = MAX_BODY_BYTES // 1024 // 1024
        return _error(TooLarge.code, f"The body is larger than {limit_mb} MB. Ask for fewer tasks at once.", 413)
    return _error("http", error.name + ".", error.code or 500)


def _our_fault(error: Exception) -> ResponseReturnValue:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _error("error", "The ML backend failed. Its log says why.", 500)


def _error(code: str, message: str, status: int) -> tuple[dict[str, Any], int]:
    return {"error": {"code": code, "message": message}}, status
