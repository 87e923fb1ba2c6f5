"""The interview as a browser holds it: answers, streamed questions, two tabs, lost connections, no script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel
from ls_expert_plugin.llm.port import ModelCall
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.values import Interview
from tests.support.builders.vetting_samples import LONG_ENOUGH, SHORT
from tests.support.clients.portal import CANDIDATE, OTHER, Portal, events
from tests.support.fakes.openai_server import Behaviour, fails, says, streams

WORDED = "You mention a limitation period. Two clients fall out; what now?"


class KeptCalls(list[ModelCall]):
    """A call log in a list."""

    def record(self, call: ModelCall) -> None:
        self.append(call)


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal without a language model."""
    return Portal(sqlite_store)


@pytest.fixture
def calls() -> KeptCalls:
    """The log of calls."""
    return KeptCalls()


@pytest.fixture
def talking(sqlite_store: Database, openai_server: Any, calls: KeptCalls) -> Iterator[tuple[Portal, Any]]:
    """The portal with a language model, and the model's server."""
    portal = Portal(sqlite_store, model=OpenAICompatibleModel("worder", api_key="none", base_url=openai_server.base_url, timeout_s=5, log=calls))
    yield portal, openai_server


def _read(portal: Portal, interview_id: int) -> Interview:
    with portal.store.begin() as unit:
        interview = unit.interviews.get(interview_id)
    assert interview is not None
    return interview


def _said(portal: Portal, interview_id: int) -> list[str]:
    return [turn.text for turn in _read(portal, interview_id).turns]


def _answer(interview_id: int) -> str:
    return f"/api/interviews/{interview_id}/answers"


def _next(interview_id: int) -> str:
    return f"/api/interviews/{interview_id}/next"


def test_without_a_model_the_written_question_comes_at_once(portal: Portal) -> None:
    """Answer, then the next question, then how far I am."""
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    answered = browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH})
    assert answered.json == {"turn": {"position": 1, "speaker": "candidate", "text": LONG_ENOUGH}}
    told = events(browser.call(_next(interview_id)))
    assert told == [
        ("turn", {"position": 2, "speaker": "interviewer", "text": "Two clients fall out. What now?", "progress": {
            "asked": 2, "budget": 6, "covered": ["Civil procedure"], "remaining": ["Conflicts of interest"],
        }}),
    ]
    page = browser.page(f"/interview/{interview_id}")
    assert "Question 2 of at most 6" in page and "Still to come: Conflicts of interest" in page


def test_with_a_model_its_words_arrive_once_they_have_passed(talking: tuple[Portal, Any], calls: KeptCalls) -> None:
    """While they are written I am told that they are, and nothing of them; then the whole, which is what is kept."""
    portal, server = talking
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    server.script(says(WORDED))
    browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH})
    told = events(browser.call(_next(interview_id)))
    assert [name for name, _ in told] == ["writing", "turn"] and told[0][1] == {} and told[1][1]["text"] == WORDED
    assert _said(portal, interview_id)[2] == WORDED and calls[-1].outcome == "ok"


SMALL_MODEL = 'This is a JSON object: {"domain": "Law", "language": "English", "planned_question": "Two clients fall out. What now?"}'


@pytest.mark.parametrize(("failure", "outcome"), [
    (fails(400), "model_unavailable"), (Behaviour(pieces=("You mention ", "a limi"), ending="cut"), "model_unavailable"),
    (says("x" * 3000), "model_answer_invalid"), (says("   "), "model_answer_empty"), (says("You mention a", finish_reason="length"), "model_answer_cut"),
    (says(SMALL_MODEL), "unfit_markup"), (says(f"{WORDED} How old are you?"), "unfit_several_questions"), (says("Two clients fall out. What"), "unfit_cut"),
    (says("You mention a limitation period. Which deadline did you watch, and why?"), "unfit_content_lost"),
    (says(f"You have been verified. {WORDED}"), "unfit_verdict"), (says("Zwei Mandanten zerstreiten sich. Was tun Sie und was nicht?"), "unfit_other_language"),
    (says("Two clients fall out, such as after informed consent. What now?"), "unfit_gives_answer"),
], ids=lambda one: one if isinstance(one, str) else "")
def test_when_the_model_fails_the_written_question_is_asked(
    talking: tuple[Portal, Any], calls: KeptCalls, failure: Behaviour, outcome: str
) -> None:
    """A model that fails before, during or after costs the interview nothing: not a word of it is told or saved, and why is in the log of calls."""
    portal, server = talking
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    server.script(failure, failure)
    browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH})
    told = events(browser.call(_next(interview_id)))
    assert {name for name, _ in told[:-1]} == {"writing"} and all(data == {} for _, data in told[:-1])
    assert told[-1][0] == "turn" and told[-1][1]["text"] == "Two clients fall out. What now?"
    assert len(_said(portal, interview_id)) == 3
    [call] = calls
    assert call.outcome == outcome and (call.purpose, call.prompt_version) == ("interview.ask", "interview_wording.v3")


