"""A person in place of the program: asking for one, holding the interview by hand, giving it back; and the interview over the JSON API."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import EDUCATION, LONG_ENOUGH
from tests.support.clients.portal import CANDIDATE, CREATOR, MANAGER, OTHER, Browser, Portal

ROOM, PAGE = "/admin/interviews/1", "/interview/1"


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal."""
    return Portal(sqlite_store)


def _begun(portal: Portal) -> Browser:
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/education/new", **EDUCATION)
    browser.send("/domains/law/interest")
    assert browser.send("/domains/law/interview").status_code == 303
    return browser


def _reply(browser: Browser, text: str = LONG_ENOUGH) -> None:
    at = re.search(r'name="in_reply_to" value="(\d+)"', browser.page(PAGE))
    assert at is not None
    assert browser.send(f"{PAGE}/answers", in_reply_to=at[1], text=text).status_code == 303


def _ask(manager: Browser, said: str, **changed: str) -> Any:
    after = re.search(r'name="after" value="(\d+)"', manager.page(ROOM))
    assert after is not None
    return manager.send(f"{ROOM}/ask", **{"text": said, "competency": "conflicts", "after": after[1], **changed})


def test_i_ask_for_a_person_and_one_holds_the_interview(portal: Portal) -> None:
    """Nothing is asked by itself from then on; what the person asks is answered in the same place, and searched like the rest."""
    browser = _begun(portal)
    assert browser.send(f"{PAGE}/person").status_code == 303
    assert "You requested a human interviewer." in browser.page(PAGE)
    _reply(browser)
    page = browser.page(PAGE)
    assert "The next question appears here" in page and portal.jobs == []
    manager = portal.browser(MANAGER)
    waiting = manager.page("/admin/review?tab=interview")
    assert "Ada Quill" in waiting and "The automated interview is on hold until a reviewer takes over." in waiting
    assert "Suggested question:" in manager.page(ROOM) and "Human interview requested" in manager.page(ROOM)
    suggested = re.search(r"<span data-suggested>(.*?)</span>", manager.page(ROOM))
    assert suggested is not None and f"{suggested[1]}</textarea>" in manager.page(f"{ROOM}?use=suggested"), "it fills the field"
    assert f"{suggested[1]}</textarea>" not in manager.page(ROOM)
    assert _ask(manager, "Whom did you tell about it?").status_code == 303
    page = browser.page(PAGE)
    assert "Whom did you tell about it?" in page and "A person is holding this interview with you." in page
    assert "Continue without a person" not in page
    _reply(browser, "I told the client, after a conflict check that I ran myself.")
    assert manager.send(f"{ROOM}/end").status_code == 303
    assert portal.jobs == [("assess", {"interview_id": 1})]
    portal.work()
    page = portal.browser(MANAGER).page("/admin/review/1")
    assert "after a conflict check that I ran myself" in page and "Ada Quill" not in manager.page("/admin/review?tab=interview")


def test_i_may_change_my_mind(portal: Portal) -> None:
    """The program goes on where it was, as long as nobody has begun."""
    browser = _begun(portal)
    browser.send(f"{PAGE}/person")
    _reply(browser)
    assert browser.send(f"{PAGE}/person", without="yes").status_code == 303
    page = browser.page(PAGE)
    assert "You requested a human interviewer." not in page and 'name="in_reply_to" value="2"' in page


def test_a_manager_takes_over_and_gives_it_back(portal: Portal) -> None:
    """A running interview can be taken over; what was asked by hand is not asked again, and the planner ends it as ever."""
    browser, manager = _begun(portal), portal.browser(MANAGER)
    assert "hold it yourself" in manager.page("/admin/review/1")
    _ask(manager, "When did you last turn somebody away?")
    _reply(browser)
    manager.send(f"{ROOM}/give-back")
    assert browser.send(f"{PAGE}/next").status_code == 303
    for _ in range(8):
        if "Interview complete" in browser.page(PAGE) and 'data-over tabindex="-1"> ' not in browser.page(PAGE) and portal.jobs:
            break
        _reply(browser)
    with portal.store.read() as unit:
        held = unit.interviews.get(1)
    assert held is not None and held.ended_at_utc is not None
    assert [one.question_id for one in held.turns if one.speaker == "interviewer"].count("by_hand") == 1


