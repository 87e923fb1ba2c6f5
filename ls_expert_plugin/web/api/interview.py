"""JSON API of the interview, under /api/v1/me/interviews: the same steps, locks and consents as the page.

``docs/api.md`` says what each call takes and gives.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.vetting.interview import human_takeover
from ls_expert_plugin.vetting.interview import session as interviewing
from ls_expert_plugin.vetting.interview.planner import progress
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.api.auth import caller, json_body
from ls_expert_plugin.web.candidate.interview_stream import events, own, progress_json, turn_json, wait
from ls_expert_plugin.web.services import services

blueprint = Blueprint("api_interview", __name__, url_prefix="/api/v1/me/interviews")
_ID = "<int(max=2147483647):interview_id>"


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class StartBody(_Body):
    """The domain to be interviewed in, one's specialties there (ids of the pack), and the language to be asked in (ISO 639-1)."""

    domain: str
    specialties: list[str] = Field(default=[], max_length=200)
    language: str = ""


class ApiAnswerBody(_Body):
    """The answer to the question at position ``in_reply_to``."""

    in_reply_to: int = Field(ge=0, le=1_000_000)
    text: str


class PersonBody(_Body):
    """Whether a person is to ask."""

    wanted: bool


@blueprint.get("")
def mine() -> Response:
    """My newest interview in each domain."""
    person, parts = caller(), services()
    with parts.store.read() as unit:
        found = [(one.domain, unit.interviews.of_verification(one.id)) for one in unit.verifications.of(person.id)]
    return jsonify(interviews=[
        {"interview": one.id, "domain": domain, "over": one.ended_at_utc is not None, "by_hand": one.is_by_hand} for domain, one in found if one
    ])


@blueprint.post("")
def start() -> tuple[Response, int]:
    """Begin an interview, with its first question; one that is running is returned as it is."""
    person, parts = caller(), services()
    body = _read(StartBody)
    pack = parts.packs.get(body.domain)
    with parts.store.begin() as unit:
        verification = next((one for one in unit.verifications.of(person.id) if one.domain == body.domain), None)
        if pack is None or verification is None:
            raise NotFound("Apply in this domain first, in the portal.")
        begun = interviewing.start(
            unit, person, verification.id, pack, parts.clock(), specialties=body.specialties,
            language=body.language if parts.interview_model else "",
        )
    for _ in events(parts, wait(parts, person, begun.id)) if not begun.turns else ():
        pass
    return jsonify(_state(person, begun.id)), 201


@blueprint.get(f"/{_ID}")
def read(interview_id: int) -> Response:
    """What was said, how far it is, and what is awaited."""
    return jsonify(_state(caller(), interview_id))


@blueprint.post(f"/{_ID}/answers")
def answer(interview_id: int) -> Response:
    """Save an answer, and have the next question asked."""
    person, parts = caller(), services()
    body = _read(ApiAnswerBody)
    with parts.store.begin() as unit:
        interviewing.answer(
            unit, person, interview_id, body.in_reply_to, body.text, parts.settings.turn_max_chars, parts.clock()
        )
    return _next(person, interview_id)


@blueprint.post(f"/{_ID}/next")
def ask(interview_id: int) -> Response:
    """Have the next question asked; one that is open stays."""
    return _next(caller(), interview_id)


@blueprint.post(f"/{_ID}/person")
def ask_for_person(interview_id: int) -> Response:
    """Ask for a person in place of the program, or go on without one."""
    person, parts = caller(), services()
    body = _read(PersonBody)
    with parts.store.begin() as unit:
        if body.wanted:
            human_takeover.ask_for_person(unit, person, interview_id, parts.clock())
        else:
            human_takeover.go_on_without(unit, person, interview_id)
    return jsonify(_state(person, interview_id)) if body.wanted else _next(person, interview_id)


def _next(person: Person, interview_id: int) -> Response:
    for _ in events(services(), wait(services(), person, interview_id)):
        pass  # what counts is saved
    return jsonify(_state(person, interview_id))


def _state(person: Person, interview_id: int) -> dict[str, Any]:
    parts = services()
    with parts.store.read() as unit:
        found, pack = own(unit, parts, person, interview_id)
    over, asked = found.ended_at_utc is not None, bool(found.turns) and found.turns[-1].speaker == "interviewer"
    return {
        "interview": found.id, "domain": pack.id, "turns": [turn_json(one) for one in found.turns],
        "progress": progress_json(progress(pack, found.turns)), "by_hand": found.is_by_hand,
        "awaits": "nothing" if over else "answer" if asked else "person" if found.is_by_hand else "next",
    }


def _read(model: type[Any]) -> Any:
    try:
        return model.model_validate(json_body())
    except ValidationError as problem:
        fields = ", ".join(sorted({str(one["loc"][0]) if one["loc"] else "the body" for one in problem.errors()}))
        raise BadInput(f"This cannot be used: {fields}. docs/api.md says what the call takes.") from None
