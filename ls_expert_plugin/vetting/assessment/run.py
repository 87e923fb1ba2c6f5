"""Search an interview for evidence: the worker's job. Offline always; a language model adds what it can, if there is one.

Offline the result is passages and a note. With a model it is also levels, from several readings (``rubric_levels.py``). It is never a
decision. The state lives in the database, so the job may be run
again, by two workers at once too: the first to finish is kept. That both pay for the same interview, a lease prevents (``worker/assessing.py``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.errors import Conflict, ModelError, NotFound
from ls_expert_plugin.llm.port import LanguageModel, Prompt
from ls_expert_plugin.llm.prompts import prompt_from_file
from ls_expert_plugin.vetting.assessment import rubric_levels
from ls_expert_plugin.vetting.evidence.authenticity_signals import Similar, nearly_the_same
from ls_expert_plugin.vetting.evidence.indicators import find
from ls_expert_plugin.vetting.evidence.quote_matching import QuotableAnswer
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.values import Assessment, Evidence, Interview, RaisedRedFlag, Score, Turn, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.repositories.operations.leases import Lease
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

OFFLINE = "terms"
# Of other answers that one repeats, so many are kept.
MOST_ALIKE = 3
# More passages for one competency than a reviewer reads; what a model returns beyond it is dropped.
QUOTES_PER_COMPETENCY = 8
_PROMPT = "assessment_evidence.v1"


@dataclass(frozen=True)
class Search:
    """What a search came to. ``state`` is "done", or "failed" when nothing could be searched: there was no pack then."""

    state: str
    pack_version: int | None
    method: str
    prompt_version: str
    note: str
    evidence: tuple[Evidence, ...]
    scores: tuple[Score, ...] = ()
    raised: tuple[RaisedRedFlag, ...] = ()


def run(
    store: Database, interview_id: int, packs: Mapping[str, Pack], model: LanguageModel | None, now: dt.datetime, lease: Lease | None = None
) -> Assessment:
    """Search the interview, save what was found, and pass the verification on to review. Done already: returned as it is.

    Raises ``NotFound`` (no such interview) and ``Conflict`` (not over yet). A model that fails raises nothing: the note
    says so. No transaction is open while the model is asked. ``lease``: saves nothing once somebody else has it.
    """
    with store.begin() as unit:
        interview, assessment, verification = _take(unit, interview_id)
        if assessment.state != "queued":
            return assessment
        unit.interviews.count_attempt(assessment.id)
    result = search(packs.get(verification.domain), interview.turns, model, str(interview_id))
    alike = _alike(store, interview)
    return store.run(lambda unit: _finish(unit, interview, result, alike, lease, now))


def _alike(store: Database, interview: Interview) -> list[Similar]:
    """Answers that repeat what others answered to the same question."""
    found: list[Similar] = []
    for turn in interview.turns:
        if turn.speaker == "candidate" and turn.question_id:
            with store.read() as unit:
                others = unit.signals.others(interview.id, turn.question_id)
            found.extend(nearly_the_same(turn, others)[:MOST_ALIKE])
    return found


def search(pack: Pack | None, turns: Sequence[Turn], model: LanguageModel | None, seed: str = "") -> Search:
    """Passages in ``turns``, by the pack's terms and, with ``model``, by asking it; and levels, where the pack describes them.

    ``seed`` decides in which order the readings see the interview.
    """
    if pack is None:
        note = "The domain pack of this interview is no longer there, so nothing was searched. The transcript is complete."
        return Search("failed", None, "", "", note, ())
    found = find(pack, turns)
    if model is None:
        return Search("done", pack.version, OFFLINE, "", "", found)
    try:
        answer = model.structured(evidence_prompt(pack, turns), evidence_schema(pack))
    except ModelError as problem:
        return Search("done", pack.version, OFFLINE, "", f"The language model could not be asked: {problem.message}", found)
    merged, dropped = merge(pack, turns, found, answer, model.name)
    scored, problems = _score(pack, turns, model, seed, found)
    merged = joined(pack, turns, merged, scored.evidence)
    dropped += scored.void
    notes = [f"Left out of what the language model named, because it could not be located: {dropped}."] if dropped else []
    version = rubric_levels.PROMPT if scored.scores else _PROMPT
    return Search(
        "done", pack.version, f"{OFFLINE} + {model.name}"[:64], version, " ".join([*notes, *problems]), merged, scored.scores, scored.raised,
    )


def _score(
    pack: Pack, turns: Sequence[Turn], model: LanguageModel, seed: str, by_terms: Sequence[Evidence]
) -> tuple[rubric_levels.RubricReading, list[str]]:
    """Several readings put together, and what went wrong with them, in words."""
    readings: list[rubric_levels.Reading] = []
    if not rubric_levels.scorable(pack):
        return rubric_levels.combine(pack, (), by_terms, model.name), []
    failed = 0
    last = ""
    while len(readings) < rubric_levels.READINGS and failed <= rubric_levels.MAY_FAIL:
        asked = rubric_levels.prompt(pack, turns, f"{seed}:{len(readings) + failed}")
        try:
            answer = model.structured(asked, rubric_levels.schema(pack))
        except ModelError as problem:
            failed += 1
            last = problem.message
            continue
        readings.append(rubric_levels.read(pack, turns, answer, model.name))
    if len(readings) < rubric_levels.READINGS:
        words = f"Could not be scored: of {len(readings) + failed} readings by the language model only {len(readings)} could be used. {last}"
        return rubric_levels.combine(pack, (), by_terms, model.name), [words]
    return rubric_levels.combine(pack, readings, by_terms, model.name), [f"{failed} of the readings failed and was made again."] if failed else []


def evidence_prompt(pack: Pack, turns: Sequence[Turn]) -> Prompt:
    """Prompt that asks for passages. Everything said is data in it."""
    questions = {turn.position: turn.text for turn in turns if turn.speaker == "interviewer"}
    data = {
        "domain": pack.title,
        "competencies": [
            {"id": one.id, "title": one.title, "description": one.description} for one in pack.competencies
        ],
        "answers": [
            {"question": questions.get(turn.position - 1, ""), "text": turn.text}
            for turn in turns
            if turn.speaker == "candidate"
        ],
    }
    return prompt_from_file("ls_expert_plugin.vetting", _PROMPT, "assessment.evidence", data, max_tokens=4000)


def evidence_schema(pack: Pack) -> dict[str, Any]:
    """JSON Schema of the answer: for each competency a list of passages."""
    passages = {"type": "array", "items": {"type": "string"}}
    ids = [one.id for one in pack.competencies]
    return {
        "type": "object",
        "properties": dict.fromkeys(ids, passages),
        "required": ids,
        "additionalProperties": False,
    }


def merge(
    pack: Pack, turns: Sequence[Turn], found: Sequence[Evidence], answer: Mapping[str, Any], model_name: str
) -> tuple[tuple[Evidence, ...], int]:
    """``found`` and the passages of a model's ``answer`` that can be located, in the order of the transcript; and how
    many were dropped. A passage inside one that is there already is noted on it.
    """
    by = f"model: {model_name}"
    answers = {turn.id: QuotableAnswer(turn.text) for turn in turns if turn.speaker == "candidate"}
    located: list[Evidence] = []
    dropped = 0
    for competency in pack.competencies:
        quotes = answer.get(competency.id, ())
        dropped += len(quotes[QUOTES_PER_COMPETENCY:])
        for quote in quotes[:QUOTES_PER_COMPETENCY]:
            evidence = rubric_levels.locate(answers, competency.id, quote, by)
            if evidence is None:
                dropped += 1
            else:
                located.append(evidence)
    return joined(pack, turns, found, located), dropped


def joined(pack: Pack, turns: Sequence[Turn], found: Sequence[Evidence], more: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """``found`` with ``more``, in the order of the transcript. A passage inside one that is there already is noted on it."""
    kept = list(found)
    for evidence in more:
        around = next((at for at, one in enumerate(kept) if _holds(one, evidence)), None)
        if around is None:
            kept.append(evidence)
        elif evidence.found_by not in kept[around].found_by:
            kept[around] = replace(kept[around], found_by=f"{kept[around].found_by}; {evidence.found_by}")
    order = {turn.id: turn.position for turn in turns}
    rank = {one.id: at for at, one in enumerate(pack.competencies)}
    kept.sort(key=lambda one: (order[one.turn_id], one.start, rank[one.competency]))
    return tuple(kept)


def _holds(outer: Evidence, inner: Evidence) -> bool:
    same = (outer.competency, outer.turn_id) == (inner.competency, inner.turn_id)
    return same and outer.start <= inner.start and inner.end <= outer.end


def _take(unit: UnitOfWork, interview_id: int) -> tuple[Interview, Assessment, Verification]:
    """The interview, its assessment, and its verification, which is locked."""
    interview = unit.interviews.get(interview_id)
    verification = unit.verifications.lock(interview.verification_id) if interview else None
    if interview is None or verification is None:
        raise NotFound(f"There is no interview {interview_id}.")
    assessment = unit.interviews.assessment_of(interview_id)
    if assessment is None:
        raise Conflict(f"Interview {interview_id} is not over, so there is nothing to search yet.")
    return interview, assessment, verification


def _finish(unit: UnitOfWork, interview: Interview, result: Search, alike: Sequence[Similar], lease: Lease | None, now: dt.datetime) -> Assessment:
    _, assessment, verification = _take(unit, interview.id)
    if assessment.state != "queued" or lease is not None and not unit.leases.holds(lease):
        return assessment  # another worker was first, or has taken over, or consent was withdrawn meanwhile
    unit.signals.set_similar(alike)
    done = unit.interviews.finish_assessment(
        assessment.id,
        state=result.state,
        pack_version=result.pack_version or assessment.pack_version,
        method=result.method,
        prompt_version=result.prompt_version,
        note=result.note,
        evidence=result.evidence,
        scores=result.scores,
        raised=result.raised,
        now=now,
    )
    # Still queued means still assessing: withdrawing consent would have ended both.
    status.check(verification.status, "in_review")
    unit.verifications.change(verification.id, "in_review", actor_person_id=None, reason="", now=now)
    return done
