"""Views of a live interview for managers: read along, take over, give it back, end it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ls_expert_plugin.errors import BadInput, Conflict
from ls_expert_plugin.vetting.interview import human_takeover
from ls_expert_plugin.vetting.interview.planner import next_question
from ls_expert_plugin.vetting.values import Verification
from ls_expert_plugin.web.auth import signed_in_manager
from ls_expert_plugin.web.errors import status_of
from ls_expert_plugin.web.services import services

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

blueprint = Blueprint("room", __name__, url_prefix="/admin/interviews")
_ID = "<int(max=2147483647):interview_id>"


@blueprint.get(f"/{_ID}")
def page(interview_id: int) -> str:
    """What was said, and the box for a question."""
    return _page(interview_id)


@blueprint.get(f"/{_ID}/state")
def state(interview_id: int) -> Response:
    """Whether there is something new to read."""
    manager = signed_in_manager()
    with services().store.read() as unit:
        found = human_takeover.room(unit, manager, interview_id)[0]
    return jsonify(turns=len(found.turns), over=found.ended_at_utc is not None, by_hand=found.is_by_hand)


@blueprint.post(f"/{_ID}/ask")
def ask(interview_id: int) -> BaseResponse | tuple[str, int]:
    """Put a manager's own question to the candidate."""
    manager, parts, form = signed_in_manager(), services(), request.form
    after = form.get("after", "")
    try:
        with parts.store.begin() as unit:
            _, verification, _ = human_takeover.room(unit, manager, interview_id)
            human_takeover.ask(
                unit, manager, interview_id, form.get("competency", ""), form.get("text", ""), _pack(verification),
                int(after) if after.isascii() and after.isdigit() and len(after) < 7 else -1, parts.clock(),
            )
    except (BadInput, Conflict) as problem:
        return _page(interview_id, problem.message), status_of(problem)
    return redirect(url_for("room.page", interview_id=interview_id, _anchor="ask"), 303)


@blueprint.post(f"/{_ID}/give-back")
def give_back(interview_id: int) -> BaseResponse:
    """Give the interview back, so that the program asks again."""
    manager, parts = signed_in_manager(), services()
    with parts.store.begin() as unit:
        human_takeover.give_back(unit, manager, interview_id)
    flash("Returned to the automated interview. It asks the next question.", "good")
    return redirect(url_for("review.queue"), 303)


@blueprint.post(f"/{_ID}/end")
def end(interview_id: int) -> BaseResponse:
    """End the interview and have it searched for evidence."""
    manager, parts = signed_in_manager(), services()
    with parts.store.begin() as unit:
        _, verification, _ = human_takeover.room(unit, manager, interview_id)
        human_takeover.finish(unit, manager, interview_id, _pack(verification), parts.clock())
    parts.queue("assess", interview_id=interview_id)
    flash("Interview complete. It is being searched for evidence.", "good")
    return redirect(url_for("review.dossier", verification_id=verification.id), 303)


def _page(interview_id: int, error: str = "") -> str:
    manager, parts = signed_in_manager(), services()
    with parts.store.read() as unit:
        interview, verification, candidate = human_takeover.room(unit, manager, interview_id)
        suggested = next_question(
            _pack(verification), interview.turns, unit.claims.of(candidate.id), specialties=verification.specialties
        )
    return render_template(
        "admin/review/live_interview.html", interview=interview, v=verification, candidate=candidate, pack=_pack(verification), suggested=suggested,
        error=error, form=request.form, most=human_takeover.QUESTION_MAX_CHARS,
    )


def _pack(verification: Verification) -> Pack:
    pack = services().packs.get(verification.domain)
    if pack is None:
        raise Conflict("This domain is no longer offered here.")
    return pack
