"""Scoring by a model behind a real endpoint: good answers, every kind of bad one, and scoring again by another version."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.cli.people.reassess import reassess_now
from ls_expert_plugin.config import load
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.assessment import rescore, run
from ls_expert_plugin.vetting.values import Assessment
from tests.support.builders.vetting_case import LATER, Case
from tests.support.builders.vetting_samples import EDUCATION, LONG_ENOUGH, NOW, graded_pack
from tests.support.clients.portal import CANDIDATE, MANAGER, SECRETS, Portal
from tests.support.fakes.openai_server import Behaviour, OpenAIServer, fails, gives, prose, refuses, says

PACK = graded_pack()
PASSAGES: dict[str, list[str]] = {one.id: [] for one in PACK.competencies}
QUOTE = "First I read the limitation period"


def _levels(level: int | None, quote: str = QUOTE, **more: Any) -> dict[str, Any]:
    given = {one.id: {"level": None, "quotes": []} for one in PACK.competencies}
    return {"competencies": {**given, "procedure": {"level": level, "quotes": [quote]}}, "red_flags": [], **more}


@pytest.fixture
def case(sqlite_store: Database) -> Case:
    """A candidate and a manager."""
    return Case(sqlite_store)


@pytest.fixture
def model(openai_server: OpenAIServer, sqlite_store: Database) -> OpenAICompatibleModel:
    """The real adapter, to an endpoint of our own."""
    log = StoredCallLog(sqlite_store, lambda: NOW)
    return OpenAICompatibleModel("judge", api_key="none", base_url=openai_server.base_url, timeout_s=2, log=log, first_pause_s=0.01)


def _reads(server: OpenAIServer, *readings: Behaviour) -> list[dict[str, Any]]:
    """No passages, then these readings, the last of them for ever; the list grows by what was asked."""
    asked: list[dict[str, Any]] = []

    def answer(request: dict[str, Any]) -> Behaviour:
        if "levels" not in request["messages"][0]["content"]:
            return gives(PASSAGES)
        asked.append(json.loads(request["messages"][1]["content"]))
        return readings[min(len(asked), len(readings)) - 1]

    server.reply_with(answer)
    return asked


def _assessed(case: Case, model: OpenAICompatibleModel) -> Assessment:
    return run.run(case.store, case.hold().id, {"law": PACK}, model, LATER)


def test_three_readings_are_kept_with_their_versions(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer) -> None:
    """Level, spread, passages by offset; each reading in an order of its own; a person still decides."""
    asked = _reads(openai_server, gives(_levels(4)), gives(_levels(3)), gives(_levels(4)))
    done = _assessed(case, model)
    (one,) = [score for score in done.scores if score.competency == "procedure"]
    assert (one.level, one.spread, one.readings, one.rubric, one.prompt_version) == (4, 1, (4, 3, 4), 3, "assessment_levels.v1")
    assert len(asked) == 3 and len({json.dumps(one) for one in asked}) > 1
    assert any("judge" in found.found_by for found in done.evidence) and case.verification().status == "in_review"
    assert case.dossier().assessment == done, "as it was saved"


@pytest.mark.parametrize("bad", [
    prose(), gives(_levels(0)), gives(_levels(7)), gives(_levels(4, verdict="hire")), says("{"), fails(400, "No."), Behaviour(silent="hang"), says(""),
    says(json.dumps(_levels(4)), finish_reason="length"),
], ids=["prose", "level 0", "level 7", "extra field", "half of it", "refused", "time out", "empty", "cut"])
def test_what_cannot_be_scored_is_said_and_the_rest_is_there(
    case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer, bad: Behaviour
) -> None:
    """Prose, levels that are none, extra fields, silence: no level, the passages, the transcript and the person's way on are there."""
    _reads(openai_server, bad)
    done = _assessed(case, model)
    assert done.scores == () and "Could not be scored" in done.note and done.evidence
    assert case.verification().status == "in_review"