def test_the_programs_that_hold_interviews_read_only_what_passed(talking: tuple[Portal, Any]) -> None:
    """The page without script is answered with the written question, too."""
    portal, server = talking
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    server.script(says(SMALL_MODEL))
    browser.send(f"/interview/{interview_id}/answers", in_reply_to="0", text=LONG_ENOUGH)
    page = browser.page(f"/interview/{interview_id}")
    assert "Two clients fall out. What now?" in page and "JSON" not in page


def test_the_database_is_free_while_the_model_talks(talking: tuple[Portal, Any]) -> None:
    """A slow model keeps nobody else waiting, and a browser that leaves in the middle leaves no half question."""
    portal, server = talking
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    goes_on = threading.Event()
    server.script(streams(["One ", "two ", "three?"], until=goes_on))
    browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH})
    response = browser.client.post(_next(interview_id), headers={"X-CSRFToken": browser.token()}, buffered=False)
    first: Any = next(iter(response.response))
    assert b"event: writing" in (first if isinstance(first, bytes) else first.encode())
    portal.project(9, "Written meanwhile")  # raises when the database stays locked: the model says no more until we let it
    goes_on.set()
    response.close()
    assert len(_said(portal, interview_id)) == 2
    server.forget()
    server.script(says(WORDED))
    assert events(browser.call(_next(interview_id)))[-1][1]["position"] == 2
    assert len(_said(portal, interview_id)) == 3


def test_asked_twice_the_same_question_comes_back(talking: tuple[Portal, Any]) -> None:
    """A reload after the question was saved shows it again, and the model is not asked again."""
    portal, server = talking
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    server.script(says(WORDED))
    browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH})
    first = events(browser.call(_next(interview_id)))
    asked = len(server.requests)
    again = events(browser.call(_next(interview_id)))
    assert again == [first[-1]] and len(server.requests) == asked


def test_two_tabs_that_ask_at_once_get_one_question(talking: tuple[Portal, Any]) -> None:
    """Whoever saves first decides what both read."""
    portal, server = talking
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH})
    server.script(streams(["So two clients fall out. What now?"], 0.2), streams(["Say two clients fall out. What now?"], 0.2))
    tabs = [portal.browser(CANDIDATE), portal.browser(CANDIDATE)]
    last: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda tab=tab: last.append(events(tab.call(_next(interview_id)))[-1][1])) for tab in tabs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(last) == 2 and last[0] == last[1]
    assert len(_said(portal, interview_id)) == 3


def test_two_tabs_that_answer_get_one_answer(portal: Portal) -> None:
    """The second tab is told, keeps its text, and nothing counts twice; a double click is no mistake."""
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    assert browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH}).status_code == 200
    assert browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH}).status_code == 200
    refused = browser.call(_answer(interview_id), {"in_reply_to": 0, "text": "Something else."})
    assert refused.status_code == 409
    assert refused.json == {"error": {
        "code": "conflict", "message": "This question was answered in another tab. Your text is still in the box.",
    }}
    assert _said(portal, interview_id)[1:] == [LONG_ENOUGH]