@pytest.mark.parametrize(("changed", "says"), [
    ({"text": " "}, "Write a question first"), ({"competency": "cooking"}, "Choose what the question is about"), ({"after": "5"}, "Something was said since"),
    ({"after": "x"}, "Something was said since"), ({"text": "a" * 1300}, "at most 1200"),
])
def test_a_question_that_cannot_be_put_comes_back(portal: Portal, changed: dict[str, str], says: str) -> None:
    """With a sentence, and the text still in the box."""
    _begun(portal)
    manager = portal.browser(MANAGER)
    answer = _ask(manager, "Whom did you tell?", **changed)
    assert answer.status_code in (400, 409) and says in answer.text
    assert changed.get("text", "Whom did you tell?").strip() in answer.text


def test_nobody_else_is_let_in(portal: Portal) -> None:
    """Experts see no room, and nobody holds their own interview."""
    browser = _begun(portal)
    other = portal.browser(OTHER)
    assert browser.client.get(ROOM).status_code == 403 and other.client.get(ROOM).status_code == 403
    assert other.send(f"{PAGE}/person").status_code == 404
    manager = portal.browser(CREATOR)
    manager.send("/consent/matching", agreed="yes", version="1")
    manager.send("/profile/education/new", **EDUCATION)
    manager.send("/domains/law/interest")
    manager.send("/domains/law/interview")
    assert manager.client.get("/admin/interviews/2").status_code == 409


def test_i_pause_and_go_on(portal: Portal) -> None:
    """Everything is saved; the first page leads back."""
    browser = _begun(portal)
    _reply(browser)
    assert browser.send(f"{PAGE}/pause").headers["Location"] == "/"
    page = browser.page("/")
    assert "Everything up to here is saved." in page and "Continue interview" in page


def test_the_whole_interview_over_the_json_api(portal: Portal) -> None:
    """Begin, answer until it is over, read it again; a person on the way; the errors have the one shape."""
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/education/new", **EDUCATION)
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.page("/"))
    assert token is not None
    headers = {"X-CSRFToken": token[1]}
    api = "/api/v1/me/interviews"

    def post(path: str, body: dict[str, Any]) -> Any:
        return browser.client.post(f"{api}{path}", data=json.dumps(body), headers=headers, content_type="application/json")

    assert post("", {"domain": "law"}).status_code == 404
    browser.send("/domains/law/interest")
    assert browser.client.post(api, json={"domain": "law"}).status_code == 400, "without the token of the page"
    state = post("", {"domain": "law"}).get_json()
    assert state["awaits"] == "answer" and len(state["turns"]) == 1
    bad = post("/1/answers", {"in_reply_to": "0", "text": 3})
    assert bad.status_code == 400 and bad.get_json()["error"]["message"] == "This cannot be used: in_reply_to, text. docs/api.md says what the call takes."
    post("/1/person", {"wanted": True})
    assert post("/1/answers", {"in_reply_to": 0, "text": LONG_ENOUGH}).get_json()["awaits"] == "person"
    state = post("/1/person", {"wanted": False}).get_json()
    for _ in range(8):
        if state["awaits"] == "nothing":
            break
        state = post("/1/answers", {"in_reply_to": state["turns"][-1]["position"], "text": LONG_ENOUGH}).get_json()
    assert state["awaits"] == "nothing" and state == browser.client.get(f"{api}/1").get_json()
    assert browser.client.get(api).get_json() == {"interviews": [{"interview": 1, "domain": "law", "over": True, "by_hand": False}]}
    assert portal.jobs == [("assess", {"interview_id": 1})]
    assert portal.browser(OTHER).client.get(f"{api}/1").status_code == 404