def test_a_reading_that_fails_is_made_again(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer) -> None:
    """Two may fail."""
    asked = _reads(openai_server, fails(400), gives(_levels(4)), refuses(), gives(_levels(4)), gives(_levels(4)))
    done = _assessed(case, model)
    assert done.scores[0].readings == (4, 4, 4) and len(asked) == 5 and "2 of the readings failed" in done.note


def test_a_quote_that_was_not_said_gives_no_level(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer) -> None:
    """Level 5, three times, on words that nobody said: too little to go by."""
    _reads(openai_server, gives(_levels(5, "I have argued before the supreme court.")))
    done = _assessed(case, model)
    assert [one.level for one in done.scores] == [None, None, None] and "could not be located: 3" in done.note


def test_the_reviewer_and_the_candidate_see_levels_and_what_they_rest_on(
    sqlite_store: Database, model: OpenAICompatibleModel, openai_server: OpenAIServer
) -> None:
    """Readings that differ are a thing to look at; so is a red flag, in the candidate's own words."""
    flag = {"id": "gave_away", "quote": "I told the client in plain words"}
    _reads(openai_server, gives(_levels(4, red_flags=[flag])), gives(_levels(2)), gives(_levels(5)))
    portal = Portal(sqlite_store, packs={"law": PACK}, model=model)
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/education/new", **EDUCATION)
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    page = portal.browser(MANAGER).page("/admin/review/1")
    assert "Level 4, but independent readings differ by 3." in page and "Gave away a confidence" in page
    assert "readings: 4, 2, 5 · they differ" in " ".join(page.split())
    mine = browser.page("/domains/law/result")
    assert "Level 4" in mine and "rubric version 3, prompt assessment_levels.v1" in mine


def test_an_old_interview_is_scored_again_beside_what_was_found(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer) -> None:
    """A new rubric gives other levels: both stay, nobody's status changes, and the second run has nothing to do."""
    _reads(openai_server, gives(_levels(4)))
    _assessed(case, model)
    before = case.verification()
    newer: dict[str, Pack] = {"law": graded_pack(version=4)}
    assert [one.after for one in rescore.reassess(case.store, newer, model, lambda: LATER, dry_run=True)] == [None]
    _reads(openai_server, gives(_levels(2)))
    (done,) = rescore.reassess(case.store, newer, model, lambda: LATER)
    assert [(one.competency, one.was, one.now) for one in done.changes] == [("procedure", 4, 2)]
    assert list(rescore.reassess(case.store, newer, model, lambda: LATER)) == []
    with case.store.read() as unit:
        assert [one.scores[0].level for one in unit.interviews.assessments_of(1)] == [4, 2]
        assert [one.scores[0].rubric for one in unit.interviews.assessments_of(1)] == [3, 4]
    assert case.verification() == before
    assert list(rescore.reassess(case.store, newer, model, lambda: LATER, domain="medicine")) == []


def test_an_interview_that_cannot_be_scored_again_keeps_what_it_had(case: Case, model: OpenAICompatibleModel, openai_server: OpenAIServer) -> None:
    """It is said, nothing is saved, and the next run tries again."""
    _reads(openai_server, gives(_levels(4)))
    _assessed(case, model)
    _reads(openai_server, prose())
    (done,) = rescore.reassess(case.store, {"law": graded_pack(version=4)}, model, lambda: LATER)
    assert "Could not be scored" in done.problem and done.changes == ()
    with case.store.read() as unit:
        assert len(unit.interviews.assessments_of(1)) == 1


def test_without_a_model_the_command_says_so(tmp_path: Path) -> None:
    """And does nothing."""
    settings = load({**SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:9"})
    migrate(settings.database_url)
    with pytest.raises(Conflict, match="No language model is configured"):
        reassess_now(settings, io.StringIO(), domain=None, verification_id=None, dry_run=False)