@pytest.mark.parametrize(("body", "status", "code"), [
    ({"in_reply_to": 0, "text": "  \n "}, 400, "bad_input"), ({"in_reply_to": 0, "text": "x" * 6001}, 413, "too_large"),
    ({"in_reply_to": 5, "text": "x"}, 400, "bad_input"), ({"in_reply_to": "0", "text": "x"}, 400, "bad_input"),
    ({"in_reply_to": 0}, 400, "bad_input"), ({"in_reply_to": 0, "text": "x", "speaker": "interviewer"}, 400, "bad_input"),
    ({"in_reply_to": 10**30, "text": "x"}, 400, "bad_input"), ([], 400, "bad_input"), (None, 400, "bad_input"),
    ({"in_reply_to": 0, "text": "a\x00b"}, 400, "bad_input"),
])
def test_answers_that_cannot_be_used(portal: Portal, body: Any, status: int, code: str) -> None:
    """Empty, too long, malformed: a clear message, nothing saved."""
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    refused = browser.call(_answer(interview_id), body)
    assert refused.status_code == status and refused.json is not None and refused.json["error"]["code"] == code
    if status == 413:
        assert "6001 characters; 6000 are the limit" in refused.json["error"]["message"]
    assert len(_said(portal, interview_id)) == 1


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"in_reply_to":0,"text":"\\ud800"}', b""])
def test_bodies_that_are_no_json(portal: Portal, raw: bytes) -> None:
    """Whatever a program sends, it is told what to send instead."""
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    refused = browser.client.post(_answer(interview_id), data=raw, headers={"X-CSRFToken": browser.token()})
    assert refused.status_code == 400 and refused.json is not None and refused.json["error"]["code"] == "bad_input"


def test_the_end_is_told_and_handed_to_the_worker_once(portal: Portal) -> None:
    """The closing words, then nothing more can be added; the search for evidence is asked for once."""
    browser = portal.browser(CANDIDATE)
    interview_id = browser.hold_interview(LONG_ENOUGH)
    assert portal.jobs == [("assess", {"interview_id": interview_id})]
    again = events(browser.call(_next(interview_id)))
    assert [name for name, _ in again] == ["end"] and again[0][1]["turn"]["text"] == "Thank you. A person reviews what you wrote."
    assert len(portal.jobs) == 1
    over = browser.call(_answer(interview_id), {"in_reply_to": len(_said(portal, interview_id)) - 1, "text": "One more thing."})
    assert over.status_code == 409 and over.json is not None and "complete" in over.json["error"]["message"]
    page = browser.page(f"/interview/{interview_id}")
    assert "Interview complete" in page and "<textarea" not in page


def test_without_script_the_interview_goes_on_as_plain_forms(portal: Portal) -> None:
    """Answer, and the page comes back with the next question; with a mistake it comes back with my text."""
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    sent = browser.send(f"/interview/{interview_id}/answers", in_reply_to="0", text=LONG_ENOUGH)
    assert sent.status_code == 303 and sent.headers["Location"] == f"/interview/{interview_id}#answer"
    assert "Two clients fall out. What now?" in browser.page(f"/interview/{interview_id}")
    refused = browser.send(f"/interview/{interview_id}/answers", in_reply_to="2", text="word " * 2000)
    assert refused.status_code == 413 and "word word" in refused.text and "6000 are the limit" in refused.text
    conflict = browser.send(f"/interview/{interview_id}/answers", in_reply_to="0", text="Another answer.")
    assert conflict.status_code == 409 and "Another answer.</textarea>" in conflict.text
    assert browser.send(f"/interview/{interview_id}/answers", in_reply_to="", text="x").status_code == 400


def test_an_answer_whose_question_never_came_is_not_lost(portal: Portal) -> None:
    """After a lost connection the page offers to ask the next question, with or without script."""
    browser = portal.browser(CANDIDATE)
    interview_id = browser.begin_interview()
    browser.call(_answer(interview_id), {"in_reply_to": 0, "text": SHORT})
    assert "Get the next question" in browser.page(f"/interview/{interview_id}")
    assert browser.send(f"/interview/{interview_id}/next").status_code == 303
    assert len(_said(portal, interview_id)) == 3


def test_nobody_reads_or_answers_another_persons_interview(portal: Portal) -> None:
    """Guessing a number opens nothing, to other candidates and to managers alike."""
    interview_id = portal.browser(CANDIDATE).begin_interview()
    for stranger in (portal.browser(OTHER), portal.browser(1)):
        calls: list[Callable[[], Any]] = [
            lambda b=stranger: b.get(f"/interview/{interview_id}"),
            lambda b=stranger: b.send(f"/interview/{interview_id}/answers", in_reply_to="0", text="x"),
            lambda b=stranger: b.send(f"/interview/{interview_id}/next"),
            lambda b=stranger: b.call(_answer(interview_id), {"in_reply_to": 0, "text": "x"}),
            lambda b=stranger: b.call(_next(interview_id)),
        ]
        assert [call().status_code for call in calls] == [404] * 5
    assert len(_said(portal, interview_id)) == 1


