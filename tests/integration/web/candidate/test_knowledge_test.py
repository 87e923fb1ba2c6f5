"""The knowledge test in the portal: taking it, leaving it, its result, what the reviewer sees, and calibration."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.cli.knowledge_test.items import calibrate_items
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.repositories.people.personal_data import Personal
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.evidence.grounds import KnowledgeResult
from ls_expert_plugin.vetting.knowledge_test import service
from ls_expert_plugin.vetting.knowledge_test.values import Estimate, Result, Sitting
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import EDUCATION, LONG_ENOUGH, NOW, pack
from tests.support.clients.portal import CANDIDATE, MANAGER, SECRETS, Browser, Portal
from tests.support.servers.postgresql import free_port

TEST = "/domains/law/test"
DAY = dt.timedelta(days=1)
ITEMS = [
    {"id": f"i{n}", "specialty": "contracts", "stem": f"Stem number {n}?", "right": f"key {n}", "wrong": [f"x {n}", f"y {n}", f"z {n}"],
     "rationale": f"Because of {n}.", "source": f"Book {n}", "difficulty": round(-2 + 4 * n / 59, 2)}
    for n in range(60)
]


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """A domain with sixty items, tests of five to ten of them."""
    return _portal(sqlite_store)


def _portal(store: Database, **policy: Any) -> Portal:
    return Portal(store, packs={"law": pack(items=ITEMS, policy={"test": {"min_items": 5, "max_items": 10}, **policy})})


def _interested(portal: Portal, who: int = CANDIDATE) -> Browser:
    browser = portal.browser(who)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/domains/law/interest")
    return browser


def test_the_newest_attempt_that_is_over_counts(sqlite_store: Database) -> None:
    """Whatever came before it, and while another one is running."""
    series = [one for count in (1, 2, 3) for one in itertools.product(("pass", "fail", "undecided"), repeat=count)]
    with sqlite_store.begin() as unit:
        for who, (outcomes, is_running) in enumerate(itertools.product(series, (False, True)), start=100):
            person = members.joined(unit, who, f"{who}@example.org", "", "expert", NOW)
            own = unit.verifications.add(person.id, "law", "interested", NOW)
            assert service.result(unit, own.id) is None
            for number, outcome in enumerate(outcomes):
                begun = unit.sittings.add(own.id, 3, Sitting(f"seed {number}"), NOW + number * DAY)
                unit.sittings.end(begun.id, Result(outcome, "budget", Estimate(0.0, 0.5), (), ()), NOW + number * DAY)  # type: ignore[arg-type]
            if is_running:
                unit.sittings.add(own.id, 3, Sitting("running"), NOW + 9 * DAY)
            found, state = service.result(unit, own.id), service.state(unit, own, pack(items=ITEMS), "secret", NOW + 10 * DAY)
            assert found is not None and found.passed is {"pass": True, "fail": False, "undecided": None}[outcomes[-1]], outcomes
            assert state.last is not None and state.last.outcome == outcomes[-1] and (state.running is not None) is is_running


def test_a_test_that_is_running_is_no_result_yet(sqlite_store: Database) -> None:
    """Neither passed nor failed: it is looked at when it is over."""
    own = Case(sqlite_store).interested()
    with sqlite_store.begin() as unit:
        unit.sittings.add(own.id, 3, Sitting("running"), NOW)
        assert service.result(unit, own.id) == KnowledgeResult(None)


def _asked(page: str) -> tuple[str, dict[str, str]]:
    """The handle of the item that is asked, and letters by option."""
    item = re.search(r'name="item" value="(\w+)"', page)
    assert item is not None, page
    options = re.findall(r'name="letter" value="(\w+)"[^>]*> <span(?: class="muted")?>([^<]+)<', page)
    return item[1], {text: letter for letter, text in options}


def _number(page: str) -> str:
    found = re.search(r"Stem number (\d+)\?", page)
    assert found is not None, page
    return found[1]


def _answer(browser: Browser, *, right: bool) -> None:
    page = browser.page(TEST)
    (item, options), number = _asked(page), _number(page)
    text = f"key {number}" if right else f"x {number}"
    assert browser.send(f"{TEST}/answer", item=item, letter=options[text]).status_code == 303


def _take(browser: Browser, *, right: bool) -> str:
    browser.send(f"{TEST}/start")
    for _ in range(10):
        if "Answer</button>" not in browser.page(TEST):
            break
        _answer(browser, right=right)
    return browser.page(TEST)


def test_i_take_the_test_and_see_its_result(portal: Portal) -> None:
    """All right is passed, as soon as that is clear; the rules stand before it, the result behind it."""
    browser = _interested(portal)
    assert "Take the knowledge test" in browser.page("/")
    assert "Between 5 and 10 questions" in browser.page(TEST)
    assert "Passed" in _take(browser, right=True)
    assert "it need not be taken again" in browser.page(TEST)
    assert "Your knowledge test" in browser.page("/")


def test_the_specialties_i_tick_are_asked_about(sqlite_store: Database) -> None:
    """For the interview or here: half of the first ten questions are mine, and a pass is said to be weak evidence."""
    fields = [{"id": name, "title": name.title()} for name in ("contracts", "torts", "taxes", "ships")]
    items = [{**item, "specialty": fields[number % 4]["id"]} for number, item in enumerate(ITEMS)]
    own_pack = pack(items=items, specialties=fields, policy={"test": {"min_items": 10, "max_items": 10}})
    portal = Portal(sqlite_store, packs={"law": own_pack})
    browser = _interested(portal)
    page = browser.page(TEST)
    assert "At least five of the first questions" in page and "weak evidence" in page
    browser.send(f"{TEST}/start", specialties="ships")
    for _ in range(10):
        _answer(browser, right=False)
    with portal.store.read() as unit:
        (held,) = unit.sittings.of(1)
    assert held.sitting.specialties == ("ships",)
    assert sum(items[int(one.item_id[1:])]["specialty"] == "ships" for one in held.sitting.answers) >= 5
    assert re.search(r'value="ships" checked', browser.page(TEST)) is None, "it may not be taken again yet"


def test_no_page_tells_the_key(portal: Portal) -> None:
    """While it is asked, a question comes without its reason and its source, and nothing marks the right option."""
    browser = _interested(portal)
    browser.send(f"{TEST}/start")
    for _ in range(5):
        page = browser.page(TEST)
        number = _number(page)
        assert f"i{number}" not in page  # an item's id may name its key
        assert f"Because of {number}." not in page and f"Book {number}" not in page and "right" not in page.lower().replace("copyright", "")
        _answer(browser, right=True)


def test_i_go_on_where_i_stopped(portal: Portal) -> None:
    """Another device asks the same question, with the options in the same order."""
    browser = _interested(portal)
    browser.send(f"{TEST}/start")
    _answer(browser, right=True)
    asked = _asked(browser.page(TEST))
    elsewhere = portal.browser(CANDIDATE)
    assert "Continue the knowledge test" in elsewhere.page("/")
    assert _asked(elsewhere.page(TEST)) == asked
    elsewhere.send(f"{TEST}/start")
    assert _asked(elsewhere.page(TEST)) == asked


def test_two_tabs_give_one_answer(portal: Portal) -> None:
    """A question that was answered stays as it was answered first."""
    browser = _interested(portal)
    browser.send(f"{TEST}/start")
    page = browser.page(TEST)
    (item, options), number = _asked(page), _number(page)
    assert browser.send(f"{TEST}/answer", item=item, letter=options[f"key {number}"]).status_code == 303
    assert browser.send(f"{TEST}/answer", item=item, letter=options[f"x {number}"]).status_code == 303
    with portal.store.read() as unit:
        (held,) = unit.sittings.of(1)
    assert [(one.item_id, one.right) for one in held.sitting.answers] == [(f"i{number}", True)]


@pytest.mark.parametrize(("sent", "says"), [
    ({"letter": "e"}, "Choose an answer"), ({"letter": ""}, "Choose an answer"), ({"item": "i999", "letter": "a"}, "not the one being asked"),
])
def test_a_wrong_form_changes_nothing(portal: Portal, sent: dict[str, str], says: str) -> None:
    """It is told in words, and the same question stays."""
    browser = _interested(portal)
    browser.send(f"{TEST}/start")
    item, _ = _asked(browser.page(TEST))
    answer = browser.send(f"{TEST}/answer", **{"item": item, **sent})
    assert answer.status_code in (400, 409) and says in answer.text
    assert _asked(browser.page(TEST))[0] == item


def test_a_test_that_was_not_passed_refuses_nobody(portal: Portal) -> None:
    """It may be taken again after the wait, with other questions; the person stays where they were."""
    browser = _interested(portal)
    assert "Not passed" in _take(browser, right=False)
    assert "There are 14 days between two attempts" in browser.page(TEST)
    assert browser.send(f"{TEST}/start").status_code == 409
    with portal.store.read() as unit:
        assert unit.verifications.get(1).status == "interested"  # type: ignore[union-attr]
        (first,) = unit.sittings.of(1)
    portal.now = portal.now.replace(month=4)
    browser.sign_in(CANDIDATE)
    assert "Passed" in _take(browser, right=True)
    with portal.store.read() as unit:
        second = unit.sittings.of(1)[1]
    assert not {one.item_id for one in first.sitting.answers} & {one.item_id for one in second.sitting.answers}


def test_without_interest_or_consent_there_is_no_test(portal: Portal) -> None:
    """Nothing is asked of somebody who has agreed to nothing; others' tests cannot be reached at all."""
    browser = portal.browser(CANDIDATE)
    assert browser.client.get(TEST).status_code == 404
    browser.send("/domains/law/interest")
    assert browser.send(f"{TEST}/start").status_code == 403
    assert browser.client.get("/domains/medicine/test").status_code == 404


