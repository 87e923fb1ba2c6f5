"""Consent: what a candidate can do without it. Every address that takes something is here, with what it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.tables import Base, ConsentRow
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent
from ls_expert_plugin.vetting.interview import project_questions
from ls_expert_plugin.vetting.review.decisions import actions
from ls_expert_plugin.vetting.values import AddOnQuestion
from tests.support.builders.documents import pdf
from tests.support.builders.vetting_samples import EDUCATION, LONG_ENOUGH, NOW, WORK, pack
from tests.support.clients.portal import CANDIDATE, MANAGER, Browser, Portal

ITEMS = [
    {"id": f"i{n}", "specialty": "contracts", "stem": f"Stem number {n}?", "right": f"key {n}", "wrong": [f"x {n}", f"y {n}", f"z {n}"],
     "rationale": f"Because of {n}.", "source": f"Book {n}", "difficulty": round(-2 + 4 * n / 59, 2)}
    for n in range(60)
]
RESULT, TEST = "/domains/law/result", "/domains/law/test"
QUESTIONS = (AddOnQuestion("Leases", "Who repairs?"), AddOnQuestion("Rent", "Who pays?"))
Action = Callable[[], TestResponse]
# What stands before an action, and the action itself, which with consent is taken and writes something down.
Prepared = Callable[[Portal, Browser], Action]


def _own_id(portal: Portal) -> int:
    with portal.store.read() as unit:
        person = unit.people.by_ls_user_id(CANDIDATE)
        assert person is not None
        return person.id


def _interested(portal: Portal, mine: Browser) -> None:
    mine.send("/consent/matching", agreed="yes", version="1")
    mine.send("/domains/law/interest")


def _in_review(portal: Portal, mine: Browser) -> None:
    mine.hold_interview(LONG_ENOUGH)
    portal.work()


def _decided(portal: Portal, mine: Browser, status: Any) -> None:
    _in_review(portal, mine)
    portal.browser(MANAGER)
    with portal.store.begin() as unit:
        manager, verification = unit.people.by_ls_user_id(MANAGER), unit.verifications.of(_own_id(portal))[0]
        assert manager is not None
        if status == "more_asked":
            actions.ask_more(unit, manager, verification.id, "Which court?", NOW)
        else:
            unit.verifications.change(verification.id, status, actor_person_id=manager.id, reason="Not enough.", now=NOW)


def _interview_start(portal: Portal, mine: Browser) -> Action:
    _interested(portal, mine)
    return lambda: mine.send("/domains/law/interview")


def _api_start(portal: Portal, mine: Browser) -> Action:
    _interested(portal, mine)
    return lambda: mine.call("/api/v1/me/interviews", {"domain": "law"})


def _test_start(portal: Portal, mine: Browser) -> Action:
    _interested(portal, mine)
    return lambda: mine.send(f"{TEST}/start")


def _test_answer(portal: Portal, mine: Browser) -> Action:
    _interested(portal, mine)
    mine.send(f"{TEST}/start")
    item = mine.page(TEST).split('name="item" value="')[1].split('"')[0]
    return lambda: mine.send(f"{TEST}/answer", item=item, letter="unknown")


def _respond(portal: Portal, mine: Browser) -> Action:
    _decided(portal, mine, "more_asked")
    return lambda: mine.send(f"{RESULT}/answer", text="The district court.")


def _correct(portal: Portal, mine: Browser) -> Action:
    _in_review(portal, mine)
    return lambda: mine.send(f"{RESULT}/correction", about="decision", text="Not so.")


def _appeal(portal: Portal, mine: Browser) -> Action:
    _decided(portal, mine, "declined")
    return lambda: mine.send(f"{RESULT}/appeal", text="Look again.")


def _profile_add(portal: Portal, mine: Browser) -> Action:
    mine.send("/consent/matching", agreed="yes", version="1")
    return lambda: mine.send("/profile/education/new", **EDUCATION)


def _profile_change(portal: Portal, mine: Browser) -> Action:
    _profile_add(portal, mine)()
    return lambda: mine.send("/profile/entries/1", **{**EDUCATION, "field": "Medicine"})


def _import_resume(portal: Portal, mine: Browser) -> Action:
    mine.send("/consent/matching", agreed="yes", version="1")
    # Written by hand: Werkzeug's client keeps what is large in a file that it does not close.
    parts = [b'name="csrf_token"\r\n\r\n' + mine.token().encode(), b'name="file"; filename="cv.pdf"\r\n\r\n' + pdf(["Counsel"])]
    body = b"".join(b"--limit\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--limit--\r\n"
    return lambda: mine.client.post("/profile/import", data=body, content_type="multipart/form-data; boundary=limit")


def _import_accept(portal: Portal, mine: Browser) -> Action:
    mine.send("/consent/matching", agreed="yes", version="1")
    return lambda: mine.send(
        "/profile/import/accept", source="json_resume",
        **{"e0-entry": "work", "e0-take": "yes", **{f"e0-{name}": value for name, value in WORK.items()}},
    )


def _project_question(portal: Portal, mine: Browser) -> Action:
    _decided(portal, mine, "verified")
    portal.asks(3, "Leases", Requirement("law", add_on=QUESTIONS))
    with portal.store.begin() as unit:
        person = unit.people.by_ls_user_id(CANDIDATE)
        assert person is not None
        begun = project_questions.start(unit, person, 3, QUESTIONS, NOW)
        project_questions.answer(unit, person, begun.id, 0, "The landlord.", 1000, NOW)
    return lambda: mine.send("/projects/3/questions", number="1", text="The tenant.")


def _running(path: str, method: str = "POST", body: Any = None, **fields: str) -> Prepared:
    """An action in a running interview; ``#`` is its id."""

    def prepare(portal: Portal, mine: Browser) -> Action:
        there = path.replace("#", str(mine.begin_interview()))
        return lambda: mine.send(there, **fields) if fields else mine.call(there, body, method)

    return prepare