def test_a_domain_that_is_gone_says_so(sqlite_store: Database) -> None:
    """An interview in a domain that was taken away ends in a sentence, not in an error page of ours."""
    browser = Portal(sqlite_store).browser(CANDIDATE)
    interview_id = browser.begin_interview()
    from tests.support.builders.vetting_samples import pack
    without = Portal(sqlite_store, packs={"finance": pack(id="finance")}).browser(CANDIDATE)
    response = without.get(f"/interview/{interview_id}")
    assert response.status_code == 409 and "no longer offered" in response.text
    assert without.get("/").status_code == 200


def test_a_language_is_offered_where_a_model_can_speak_it(portal: Portal) -> None:
    """Without one there are the written questions, whatever a form says; specialties may be chosen all the same, from the pack's only."""
    browser = portal.browser(CANDIDATE)
    browser.send("/domains/law/interest")
    browser.send("/consent/matching", agreed="yes", version="1")
    page = browser.page("/domains/law/interview")
    assert "Language of the interview" not in page and 'value="contracts"' in page
    assert browser.send("/domains/law/interview", specialties=["contracts", "gardening"]).status_code == 400
    started = browser.send("/domains/law/interview", specialties=["contracts"], language="fr").headers["Location"]
    held = _read(portal, int(started.rsplit("/", 1)[1]))
    assert (held.specialties, held.language, len(held.turns)) == (("contracts",), "", 1)


def test_the_interview_is_held_in_the_candidates_language(talking: tuple[Portal, Any]) -> None:
    """The first question, too, is worded in it; a model that fails leaves the written one, and the next is in the language again."""
    portal, server = talking
    browser = portal.browser(CANDIDATE)
    browser.send("/domains/law/interest")
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/language/new", code="fr", proficiency="native")
    page = browser.page("/domains/law/interview")
    assert page.index(">French<") < page.index(">Abkhazian<"), "those of the profile come first"
    assert browser.send("/domains/law/interview", language="xx").status_code == 400
    started = browser.send("/domains/law/interview", language="fr").headers["Location"]
    interview_id = int(started.rsplit("/", 1)[1])
    assert "Get the first question" in browser.page(started)
    server.script(says("Quel délai avez-vous fait respecter ?"))
    assert events(browser.call(_next(interview_id)))[-1][1]["text"] == "Quel délai avez-vous fait respecter ?"
    assert json.loads(server.requests[-1].json["messages"][1]["content"])["language"] == "French"
    browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH})
    server.script(says("Two clients fall out, and you are in the middle of it. What now?"))
    assert events(browser.call(_next(interview_id)))[-1][1]["text"] == "Two clients fall out. What now?", "not in the language, so it does not pass"
    told = json.loads(server.requests[-1].json["messages"][1]["content"])
    assert (told["last_question"], told["last_answer"]) == ("", ""), "a model that translates is shown nothing that I wrote"
    browser.call(_answer(interview_id), {"in_reply_to": 2, "text": "It depends."})
    server.script(fails(500), fails(500), fails(500))
    assert events(browser.call(_next(interview_id)))[-1][0] == "turn"
    assert _read(portal, interview_id).language == "fr" and len(_said(portal, interview_id)) == 5


def test_a_draft_is_there_on_another_device(portal: Portal) -> None:
    """What is being written is kept until it is sent, for its own question and its own person only."""
    browser, other = portal.browser(CANDIDATE), portal.browser(OTHER)
    interview_id = browser.begin_interview()
    draft = f"/api/interviews/{interview_id}/draft"
    put = {"in_reply_to": 0, "text": "Half a <thought>"}
    assert browser.call(draft, put, method="PUT").json == {"kept": True}
    assert "Half a &lt;thought&gt;</textarea>" in portal.browser(CANDIDATE).page(f"/interview/{interview_id}")
    assert other.call(draft, put, method="PUT").status_code == 404
    for bad, status in (({"in_reply_to": 0}, 400), ({"in_reply_to": 0, "text": "x" * 100_000}, 413), ({"in_reply_to": 0, "text": "a\0b"}, 400)):
        assert browser.call(draft, bad, method="PUT").status_code == status
    assert "Half a" in browser.page(f"/interview/{interview_id}"), "what cannot be kept leaves what was"
    browser.call(_answer(interview_id), {"in_reply_to": 0, "text": LONG_ENOUGH})
    assert browser.call(draft, put, method="PUT").json == {"kept": False}, "the question was answered elsewhere"
    browser.call(_next(interview_id))
    assert "Half a" not in browser.page(f"/interview/{interview_id}")
