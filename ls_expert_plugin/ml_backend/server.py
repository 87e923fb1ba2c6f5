"""The HTTP side of the ML backend, as Label Studio 1.23 speaks it. It keeps nothing between requests but fitted models.

    GET  /health     is it up; Label Studio waits 1 s
    POST /setup      which version would answer for this project; Label Studio waits 3 s, so nothing is fitted here
    POST /predict    exactly one result per task, in order; Label Studio waits 100 s
    POST /webhook    answered and ignored: a version changes only when somebody asks for it, never because of an event
    GET  /versions   the version in use, for ``?project=``

Errors are ``{"error": {"code", "message"}}``, never a traceback.
"""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from ls_expert_plugin.errors import BadInput, TooLarge
from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ml_backend import asked, versions
from ls_expert_plugin.ml_backend.examples import ExampleSet, ExampleSource
from ls_expert_plugin.ml_backend.fitted import FittedModels
from ls_expert_plugin.ml_backend.model import ExpertPrelabeller

MAX_BODY_BYTES = 64 * 1024 * 1024
# Label Studio gives up after 100 s (ML_TIMEOUT_PREDICT); what is not ready by then is asked for again.
PREDICT_BUDGET_S = 80.0
MODEL_THREADS = 8

NOTE = (f'A project answers with version "{versions.NONE_YET}" and without pre-labels until enough of its annotations have been '
        "learnt from, or a language model is configured.")
SHAPE = 'Send {"project": "3.1795446803", "label_config": "<View>…</View>", "tasks": [{"id": 1, "data": {…}}, …]}.'

log = logging.getLogger(__name__)


def create_app(examples: ExampleSource, model: LanguageModel | None, *, predict_budget_s: float = PREDICT_BUDGET_S) -> Flask:
    """The WSGI application. ``model`` is None where pre-labels come from submitted annotations only."""
    app = Flask("ls_expert_ml_backend", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    fitted = FittedModels()
    threads = ThreadPoolExecutor(MODEL_THREADS, thread_name_prefix="prelabel")

    def version_of(learnt: ExampleSet | None) -> str:
        return versions.served(learnt.version if learnt else None, model.name if model else None, asked.PROMPT_VERSION)

    @app.get("/")
    @app.get("/health")
    def health() -> ResponseReturnValue:
        named = model.name if model else None
        return {"status": "UP", "model_class": ExpertPrelabeller.__name__, "language_model": named, "note": NOTE}

    @app.post("/setup")
    def setup() -> ResponseReturnValue:
        return {"model_version": version_of(examples.latest(_project_id(_body().get("project"))))}

    @app.post("/predict")
    def predict() -> ResponseReturnValue:
        deadline_s = time.monotonic() + predict_budget_s
        body = _body()
        tasks, label_config, ls_project_id = body.get("tasks"), body.get("label_config"), _project_id(body.get("project"))
        if not isinstance(tasks, list) or not isinstance(label_config, str):
            raise BadInput(SHAPE)
        learnt = examples.latest(ls_project_id)
        if learnt is None and model is None:
            log.info("project %s: nothing learnt yet, so no pre-labels; Label Studio will ask again", ls_project_id)
        prelabeller = ExpertPrelabeller(
            label_config, version=version_of(learnt), fitted=fitted.of(learnt) if learnt else None, language_model=model,
            threads=threads, deadline_s=deadline_s)
        if not prelabeller.config.controls:
            log.info("project %s: no control of its label config is supported, so no pre-labels", ls_project_id)
        return {"results": prelabeller.predict(tasks), "model_version": prelabeller.version}

    @app.post("/webhook")
    def webhook() -> ResponseReturnValue:
        return {"status": "ignored"}

    @app.get("/versions")
    def list_versions() -> ResponseReturnValue:
        project = request.args.get("project")  # Label Studio 1.23 does not say which
        learnt = examples.latest(_project_id(project)) if project else None
        return {"versions": [version_of(learnt)] if learnt or model else []}

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
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise BadInput('"project" is not a project\'s name such as "3.1795446803".')
    return int(digits)


def _bad_input(error: BadInput) -> ResponseReturnValue:
    return _error(error.code, error.message, 400)


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code == 413:
        limit_mb = MAX_BODY_BYTES // 1024 // 1024
        return _error(TooLarge.code, f"The body is larger than {limit_mb} MB. Ask for fewer tasks at once.", 413)
    return _error("http", error.name + ".", error.code or 500)


def _our_fault(error: Exception) -> ResponseReturnValue:
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _error("error", "The ML backend failed. Its log says why.", 500)


def _error(code: str, message: str, status: int) -> ResponseReturnValue:
    return {"error": {"code": code, "message": message}}, status