def _to_be_asked(path: str, *, by_form: bool = False) -> Prepared:
    """The same, with an answer that the next question follows on."""

    def prepare(portal: Portal, mine: Browser) -> Action:
        number = mine.begin_interview()
        mine.call(f"/api/interviews/{number}/answers", {"in_reply_to": 0, "text": LONG_ENOUGH})
        there = path.replace("#", str(number))
        return lambda: mine.send(there) if by_form else mine.call(there)

    return prepare


ANSWER = {"in_reply_to": 0, "text": LONG_ENOUGH}
NEEDS_CONSENT: dict[str, Prepared] = {
    "portal.start_interview": _interview_start,
    "api_interview.start": _api_start,
    "knowledge.start": _test_start,
    "knowledge.answer": _test_answer,
    "outcome.respond": _respond,
    "outcome.correct": _correct,
    "outcome.appeal": _appeal,
    "profile.add": _profile_add,
    "profile.change": _profile_change,
    "importing.preview": _import_resume,
    "importing.accept": _import_accept,
    "add_on.answer": _project_question,
}
# An interview that runs was begun with consent, and withdrawing ends it: 409, or nothing is done.
ENDS_WITH_CONSENT: dict[str, Prepared] = {
    "interview.answer_form": _running("/interview/#/answers", in_reply_to="0", text=LONG_ENOUGH),
    "interview.ask_form": _to_be_asked("/interview/#/next", by_form=True),
    "interview.answer": _running("/api/interviews/#/answers", body=ANSWER),
    "interview.keep_draft": _running("/api/interviews/#/draft", "PUT", ANSWER),
    "interview.ask": _to_be_asked("/api/interviews/#/next"),
    "interview.ask_for_person": _running("/interview/#/person"),
    "api_interview.answer": _running("/api/v1/me/interviews/#/answers", body=ANSWER),
    "api_interview.ask": _to_be_asked("/api/v1/me/interviews/#/next"),
    "api_interview.ask_for_person": _running("/api/v1/me/interviews/#/person", body={"wanted": True}),
}
NEEDS_NONE = {
    "sign_in.leave": "ends the session",
    "application.apply": "comes before consent is asked for, and says nothing but the name of a domain",
    "consent.give_consent": "is how it is given",
    "consent.withdraw_consent": "is how it is withdrawn",
    "consent.erase": "takes back",
    "application.withdraw": "takes back",
    "profile.remove": "takes back",
    "importing.remove": "takes back",
    "suggesting.dismiss": "takes back",
    "interview.pause": "writes nothing",
    "fairness.answer": "is voluntary, kept apart, and rests on that page's own words",
    "hooks.label_studio": "is Label Studio's, with its own secret",
}
# What only managers may do, whatever they have agreed to.
OF_MANAGERS = {
    "api_routing.apply", "api_routing.preview", "api_routing.reconcile", "api_routing.set_requirement", "api_assignments.assign",
    "api_assignments.preview", "api_assignments.take_back",
}


def _portal(store: Database) -> Portal:
    return Portal(store, packs={"law": pack(items=ITEMS, policy={"test": {"min_items": 5, "max_items": 10}})})


