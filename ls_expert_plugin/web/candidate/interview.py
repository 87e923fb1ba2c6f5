"""Views of the interview, and the endpoints its script calls. Everything works as plain forms, too."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.wrappers import Response as BaseResponse

from ls_expert_plugin.errors import BadInput, Conflict, ExpertError
from ls_expert_plugin.vetting.interview import human_takeover
from ls_expert_plugin.vetting.interview import session as interviewing
from ls_expert_plugin.vetting.interview.planner import progress
from ls_expert_plugin.vetting.values import Interview
from ls_expert_plugin.web.auth import signed_in
from ls_expert_plugin.web.candidate.interview_stream import StreamEvent, events, own, turn_json, wait
from ls_expert_plugin.web.errors import REFUSED, status_of
from ls_expert_plugin.web.services import services

logger = logging.getLogger(__name__)
blueprint = Blueprint("interview", __name__)


_COUNT = Field(default=0, ge=0, le=1_000_000)


class SeenBody(BaseModel):
    """What the page saw while the answer was written."""

    model_config = ConfigDict(extra="forbid", strict=True)
    pasted_chars: int = _COUNT
    pastes: int = _COUNT
    away_times: int = _COUNT
    away_s: int = _COUNT


class AnswerBody(BaseModel):
    """What the page sends: the answer to the question at position ``in_reply_to``."""

    model_config = ConfigDict(extra="forbid", strict=True)
    in_reply_to: int = Field(ge=0, le=1_000_000)
    text: str
    seen: SeenBody | None = None


class DraftBody(BaseModel):
    """What is in the box now."""

    model_config = ConfigDict(extra="forbid", strict=True)
    in_reply_to: int = Field(ge=0, le=1_000_000)
    text: str


@blueprint.get("/interview/<int(max=2147483647):interview_id>")
def page(interview_id: int) -> str:
    """The interview so far, and the box for the answer."""
    return _page(interview_id)


@blueprint.post("/interview/<int(max=2147483647):interview_id>/answers")
def answer_form(interview_id: int) -> BaseResponse | tuple[str, int]:
    """An answer sent without script: saved, and the next question asked before the page is shown again."""
    signed_in()
    text = request.form.get("text", "")
    try:
        in_reply_to = int(request.form.get("in_reply_to", ""))
    except ValueError:
        raise BadInput("The form was incomplete. Go back, load the page again and send it once more.") from None
    try:
        _save(interview_id, in_reply_to, text)
    except (BadInput, Conflict) as problem:
        return _page(interview_id, error=problem.message, text=text), status_of(problem)
    return ask_form(interview_id)


@blueprint.post("/interview/<int(max=2147483647):interview_id>/next")
def ask_form(interview_id: int) -> BaseResponse:
    """Ask the next question without script."""
    for _ in events(services(), wait(services(), signed_in(), interview_id)):
        pass  # what counts is saved; the page shows it
    return redirect(url_for("interview.page", interview_id=interview_id, _anchor="answer"), 303)


@blueprint.post("/api/interviews/<int(max=2147483647):interview_id>/answers")
def answer(interview_id: int) -> Response:
    """Save an answer: ``{"in_reply_to": 4, "text": "…"}`` → ``{"turn": {…}}``."""
    signed_in()
    try:
        body = AnswerBody.model_validate_json(request.get_data())
    except ValidationError:
        raise BadInput("Send JSON with in_reply_to (a whole number) and text.") from None
    interview = _save(interview_id, body.in_reply_to, body.text, body.seen.model_dump() if body.seen else None)
    return jsonify(turn=turn_json(interview.turns[body.in_reply_to + 1]))


@blueprint.put("/api/interviews/<int(max=2147483647):interview_id>/draft")
def keep_draft(interview_id: int) -> Response:
    """Keep what is being written: ``{"in_reply_to": 4, "text": "…"}`` → ``{"kept": true}``; false: that question is no longer open."""
    person, parts = signed_in(), services()
    try:
        body = DraftBody.model_validate_json(request.get_data())
    except ValidationError:
        raise BadInput("Send JSON with in_reply_to (a whole number) and text.") from None
    with parts.store.begin() as unit:
        kept = interviewing.keep_draft(
            unit, person, interview_id, body.in_reply_to, body.text, parts.settings.turn_max_chars, parts.clock()
        )
    return jsonify(kept=kept)


@blueprint.post("/api/interviews/<int(max=2147483647):interview_id>/next")
def ask(interview_id: int) -> Response:
    """The next turn as text/event-stream; the events are those of ``next_turn``."""
    parts = services()
    waiting = wait(parts, signed_in(), interview_id)
    stream = _event_stream(events(parts, waiting), interview_id)
    # Proxies hold answers back until they are whole, unless told otherwise.
    return Response(stream, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


@blueprint.post("/interview/<int(max=2147483647):interview_id>/person")
def ask_for_person(interview_id: int) -> BaseResponse:
    """I would rather be asked by a person; or, ``without``, I go on without one."""
    person, parts = signed_in(), services()
    with parts.store.begin() as unit:
        if request.form.get("without"):
            human_takeover.go_on_without(unit, person, interview_id)
        else:
            human_takeover.ask_for_person(unit, person, interview_id, parts.clock())
    if request.form.get("without"):
        return ask_form(interview_id)
    return redirect(url_for("interview.page", interview_id=interview_id), 303)


@blueprint.post("/interview/<int(max=2147483647):interview_id>/pause")
def pause(interview_id: int) -> BaseResponse:
    """Pause the interview until another time."""
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        interviewing.read(unit, person, interview_id)
    flash("Everything up to here is saved. Go on whenever you like, on this or another device.", "good")
    return redirect(url_for("portal.home"), 303)


@blueprint.get("/api/interviews/<int(max=2147483647):interview_id>/state")
def state(interview_id: int) -> Response:
    """``{"turns": 7, "over": false, "by_hand": true}``: whether there is something new to read."""
    with services().store.read() as unit:
        found = interviewing.read(unit, signed_in(), interview_id)
    return jsonify(turns=len(found.turns), over=found.ended_at_utc is not None, by_hand=found.is_by_hand)


def _save(interview_id: int, in_reply_to: int, text: str, seen: dict[str, int] | None = None) -> Interview:
    person, parts = signed_in(), services()
    with parts.store.begin() as unit:
        return interviewing.answer(
            unit, person, interview_id, in_reply_to, text, parts.settings.turn_max_chars, parts.clock(), seen
        )


def _event_stream(told: Iterator[StreamEvent], interview_id: int) -> Iterator[str]:
    try:
        for event in told:
            yield _as_text(event)
    except ExpertError as problem:
        yield _as_text(StreamEvent("error", {"code": problem.code, "message": problem.message}))
    except Exception:  # noqa: BLE001  # the entry point's net: the answer has begun, no error page can be sent any more
        logger.exception("interview %d: the next question could not be saved", interview_id)
        yield _as_text(StreamEvent("error", {"code": "error", "message": REFUSED[500][2]}))


def _as_text(event: StreamEvent) -> str:
    return f"event: {event.name}\ndata: {json.dumps(event.data)}\n\n"


def _page(interview_id: int, error: str | None = None, text: str = "") -> str:
    person, parts = signed_in(), services()
    with parts.store.read() as unit:
        interview, pack = own(unit, parts, person, interview_id)
        draft = interviewing.draft(unit, interview)
    waits = interview.ended_at_utc is None and (not interview.turns or interview.turns[-1].speaker == "candidate")
    return render_template(
        "candidate/assessment/interview.html", interview=interview, pack=pack, progress=progress(pack, interview.turns), error=error,
        text=text or (draft.text if draft else ""), limit=parts.settings.turn_max_chars,
        waits_for_question=waits and not interview.is_by_hand, waits_for_person=waits and interview.is_by_hand,
    )
