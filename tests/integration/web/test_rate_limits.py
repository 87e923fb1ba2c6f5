"""Budgets and rates in the portal: what costs is limited for each person, and they are told when to go on."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Generator, Mapping
from typing import Any

import pytest

from ls_expert_plugin.llm.port import CallLog, ModelCall, Prompt
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.token_budget import UNKNOWN_TOKENS, subject_of
from ls_expert_plugin.web.rate_limits import LIMITS, in_words
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import CANDIDATE, OTHER, Browser, Portal, events

SHORT = "I have done that a few times, in small cases."


class Counted:
    """A model that words questions, and writes down that each call cost so many tokens; None: the endpoint does not tell."""

    name = "counted"

    def __init__(self, log: CallLog, tokens: int | None) -> None:
        self._log, self._tokens = log, tokens
        self.asked = 0

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        self.asked += 1
        try:
            yield "Which court did you stand before, and what did you ask it for? "
            yield "Take one case."
        finally:
            written = 0 if self._tokens else None
            self._log.record(ModelCall(prompt.purpose, self.name, prompt.version, "", self._tokens, written, 1, 1, "ok", prompt.subject))

    def chat(self, prompt: Prompt) -> str:
        raise NotImplementedError

    def structured(self, prompt: Prompt, schema: Mapping[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def weighed(self, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
        raise NotImplementedError


def _next(browser: Browser, interview_id: int, position: int) -> int:
    """Answer, have the next question asked; its position."""
    assert browser.call(f"/api/interviews/{interview_id}/answers", {"in_reply_to": position, "text": SHORT}).status_code == 200
    last = events(browser.call(f"/api/interviews/{interview_id}/next"))[-1]
    assert last[0] == "turn", last
    return int(last[1]["position"])


@pytest.mark.parametrize(("tokens", "limit"), [(900, "1000"), (None, str(UNKNOWN_TOKENS))], ids=["told", "not told"])
def test_whose_tokens_are_spent_gets_written_questions_until_tomorrow(sqlite_store: Database, tokens: int | None, limit: str) -> None:
    """Also for calls that nobody read to their end. Others are not touched, and the log of calls names nobody."""
    model = Counted(StoredCallLog(sqlite_store, lambda: portal.now), tokens)
    portal = Portal(sqlite_store, model=model, LS_EXPERT_PERSON_DAILY_TOKENS=limit)
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    position = 0
    while model.asked < (2 if tokens else 1):
        position = _next(browser, interview_id, position)
    asked = model.asked
    position = _next(browser, interview_id, position)
    assert model.asked == asked, "the written question was asked"
    other = portal.browser(OTHER)
    _next(other, other.begin_interview(), 0)
    assert model.asked == asked + 1
    with portal.store.read() as unit:
        day = NOW.replace(hour=0, minute=0)
        assert unit.usage.tokens_of(subject_of(portal.settings.secret_key, 1, NOW.date()), day, UNKNOWN_TOKENS) >= int(limit)
        assert {len(one.subject) for one in unit.usage.by_day(day, "interview.ask")} <= {len("person ") + 32}
    assert subject_of("secret", 1, NOW.date()) != subject_of("secret", 1, NOW.date() + dt.timedelta(days=1))


def test_files_are_read_so_often_an_hour(sqlite_store: Database) -> None:
    """Then a page says when to come back, in words and for programs; somebody else is not kept waiting."""
    portal = Portal(sqlite_store)
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    for _ in range(12):
        assert browser.send("/profile/import", file=(io.BytesIO(b"neither"), "a.txt")).status_code == 400  # type: ignore[arg-type]
    answer = browser.send("/profile/import", file=(io.BytesIO(b"neither"), "a.txt"))  # type: ignore[arg-type]
    assert answer.status_code == 429 and "Too many requests" in answer.text and "Try again in" in answer.text
    assert 3000 < int(answer.headers["Retry-After"]) <= 3602
    other = portal.browser(OTHER)
    other.send("/consent/matching", agreed="yes", version="1")
    assert other.send("/profile/import", file=(io.BytesIO(b"neither"), "a.txt")).status_code == 400  # type: ignore[arg-type]


def test_turns_have_one_rate_whichever_way_they_are_asked_for(sqlite_store: Database) -> None:
    """Asked and hung up on, by the page or the API: it is the person who is counted. A program gets JSON."""
    portal = Portal(sqlite_store)
    browser = portal.browser(CANDIDATE)
    for number in range(30):
        path = "/api/interviews/999/next" if number % 2 else "/api/v1/me/interviews/999/next"
        assert browser.call(path).status_code == 404
    for path in ("/api/interviews/999/next", "/api/v1/me/interviews/999/next"):
        answer = browser.call(path)
        assert answer.status_code == 429 and answer.json is not None
        assert answer.json["error"]["code"] == "too_many_requests" and answer.headers["Retry-After"]
    assert portal.browser().call("/api/interviews/999/next").status_code == 401, "strangers are asked to sign in first"


@pytest.mark.parametrize(("method", "path", "a_minute"), [
    ("GET", "/sign-in", 120), ("GET", "/enter?token=none", 120), ("POST", "/webhooks/label-studio", 600),
])
def test_hand_offs_and_web_hooks_have_a_rate_for_each_address(sqlite_store: Database, method: str, path: str, a_minute: int) -> None:
    """Whoever calls them, and whatever comes of it; then 429, which says when to go on."""
    client = Portal(sqlite_store).app.test_client()
    statuses = {client.open(path, method=method).status_code for _ in range(a_minute)}
    assert 429 not in statuses
    answer = client.open(path, method=method)
    assert answer.status_code == 429 and 0 < int(answer.headers["Retry-After"]) <= 61


def test_every_limit_is_of_an_address_that_there_is(sqlite_store: Database) -> None:
    """And what costs is in the table."""
    portal = Portal(sqlite_store)
    assert set(LIMITS) <= set(portal.app.view_functions)
    assert {"interview.ask", "api_interview.ask", "importing.preview", "sign_in.enter", "hooks.label_studio"} <= set(LIMITS)


def test_how_long_to_wait_is_said_as_people_say_it() -> None:
    """In minutes, hours or a day, and never sooner than it is true."""
    said = {5: "in a minute", 61: "in 2 minutes", 300: "in 5 minutes", 600: "in 10 minutes", 3540: "in an hour", 3600: "in an hour", 3601: "in 2 hours",
            20_000: "in 6 hours", 86_400: "in a day"}
    assert {seconds: in_words(seconds) for seconds in said} == said