def _all_rows(store: Database) -> dict[str, list[Any]]:
    with store.read() as unit:
        return {table.name: sorted(map(repr, unit.session.execute(select(table)))) for table in Base.metadata.sorted_tables}


def _withdrawn(portal: Portal) -> None:
    with portal.store.begin() as unit:
        person = unit.people.by_ls_user_id(CANDIDATE)
        assert person is not None
        consent.withdraw(unit, person, consent.MATCHING, NOW)


def test_every_address_that_takes_something_has_a_stance_on_consent(sqlite_store: Database) -> None:
    """A new one is red until it is said here whether a candidate needs consent for it; a manager's refuses everybody else."""
    app = _portal(sqlite_store).app
    writing = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules() if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}}
    managers = {endpoint for endpoint, path in writing.items() if path.startswith("/admin/")} | OF_MANAGERS
    candidates = {*NEEDS_CONSENT, *ENDS_WITH_CONSENT, *NEEDS_NONE}
    assert candidates | managers == set(writing) and not candidates & managers


def test_what_managers_may_do_candidates_may_not(sqlite_store: Database) -> None:
    """Every address of a manager that takes something refuses a candidate, with consent too, and nothing is written down."""
    portal = _portal(sqlite_store)
    mine = portal.browser(CANDIDATE)
    _in_review(portal, mine)
    portal.project(1, "Leases", "law")
    before = _all_rows(sqlite_store)
    for rule in portal.app.url_map.iter_rules():
        methods = (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
        if methods and (rule.rule.startswith("/admin/") or rule.endpoint in OF_MANAGERS):
            with portal.app.test_request_context():
                path = portal.app.url_map.bind("").build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method=min(methods))
            assert mine.call(path, {}, min(methods)).status_code == 403, path
    assert _all_rows(sqlite_store) == before


# Of a request that was refused for want of consent: status, whether it says so, whether it wrote anything, how many jobs it began.
REFUSED = (403, True, False, 0)


@pytest.mark.parametrize("action", NEEDS_CONSENT)
def test_without_consent_nothing_is_taken(sqlite_store: Database, action: str) -> None:
    """Given to an earlier text, or never: refused, and no row of any table is another one. With consent the very same request is taken."""
    portal = _portal(sqlite_store)
    do = NEEDS_CONSENT[action](portal, portal.browser(CANDIDATE))
    version = consent.purpose(consent.MATCHING).version
    for without in (update(ConsentRow).values(text_version="0"), delete(ConsentRow)):
        with sqlite_store.begin() as unit:
            unit.session.execute(without)
        assert _refusal(portal, do) == REFUSED
    with sqlite_store.begin() as unit:
        unit.consents.add(_own_id(portal), consent.MATCHING, version, NOW)
    _taken(portal, do)


@pytest.mark.parametrize("action", NEEDS_CONSENT)
def test_after_withdrawal_nothing_is_taken(sqlite_store: Database, action: str) -> None:
    """Also of what stays open then, such as an appeal against a decision."""
    portal = _portal(sqlite_store)
    do = NEEDS_CONSENT[action](portal, portal.browser(CANDIDATE))
    _withdrawn(portal)
    assert _refusal(portal, do) == REFUSED


@pytest.mark.parametrize("action", ENDS_WITH_CONSENT)
def test_a_running_interview_takes_nothing_after_withdrawal(sqlite_store: Database, action: str) -> None:
    """It is over: whatever the page or its script sends to it then leaves no trace and has nothing searched. Before, it is taken."""
    portal = _portal(sqlite_store)
    mine = portal.browser(CANDIDATE)
    do = ENDS_WITH_CONSENT[action](portal, mine)
    _withdrawn(portal)
    before = _all_rows(sqlite_store)
    do().get_data()
    assert _all_rows(sqlite_store) == before and portal.jobs == []
    _taken(portal, ENDS_WITH_CONSENT[action](portal, mine))


def _refusal(portal: Portal, do: Action) -> tuple[int, bool, bool, int]:
    """What came of a request: status, whether it speaks of consent, whether any row of any table is another one, how many jobs it began."""
    portal.jobs.clear()
    before = _all_rows(portal.store)
    answer = do()
    return answer.status_code, "consent" in answer.text, _all_rows(portal.store) != before, len(portal.jobs)


def _taken(portal: Portal, do: Action) -> None:
    """What the refusals rest on: the request is one that would be taken, and writes something down."""
    before = _all_rows(portal.store)
    answer = do()
    assert answer.status_code < 400, answer.text
    answer.get_data()  # of a stream: up to its end
    assert _all_rows(portal.store) != before