def test_the_reviewer_sees_curve_answers_and_keys(portal: Portal) -> None:
    """The dossier draws the estimate, names what was answered, and holds it against the policy."""
    browser = _interested(portal)
    browser.send("/profile/education/new", **EDUCATION)
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    _take(browser, right=False)
    page = portal.browser(MANAGER).page("/admin/review/1")
    assert "<polyline" in page and "Not passed" in page and re.search(r"Wrong: x \d+. Key: key \d+", page)
    assert "the pass mark is at +0.0" in page and ">+4</text>" in page and ">-4</text>" in page and ">pass mark<" in page
    assert "after 5 questions" in browser.page("/domains/law/result")
    assert browser.send("/domains/law/result/correction", about="test", text="Item 3 is out of date.").status_code == 303
    assert "Item 3 is out of date." in portal.browser(MANAGER).page("/admin/review/1")


def test_a_passed_test_counts_where_the_policy_asks_for_it(sqlite_store: Database) -> None:
    """It is missing before, there afterwards."""
    portal = _portal(sqlite_store, test_required=True)
    browser = _interested(portal)
    browser.send("/profile/education/new", **EDUCATION)
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    assert "Not taken." in portal.browser(MANAGER).page("/admin/review/1")
    _take(browser, right=True)
    assert "Not taken." not in portal.browser(MANAGER).page("/admin/review/1")


