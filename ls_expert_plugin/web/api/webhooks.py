"""Incoming webhook of Label Studio, which only says "look now": what counts is read from the outbox afterwards.

Checked in this order, and never answered with a 500: our secret (401), the size (413), JSON with an ``action`` (400), a
project that we know (otherwise 200, ignored).
"""

from __future__ import annotations

import json
import logging
from typing import Any

from flask import Blueprint, Response, jsonify, request

from ls_expert_plugin.errors import BadInput, BadSecret, TooLarge
from ls_expert_plugin.protocol.handshake import WEBHOOK_SECRET_HEADER, same_secret
from ls_expert_plugin.web.services import services

logger = logging.getLogger(__name__)
blueprint = Blueprint("hooks", __name__)

MAX_BODY_BYTES = 10 * 1024 * 1024
_MAX_ID = 2**31 - 1


@blueprint.post("/webhooks/label-studio")
def label_studio() -> Response:
    """Have the outbox read; answers ``{"status": "queued"}`` or ``{"status": "ignored"}``."""
    if not same_secret(request.headers.get(WEBHOOK_SECRET_HEADER), services().settings.webhook_secret):
        raise BadSecret(f"Send our secret in the header {WEBHOOK_SECRET_HEADER}.")
    payload = _payload(_body())
    project = payload.get("project")
    ls_project_id = project.get("id") if isinstance(project, dict) else None
    # A project that has just been created is known only once its event has been read.
    if payload["action"] != "PROJECT_CREATED" and not _known(ls_project_id):
        logger.info("webhook %.40r ignored: we know no project %.20r", payload["action"], ls_project_id)
        return jsonify(status="ignored")
    services().queue("read_outbox")
    return jsonify(status="queued")


def _body() -> bytes:
    """The body, if it is not too large. One without a Content-Length is cut off silently, so one byte more is let in."""
    request.max_content_length = MAX_BODY_BYTES + 1
    body = request.get_data(cache=False)
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes.")
    return body


def _payload(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("The body is not JSON.") from None
    if not isinstance(payload, dict) or not isinstance(payload.get("action"), str):
        raise BadInput('Send a JSON object with an "action".')
    return payload


def _known(ls_project_id: object) -> bool:
    if not isinstance(ls_project_id, int) or not 0 < ls_project_id <= _MAX_ID:
        return False
    with services().store.read() as unit:
        return unit.projects.get(ls_project_id) is not None
