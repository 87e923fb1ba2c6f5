"""Server-sent events of the interview's next turn: a model words the planned question while the browser waits.

    writing  the question is being written: at once, and every second from then on
    turn     the question as it is saved
    end      the interview is over; holds the closing words
    wait     a person is to ask the next question
    error    it could not be saved; ask again

Nothing that a model has written is told before the whole of it has passed (``vetting/interview/wording_check.py``) and is saved; what does not pass is
never told, and the written question is asked. No transaction is open while the model talks. A browser that goes away in the middle finds no
question when it comes back and asks again; whoever saves first decides what everybody reads.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ls_expert_plugin.errors import Conflict, ModelError
from ls_expert_plugin.vetting.interview import session as interviewing
from ls_expert_plugin.vetting.interview.planner import Ask, Progress, progress
from ls_expert_plugin.vetting.token_budget import model_for
from ls_expert_plugin.vetting.values import Interview, Person, Turn

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork
    from ls_expert_plugin.web.services import Services

logger = logging.getLogger(__name__)
SIGN_OF_LIFE_S = 1.0  # proxies hang up on what is silent, and only what is told finds out that the browser has gone


@dataclass(frozen=True)
class StreamEvent:
    """One event, ready to be written as JSON."""

    name: Literal["writing", "turn", "end", "wait", "error"]
    data: dict[str, Any]


@dataclass(frozen=True)
class Waiting:
    """An interview at the moment somebody asks for its next turn. ``ask`` is None when there is nothing to word."""

    interview: Interview
    pack: Pack
    ask: Ask | None
    person: Person


def own(unit: UnitOfWork, services: Services, person: Person, interview_id: int) -> tuple[Interview, Pack]:
    """The person's interview and its domain. Raises ``NotFound``, and ``Conflict`` when the domain is gone."""
    interview, verification = interviewing.read_with(unit, person, interview_id)
    pack = services.packs.get(verification.domain)
    if pack is None:
        raise Conflict("This domain is no longer offered here. Ask a manager of this Label Studio.")
    return interview, pack


def wait(services: Services, person: Person, interview_id: int) -> Waiting:
    """What ``events`` needs, read and checked before the answer begins. Raises as ``own``."""
    with services.store.read() as unit:
        interview, pack = own(unit, services, person, interview_id)
        return Waiting(interview, pack, interviewing.planned(unit, interview, pack), person)


def events(services: Services, waiting: Waiting) -> Iterator[StreamEvent]:
    """Word the next question, save it, and tell of both. Asked twice, the saved question is told again."""
    text, worded_by = None, interviewing.WRITTEN
    model = model_for(services, waiting.person.id) if waiting.ask is not None else None
    if waiting.ask is not None and model is not None:
        yield StreamEvent("writing", {})
        told_s = time.monotonic()
        try:
            with closing(model.stream(interviewing.wording(waiting.pack, waiting.interview, waiting.ask))) as pieces:
                for piece in pieces:
                    text = piece  # the last one is the whole, and it has passed
                    if time.monotonic() - told_s >= SIGN_OF_LIFE_S:
                        yield StreamEvent("writing", {})
                        told_s = time.monotonic()
            worded_by = model.name
        except ModelError as problem:
            text = None
            logger.warning("interview %d goes on with the written question: %s", waiting.interview.id, problem.message)
    with services.store.begin() as unit:
        turn = interviewing.ask_next(
            unit, waiting.interview.id, waiting.pack, text, worded_by, services.clock(), worded_for=waiting.ask
        )
        interview = unit.interviews.get(waiting.interview.id) or waiting.interview
    far = progress(waiting.pack, interview.turns)
    if turn is not None:
        yield StreamEvent("turn", {**turn_json(turn), "progress": progress_json(far)})
        return
    if interview.ended_at_utc is None:
        yield StreamEvent("wait", {"progress": progress_json(far)})
        return
    if waiting.interview.ended_at_utc is None:
        services.queue("assess", interview_id=interview.id)
    last = interview.turns[-1]
    last_words = turn_json(last) if last.speaker == "interviewer" else None
    yield StreamEvent("end", {"turn": last_words, "progress": progress_json(far)})


def turn_json(turn: Turn) -> dict[str, Any]:
    """A saved turn as the browser gets it."""
    return {"position": turn.position, "speaker": turn.speaker, "text": turn.text}


def progress_json(far: Progress) -> dict[str, Any]:
    """How far the interview is, as the browser gets it."""
    return {"asked": far.asked, "budget": far.budget, "covered": far.covered, "remaining": far.remaining}