def test_what_i_answered_is_mine(portal: Portal) -> None:
    """The export has the test and its answers; withdrawing everything removes them."""
    browser = _interested(portal)
    _take(browser, right=True)
    with portal.store.begin() as unit:
        found = Personal(unit.session).everything(1, CANDIDATE)
        assert len(found["sitting"]) == 1 and len(found["sitting_answer"]) >= 5
        unit.erasures.remove(1, CANDIDATE)
        found = Personal(unit.session).everything(1, CANDIDATE)
        assert not found["sitting"] and not found["sitting_answer"]
    json.dumps(found)


def test_my_export_does_not_help_me_with_the_test(portal: Portal) -> None:
    """While it runs the export leaves it out and says so; afterwards it has my answers, but neither what the order follows from nor the items' ids."""
    browser = _interested(portal)
    browser.send(f"{TEST}/start")
    _answer(browser, right=True)
    with portal.store.read() as unit:
        (running,) = unit.sittings.of(1)
    answer = browser.get("/my-data.json")
    held = answer.get_json()
    assert held["sitting"] == held["sitting_answer"] == [] and running.sitting.seed not in answer.text
    assert {one["table"]: one["rows"] for one in held["left_out"]} == {"sitting": 1, "sitting_answer": 1}
    assert "until it is over" in held["left_out"][0]["why"]
    while "Answer</button>" in browser.page(TEST):
        _answer(browser, right=True)
    answer = browser.get("/my-data.json")
    held = answer.get_json()
    assert held["left_out"] == [] and len(held["sitting_answer"]) >= 5 and all(one["right"] for one in held["sitting_answer"])
    assert running.sitting.seed not in answer.text and not {"seed", "excluded"} & held["sitting"][0].keys()
    assert not re.search(r'"i\d+"', answer.text)


def test_difficulties_come_from_answers_when_there_are_enough(tmp_path: Path) -> None:
    """Until then the items keep their authors' estimates, and the command says so; a domain that is not there is named."""
    settings = load({
        **SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_LABEL_STUDIO_URL": f"http://127.0.0.1:{free_port()}",
        "LS_EXPERT_PUBLIC_URL": "https://experts.example",
    })
    migrate(settings.database_url)
    out = io.StringIO()
    assert calibrate_items(settings, "law", out, dry_run=True) == 0
    assert "Law: 0 of 80 items estimated from answers" in out.getvalue() and "Dry run" in out.getvalue()
    with pytest.raises(NotFound, match="medicines"):
        calibrate_items(settings, "medicines", out, dry_run=True)


def test_a_calibrated_difficulty_is_what_counts(portal: Portal) -> None:
    """What a hundred people answered replaces the author's estimate, and comes back as estimated."""
    from ls_expert_plugin.vetting.knowledge_test.calibration import Marked, calibrate

    answers = [Marked(str(person), f"i{n}", right=(person * 7 + n * 3) % 10 < (9 if n == 0 else 4)) for person in range(120) for n in (0, 1)]
    found = calibrate(answers, {"i0": -2.0, "i1": -1.9, "i2": 0.0})
    with portal.store.begin() as unit:
        unit.sittings.set_calibrated("law", found, portal.now)
    with portal.store.read() as unit:
        kept = unit.sittings.calibrated("law")
    assert set(kept) == {"i0", "i1"} and kept["i0"].logits < kept["i1"].logits - 1 and kept["i0"].label == "from 120 answers"
    with closing(portal.store), portal.store.begin() as unit:
        unit.sittings.set_calibrated("law", {}, portal.now)
        assert not unit.sittings.calibrated("law")
