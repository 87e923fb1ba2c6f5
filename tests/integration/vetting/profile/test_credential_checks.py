"""Credentials against public registers: the form of a number, a registry on loopback, what a reviewer saw, and the ledger of it all."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from ls_expert_plugin.config import load
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.errors import BadInput, Conflict, RegistryUnavailable, SettingError
from ls_expert_plugin.registries import npi, plugins
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.grounds import CompetencyLevel, InterviewResult, gather
from ls_expert_plugin.vetting.interview.planner import next_question
from ls_expert_plugin.vetting.profile import claim_history, forms
from ls_expert_plugin.vetting.profile.credential_checks import RegistryAnswer, compare, same_number
from ls_expert_plugin.vetting.review import auto_verify, recheck_job
from ls_expert_plugin.vetting.review.policy import evaluate_policy
from ls_expert_plugin.vetting.values import CHECKED, Claim, Person
from tests.support.adversarial.races import at_each_gap
from tests.support.builders.vetting_case import LATER, Case, at_once, overlapping
from tests.support.builders.vetting_samples import LICENCE, LONG_ENOUGH, NOW, pack, turn
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Portal

NUMBER, OTHER_NUMBER = "1234567893", "1245319599"
STATE = {**LICENCE, "kind": "us_state_licence"}


def _entry(number: str = NUMBER, *, first: str = "ADA", last: str = "QUILL", **more: Any) -> dict[str, Any]:
    """One entry, as NPPES has it (API version 2.1)."""
    basic = {"first_name": first, "last_name": last, "credential": "MD", "status": "A", **more.pop("basic", {})}
    taxonomies = [{"code": "207RC0000X", "desc": "Cardiology", "primary": True, "state": "NY", "license": "234567"}]
    return {"number": int(number), "enumeration_type": "NPI-1", "basic": basic, "taxonomies": taxonomies, "addresses": [], "other_names": [], **more}


class Registry:
    """A registry on loopback. ``body`` is what it answers; ``asked``: the numbers; ``meanwhile`` is done while it is asked."""

    def __init__(self) -> None:
        self.body: Any = {"result_count": 1, "results": [_entry()]}
        self.status, self.asked = 200, list[str]()
        self.meanwhile: Callable[[], object] = lambda: None
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                registry.asked.append(query["number"][0])
                assert query["version"] == ["2.1"]
                registry.meanwhile()
                raw = registry.body if isinstance(registry.body, bytes) else json.dumps(registry.body).encode()
                self.send_response(registry.status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/api"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry that knows Ada Quill."""
    running = Registry()
    yield running
    running.close()


def _pack() -> Pack:
    licences = [{**one.model_dump(mode="json"), "id": "npi"} for one in pack().licences] + [pack().licences[0].model_dump(mode="json")]
    follow_ups = [*(one.model_dump() for one in pack().follow_ups), {"id": "differs", "when": "contradiction", "text": "How does that go together?"}]
    return pack(licences=licences, follow_ups=follow_ups, policy={"required_credentials": ["npi"], "credential_status": "registry-matched"})


@pytest.fixture
def case(sqlite_store: Database) -> Case:
    """Ada Quill, who has consented."""
    case = Case(sqlite_store)
    case.consent()
    return case


def _claim(case: Case, **fields: str) -> Claim:
    with case.store.begin() as unit:
        return forms.add(unit, case.person, "licence", {**LICENCE, "kind": "npi", "number": NUMBER, "jurisdiction": "United States", **fields}, NOW)


PHYSICIANS = {"npi": frozenset({"20"})}


def _looked_up(case: Case, registry: Registry, claim: Claim, now: dt.datetime = NOW) -> Claim:
    checks = {"npi": npi.Nppes(registry.url)}
    claim_history.look_up(case.store, claim.id, checks, now, PHYSICIANS)
    with case.store.read() as unit:
        found = unit.claims.find(claim.id)
    assert found is not None
    return found[1]


def _named(case: Case, name: str, now: dt.datetime = NOW) -> Person:
    """The outbox told of another name."""
    with case.store.begin() as unit:
        return members.joined(unit, case.person.ls_user_id, case.person.email, name, "expert", now)


@pytest.mark.parametrize(("number", "is_one"), [
    ("1234567893", True), ("1245319599", True), (" 1234567893 ", True), ("1234567890", False), ("3234567893", False), ("123456789", False),
    ("12345678934", False), ("12345A7893", False), ("１２３４５６７８９３", False), ("", False), ("1234567893; DROP", False),
])
def test_the_form_of_a_number_is_ten_digits_and_a_check_digit(number: str, is_one: bool) -> None:
    """Letters, other digits, a wrong check digit: said in words; a right form is no more than that."""
    assert (npi.well_formed(number) == "") is is_one


def test_a_match_needs_the_name_and_is_no_persons_look(case: Case, registry: Registry) -> None:
    """The status is its own, the ledger says from where; the policy counts it only as far as it asks."""
    claim = _looked_up(case, registry, _claim(case))
    assert (claim.status, claim.contradicted, claim.is_checked) == ("registry-matched", "", True)
    with case.store.read() as unit:
        events = unit.claims.history(case.person.id)
    assert [(one.to_status, one.source) for one in events] == [("claimed", "form"), ("registry-matched", "register:npi")]
    assert events[1].evidence["words"] == "found: ADA QUILL, Cardiology"
    line = [one for one in evaluate_policy(_pack(), gather([claim], None), NOW.date()).checks if one.title.startswith("Licence")]
    assert [one.state for one in line] == ["met"]


@pytest.mark.parametrize(("entry", "says"), [
    (_entry(first="BEN"), "another name"), (_entry(basic={"status": "I"}), "not active"), (_entry(enumeration_type="NPI-2"), "an organization’s"),
    (_entry("1245319599"), "has no number"), (None, "has no number"),
])
def test_what_does_not_agree_is_a_mark_and_never_put_right(case: Case, registry: Registry, entry: dict[str, Any] | None, says: str) -> None:
    """Somebody else's number, an inactive one, an organization's, none: the entry stays as it was typed, and a person looks."""
    registry.body = {"result_count": 0, "results": [entry] if entry else []}
    before = _claim(case)
    claim = _looked_up(case, registry, before)
    assert says in claim.contradicted and claim.status == "claimed" and claim.details == before.details and not claim.is_checked
    assert {one.state for one in evaluate_policy(_pack(), gather([claim], None), NOW.date()).checks if "contradicted" in one.title} == {"look"}


def test_a_state_licence_that_the_register_has_otherwise_is_told(case: Case, registry: Registry) -> None:
    """The number in the register is another one for the same state; of another state nothing is said."""
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", {**STATE, "number": "999999", "jurisdiction": "New York"}, NOW)
        forms.add(unit, case.person, "licence", {**STATE, "number": "1", "jurisdiction": "Texas"}, NOW)
    claim = _looked_up(case, registry, _claim(case))
    assert claim.contradicted == "NPPES NPI Registry has another licence for New York: 234567."


def test_a_state_licence_that_the_register_has_the_same_is_consistent(case: Case, registry: Registry) -> None:
    """No more: the register took it from the provider."""
    with case.store.begin() as unit:
        same = forms.add(unit, case.person, "licence", {**STATE, "number": "NY-234567", "jurisdiction": "New York"}, NOW)
    with case.store.begin() as unit:
        same = forms.change(unit, case.person, same.id, {**STATE, "number": "234567", "jurisdiction": "NY"}, NOW)
    assert _looked_up(case, registry, _claim(case)).status == "registry-matched"
    with case.store.read() as unit:
        found = unit.claims.get(case.person.id, same.id)
    assert found is not None and found.status == "consistent" and not found.is_checked


def test_only_medical_licences_are_held_against_the_register(case: Case, registry: Registry) -> None:
    """A lawyer's number in the same state has nothing to do with it."""
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", {**LICENCE, "number": "999999", "jurisdiction": "New York"}, NOW)
    assert _looked_up(case, registry, _claim(case)).status == "registry-matched"


@pytest.mark.parametrize(("one", "other", "is_same"), [
    ("MD-12345", "12345", True), ("12345", "md 012345", True), ("A12345", "G12345", False), ("12345", "12346", False), ("", "", False), ("MD", "DO", False),
    ("A12345", "a-12345", True), ("", "12345", False),
])
def test_a_number_is_the_same_however_it_is_written(one: str, other: str, is_same: bool) -> None:
    """Letters before it count where both have them: they tell two people apart in some states."""
    assert same_number(one, other) is is_same


@pytest.mark.parametrize(("taxonomies", "says"), [
    ([{"code": "363LF0000X", "desc": "Nurse Practitioner, Family", "state": "NY", "license": "F123"}], "lists 1234567893 as Nurse Practitioner"), ([], ""),
])
def test_somebody_elses_profession_does_not_match(case: Case, registry: Registry, taxonomies: list[dict[str, str]], says: str) -> None:
    """A nurse's number is no physician's; without a word about the profession a person looks."""
    registry.body = {"results": [_entry(taxonomies=taxonomies)]}
    claim = _looked_up(case, registry, _claim(case))
    assert claim.status == "claimed" and (says in claim.contradicted if says else claim.contradicted == "")


@pytest.mark.parametrize("name", ["A Quill", "Ада Квилл", "Quill", "Quill Ada"])
def test_a_name_that_cannot_be_compared_is_a_persons_to_look_at(case: Case, registry: Registry, name: str) -> None:
    """It is neither matched nor marked, and the ledger says why."""
    with case.store.begin() as unit:
        stranger = members.joined(unit, 8, "other@example.org", name, "expert", NOW)
        consent.give(unit, stranger, "matching", consent.PURPOSES[0].version, NOW)
        claim = forms.add(unit, stranger, "licence", {**LICENCE, "kind": "npi", "number": NUMBER, "jurisdiction": "United States"}, NOW)
    claim = _looked_up(case, registry, claim)
    assert (claim.status, claim.contradicted) == ("claimed", "")
    with case.store.read() as unit:
        assert "a program cannot tell" in unit.claims.history(stranger.id)[-1].evidence["undecided"]


def test_a_rename_takes_the_match_back_and_managers_are_told(case: Case, registry: Registry) -> None:
    """What was compared stays in the ledger; what a person looked up stays as it is; case and accents are no rename."""
    with case.store.begin() as unit:
        consent.give(unit, case.manager, "notifications", next(one.version for one in consent.PURPOSES if one.id == "notifications"), NOW)
    matched = _looked_up(case, registry, _claim(case))
    seen = _claim(case, number=OTHER_NUMBER)
    with case.store.begin() as unit:
        claim_history.record_seen(unit, case.manager, case.person.id, seen.id, "found", "", "A register", "2026-03-01", NOW)
    _named(case, "ADÁ  QUILL")
    with case.store.read() as unit:
        assert [one.status for one in unit.claims.of(case.person.id)] == ["registry-matched", "human-verified"]
        assert unit.claims.history(case.person.id)[1].evidence["compared_with"] == "Ada Quill"
    assert _named(case, "Nele Newcomer", LATER).renamed_at_utc == LATER
    with case.store.read() as unit:
        assert [one.status for one in unit.claims.of(case.person.id)] == ["claimed", "human-verified"]
        event = unit.claims.history(case.person.id)[-1]
        assert (event.claim_id, event.source) == (matched.id, "name") and "Nele Newcomer" in event.evidence["words"]
        assert unit.notifications.waiting()[0] == 1


def test_a_name_that_was_changed_for_the_match_does_not_match(case: Case, registry: Registry) -> None:
    """Renamed to the listed person, a program matches nobody for thirty days; and the match ends with the name."""
    registry.body = {"results": [_entry(first="JANE", last="SMITH")]}
    claim = _claim(case)
    assert "another name" in _looked_up(case, registry, claim).contradicted
    _named(case, "Jane Smith")
    now = _looked_up(case, registry, claim, NOW + dt.timedelta(days=29))
    assert (now.status, now.contradicted) == ("claimed", "")
    with case.store.read() as unit:
        assert "was changed on 1 March 2026" in unit.claims.history(case.person.id)[-1].evidence["undecided"]
    assert _looked_up(case, registry, claim, NOW + dt.timedelta(days=30)).status == "registry-matched"
    _named(case, "Nele Newcomer", NOW + dt.timedelta(days=31))
    with case.store.read() as unit:
        assert unit.claims.of(case.person.id)[0].status == "claimed"


def test_whoever_the_policy_verified_is_looked_at_again_after_a_rename(case: Case, registry: Registry) -> None:
    """The match was all that bound the licence to them: they are reminded, and expire unless somebody confirms it."""
    asked = pack(licences=[one.model_dump(mode="json") for one in _pack().licences], policy={
        "auto_verify": True, "required_credentials": ["npi"], "credential_status": "registry-matched",
    })
    _looked_up(case, registry, _claim(case))
    verification = case.in_review()
    with case.store.begin() as unit:
        grounds = gather(unit.claims.of(case.person.id), None)
        grounds = dataclasses.replace(grounds, interview=InterviewResult(3, scored=(CompetencyLevel("procedure", 3), CompetencyLevel("conflicts", 3))))
        assert auto_verify.verify_by_policy(unit, verification.id, asked, grounds, LATER) is not None
    assert recheck_job.recheck_all(case.store, {"law": asked}, LATER) == ()
    _named(case, "Nele Newcomer", LATER)
    (step,) = recheck_job.recheck_all(case.store, {"law": asked}, LATER)
    assert "your name changed" in str(step)


def test_the_dossier_says_who_names_the_same_number_and_that_the_name_was_changed(sqlite_store: Database, registry: Registry) -> None:
    """For the reviewer alone."""
    portal = Portal(sqlite_store, packs={"law": _pack()}, LS_EXPERT_NPPES_URL=registry.url)
    browser, other = portal.browser(CANDIDATE), portal.browser(OTHER)
    for one in (browser, other):
        one.send("/consent/matching", agreed="yes", version="1")
        one.send("/profile/licence/new", **{**LICENCE, "kind": "npi", "number": NUMBER})
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    with portal.store.begin() as unit:
        person = unit.people.by_ls_user_id(CANDIDATE)
        assert person is not None
        members.joined(unit, CANDIDATE, person.email, "Jane Smith", "expert", portal.now)
    page = portal.browser(MANAGER).page("/admin/review/1")
    assert "Ben Ochre" in page and "names the same number" in page and "was last changed on 1 March 2026" in page
    assert "a person looks again" in page and "Name changed" in page
    assert "Ben Ochre" not in browser.page("/domains/law/result") + browser.page("/profile")


def test_a_rename_while_the_register_is_asked_ends_it(case: Case, registry: Registry) -> None:
    """The answer was held against a name that is not theirs any more."""
    claim = _claim(case)

    class Slow(npi.Nppes):
        def look_up(self, number: str) -> RegistryAnswer:
            answer = super().look_up(number)
            _named(case, "Nele Newcomer")
            return answer

    assert claim_history.look_up(case.store, claim.id, {"npi": Slow(registry.url)}, NOW, PHYSICIANS) is None
    with case.store.read() as unit:
        assert unit.claims.of(case.person.id)[0].status == "claimed"


def test_one_number_counts_for_one_person(case: Case, registry: Registry) -> None:
    """The second who names it is not matched, whatever place they type; a manager looks. The first keeps it, and it is free when they leave."""
    mine = _looked_up(case, registry, _claim(case))
    with case.store.begin() as unit:
        twin = members.joined(unit, 8, "twin@example.org", "Ada Quill", "expert", NOW)
        consent.give(unit, twin, "matching", consent.PURPOSES[0].version, NOW)
        theirs = forms.add(unit, twin, "licence", {**LICENCE, "kind": "npi", "number": NUMBER, "jurisdiction": "Lindenau"}, NOW)
    claim = _looked_up(case, registry, theirs)
    assert (claim.status, claim.contradicted) == ("claimed", claim_history.TWICE)
    with case.store.begin() as unit:
        again = unit.claims.get(case.person.id, mine.id)
        assert again is not None and again.is_checked
        assert [one.id for one in unit.claims.others_with_number(twin.id, claim, anywhere=True)] == [case.person.id]
        assert unit.claims.others_with_number(twin.id, claim, anywhere=False) == ()
        members.gone(unit, case.person.ls_user_id, NOW)
    assert _looked_up(case, registry, theirs).status == "registry-matched"


@pytest.mark.database
def test_two_who_name_one_number_in_one_moment_are_not_both_matched(store: Database, registry: Registry) -> None:
    """Whoever is first has it."""
    case = Case(store)
    case.consent()
    mine = _claim(case)
    with store.begin() as unit:
        twin = members.joined(unit, 8, "twin@example.org", "Ada Quill", "expert", NOW)
        consent.give(unit, twin, "matching", consent.PURPOSES[0].version, NOW)
        theirs = forms.add(unit, twin, "licence", {**LICENCE, "kind": "npi", "number": NUMBER, "jurisdiction": "United States"}, NOW)
    checks = {"npi": npi.Nppes(registry.url)}
    at_once(*(lambda claim=claim: claim_history.look_up(store, claim.id, checks, NOW, PHYSICIANS) for claim in (mine, theirs)))
    with store.read() as unit:
        assert sorted(one.status for who in (case.person.id, twin.id) for one in unit.claims.of(who)) == ["claimed", "registry-matched"]


def test_routing_counts_only_places_that_the_register_states(case: Case, registry: Registry) -> None:
    """"Bavaria" typed beside an American number opens nothing that asks for Bavaria; New York, which the register lists, does."""
    claim = _looked_up(case, registry, _claim(case, jurisdiction="Bavaria"))
    assert claim.is_checked
    with case.store.begin() as unit:
        candidate = unit.candidates.of(case.person.ls_user_id, NOW)
        assert candidate is not None
        assert {one.jurisdiction for one in candidate.credentials} == {"United States", "New York", "NY"}
        claim_history.record_seen(unit, case.manager, case.person.id, claim.id, "found", "", "A register", "2026-03-01", NOW)
        seen = unit.candidates.of(case.person.ls_user_id, NOW)
        assert seen is not None and [one.jurisdiction for one in seen.credentials] == ["Bavaria"]


def test_a_contradiction_is_asked_about_in_the_interview(case: Case, registry: Registry) -> None:
    """Once, with what was found."""
    registry.body = {"results": []}
    claim = _looked_up(case, registry, _claim(case))
    ask = next_question(_pack(), (turn(0, "Which case?"), turn(1, LONG_ENOUGH)), (claim,))
    assert ask is not None and ask.text == f"NPPES NPI Registry has no number {NUMBER}. How does that go together?"


@pytest.mark.parametrize(("status", "body", "says"), [
    (500, b"oops", "status 500"), (200, b"<html>maintenance</html>", "not understood"), (200, {"Errors": [{"description": "No."}]}, "not understood"),
    (200, b"[" * 1_000_000, "far more"), (302, b"", "status 302"),
])
def test_a_register_that_does_not_answer_changes_nothing(case: Case, registry: Registry, status: int, body: Any, says: str) -> None:
    """It is written down, and can be tried again."""
    registry.status, registry.body = status, body
    claim = _looked_up(case, registry, _claim(case))
    assert (claim.status, claim.contradicted) == ("claimed", "")
    with case.store.read() as unit:
        assert says in unit.claims.history(case.person.id)[-1].evidence["words"]
    registry.status, registry.body = 200, {"results": [_entry()]}
    assert _looked_up(case, registry, claim).status == "registry-matched"


@pytest.mark.parametrize("listed", [(), ("",), ("ADA QUILL",)])
@pytest.mark.parametrize("name", ["", "  "])
def test_without_a_name_nothing_matches_and_nothing_is_held_against_them(name: str, listed: tuple[str, ...]) -> None:
    """Anybody can type somebody else's number: who has no name in Label Studio is not told from the others by a register."""
    found = compare(Claim(1, "licence", {"kind": "npi", "number": NUMBER}, "claimed", "form"), name, (), RegistryAnswer(True, names=listed), "A register")
    assert (found.matches, found.contradicted) == (False, "")


def test_somebody_without_a_name_is_not_registry_matched(case: Case, registry: Registry) -> None:
    """The register's answer is in the ledger, for the reviewer; the licence is as claimed as before."""
    with case.store.begin() as unit:
        members.joined(unit, 7, "ada@example.org", " ", "expert", NOW)
    found = _looked_up(case, registry, _claim(case))
    assert (found.status, found.contradicted, found.is_checked) == ("claimed", "", False)
    with case.store.read() as unit:
        assert unit.claims.history(case.person.id)[-1].evidence["words"] == "found: ADA QUILL, Cardiology"


@pytest.mark.parametrize("before", ["claimed", "registry-matched", "human-verified", "expired"])
@pytest.mark.parametrize("found", claim_history.FOUND)
def test_only_what_was_found_is_vouched_for(case: Case, registry: Registry, found: str, before: str) -> None:
    """Whatever it was before: "found" makes it human-verified, without a mark; anything else is claimed, with one, and nobody vouches for it."""
    mine = _claim(case)
    with case.store.begin() as unit:
        unit.claims.record(case.person.id, mine.id, before, "form", {}, NOW, contradicted="", actor_person_id=case.manager.id)
        claim_history.record_seen(unit, case.manager, case.person.id, mine.id, found, "As I read it.", "A register", "2026-02-27", LATER)
    with case.store.read() as unit:
        seen = unit.claims.get(case.person.id, mine.id)
        event = unit.claims.history(case.person.id)[-1]
    assert seen is not None and event.to_status == seen.status and event.evidence["found"] == found
    if found == "found":
        assert (seen.status, seen.contradicted, seen.is_checked, seen.checked_at_utc) == ("human-verified", "", True, LATER)
    else:
        assert (seen.status, seen.is_checked, seen.checked_at_utc) == ("claimed", False, None) and "As I read it." in seen.contradicted


@pytest.mark.parametrize("vouched_by", ["a person", "the register"])
@pytest.mark.parametrize("entry", [_entry(first="BEN"), _entry(basic={"status": "I"}), None])
def test_a_licence_that_is_contradicted_later_opens_no_project(
    sqlite_store: Database, registry: Registry, entry: dict[str, Any] | None, vouched_by: str
) -> None:
    """It opened one; the register then says otherwise, and the project closes until a person has cleared it up."""
    portal, case = Portal(sqlite_store, packs={"law": _pack()}), Case(sqlite_store)
    case.consent()
    mine = _claim(case)
    with sqlite_store.begin() as unit:
        own = unit.verifications.add(case.person.id, "law", "interested", NOW)
        unit.verifications.change(own.id, "verified", actor_person_id=None, reason="", now=NOW, valid_until_utc=NOW + dt.timedelta(days=200))
    portal.asks(3, "Hearts", Requirement("law", credential_kinds=("npi",)))

    def is_open() -> bool:
        portal.routing.refresh(7)
        return bool(portal.extension.memberships.get((7, 3), {}).get("active"))

    def is_seen() -> None:
        with sqlite_store.begin() as unit:
            claim_history.record_seen(unit, case.manager, case.person.id, mine.id, "found", "", "A register", "2026-02-27", NOW)

    assert not is_open()
    if vouched_by == "a person":
        is_seen()
    else:
        _looked_up(case, registry, mine)
    assert is_open()
    registry.body = {"results": [entry] if entry else []}
    found = _looked_up(case, registry, mine, NOW + dt.timedelta(days=8))
    assert found.contradicted and found.status == ("human-verified" if vouched_by == "a person" else "claimed")
    assert not is_open() and not found.is_checked
    is_seen()
    assert is_open(), "a person has cleared it up"


@pytest.mark.parametrize("status", CHECKED)
@pytest.mark.parametrize(("kind", "fields"), [("licence", LICENCE), ("language", {"code": "de", "proficiency": "native"})])
def test_nothing_that_is_contradicted_counts(case: Case, kind: str, fields: dict[str, str], status: str) -> None:
    """Licences and languages alike, whoever vouched for them."""
    with case.store.begin() as unit:
        mine = forms.add(unit, case.person, kind, fields, NOW)
    for against, counts in (("", 1), ("It is another one's.", 0), ("", 1)):
        with case.store.begin() as unit:
            unit.claims.record(case.person.id, mine.id, status, "reviewer", {}, NOW, contradicted=against)
        with case.store.read() as unit:
            found = unit.candidates.of(7, NOW)
        assert found is not None and len(found.credentials) + len(found.languages) == counts


OTHERS = {"kind": "npi", "number": "1245319599", "jurisdiction": "United States", "issued_on": "2014-05-01", "expires_on": ""}


@pytest.mark.parametrize("entry", [_entry(), _entry(first="BEN")])
@pytest.mark.parametrize("status", [200, 503])
def test_an_entry_that_is_edited_while_the_register_is_asked_stays_as_it_is(
    case: Case, registry: Registry, entry: dict[str, Any], status: int
) -> None:
    """The answer, or that there is none, is about another number: neither a match nor a mark follows from it."""
    mine = _claim(case)

    def edit() -> None:
        with case.store.begin() as unit:
            forms.change(unit, case.person, mine.id, OTHERS, LATER)

    registry.body, registry.meanwhile = {"results": [entry]}, edit
    registry.status = status
    assert claim_history.look_up(case.store, mine.id, {"npi": npi.Nppes(registry.url)}, NOW) is None
    with case.store.read() as unit:
        found = unit.claims.get(case.person.id, mine.id)
        assert found is not None and (found.details["number"], found.status, found.contradicted) == ("1245319599", "claimed", "")
        assert [one.source for one in unit.claims.history(case.person.id)] == ["form", "form"]


@pytest.mark.parametrize("change", ["edited", "removed", "looked up by a person"])
def test_whatever_becomes_of_entries_during_a_look_up_counts(tmp_path: Path, registry: Registry, change: str) -> None:
    """At every moment of it: an edited licence, or a state licence beside it, is claimed; a removed one stays away; a person's look stands."""

    def prepare(store: Database) -> Case:
        case = Case(store)
        case.consent()
        _claim(case)
        with store.begin() as unit:
            forms.add(unit, case.person, "licence", {**LICENCE, "number": "234567", "jurisdiction": "New York"}, NOW)
        return case

    def meanwhile(case: Case) -> None:
        with case.store.begin() as unit:
            for one in unit.claims.of(case.person.id):
                if change == "edited":
                    forms.change(unit, case.person, one.id, {**one.details, "number": "1245319599"}, LATER)
                elif change == "removed":
                    forms.remove(unit, case.person, one.id)
                else:
                    claim_history.record_seen(unit, case.manager, case.person.id, one.id, "found", "", "", "2026-02-27", NOW)

    checks = {"npi": npi.Nppes(registry.url)}
    gaps = 0
    for case in at_each_gap(tmp_path, prepare, lambda case: claim_history.look_up(case.store, 1, checks, NOW), meanwhile):
        gaps += 1
        with case.store.read() as unit:
            found = unit.claims.of(case.person.id)
        if change == "removed":
            assert found == ()
        elif change == "looked up by a person":
            assert [one.status for one in found] == ["human-verified"] * 2
        else:
            # Looked up as it is now, where the change came first: then it is another's number.
            assert {one.status for one in found} == {"claimed"}, (gaps, found)
    assert gaps >= 4


@pytest.mark.database
def test_an_edit_that_is_not_over_is_waited_for(store: Database) -> None:
    """Whoever writes down what a register says has the entries as they are after it, not as they were."""
    case = Case(store)
    case.consent()
    mine = _claim(case)
    found = overlapping(
        store, lambda unit: forms.change(unit, case.person, mine.id, OTHERS, LATER), lambda unit: unit.claims.lock(case.person.id),
    )
    assert not isinstance(found, Exception) and [one.details["number"] for one in found] == ["1245319599"]


def test_nobody_there_is_said(case: Case) -> None:
    """A register that cannot be reached at all."""
    with pytest.raises(RegistryUnavailable, match="cannot be reached"):
        npi.Nppes("http://127.0.0.1:9/api").look_up(NUMBER)


def test_a_number_is_asked_about_once_a_week(case: Case, registry: Registry) -> None:
    """The answer is kept; a wrong form is not asked about at all."""
    claim = _claim(case)
    _looked_up(case, registry, claim)
    _looked_up(case, registry, claim, NOW + dt.timedelta(days=6))
    assert registry.asked == [NUMBER]
    _looked_up(case, registry, claim, NOW + dt.timedelta(days=8))
    assert registry.asked == [NUMBER, NUMBER]
    wrong = _looked_up(case, registry, _claim(case, number="1234567890"))
    assert len(registry.asked) == 2 and "check digit" in wrong.contradicted


def test_an_entry_that_is_changed_is_claimed_again(case: Case, registry: Registry) -> None:
    """Its mark and its match go; what became of it stays in the ledger."""
    claim = _looked_up(case, registry, _claim(case))
    with case.store.begin() as unit:
        changed = forms.change(unit, case.person, claim.id, {**LICENCE, "kind": "npi", "number": "1245319599"}, LATER)
        assert (changed.status, changed.contradicted) == ("claimed", "")
        assert [one.to_status for one in unit.claims.history(case.person.id)] == ["claimed", "registry-matched", "claimed"]


def test_a_licence_whose_last_day_has_passed_expires(case: Case) -> None:
    """Once; others stay."""
    claim = _claim(case, expires_on="2026-03-31")
    assert claim_history.expire(case.store, NOW) == 0
    assert claim_history.expire(case.store, NOW + dt.timedelta(days=40)) == 1 and claim_history.expire(case.store, NOW + dt.timedelta(days=41)) == 0
    with case.store.read() as unit:
        expired = unit.claims.get(case.person.id, claim.id)
    assert expired is not None and expired.status == "expired"


@pytest.mark.parametrize(("found", "words", "seen_on", "says"), [
    ("", "", "2026-03-01", "Say what you found"), ("differs", "", "2026-03-01", "Write what differs"), ("found", "", "2027-01-01", "in the future"),
    ("found", "", "yesterday", "Choose the day"),
])
def test_what_a_reviewer_saw_has_to_be_said(case: Case, found: str, words: str, seen_on: str, says: str) -> None:
    """Without it nothing is recorded."""
    claim = _claim(case)
    with pytest.raises(BadInput, match=says), case.store.begin() as unit:
        claim_history.record_seen(unit, case.manager, case.person.id, claim.id, found, words, "A register", seen_on, NOW)
    with pytest.raises(Conflict, match="your own"), case.store.begin() as unit:
        claim_history.record_seen(unit, case.person, case.person.id, claim.id, "found", "", "", "2026-03-01", NOW)


def test_the_reviewer_records_what_they_saw_and_the_candidate_reads_it(sqlite_store: Database, registry: Registry) -> None:
    """On the dossier: the regulator's page, the form; then the status, the words, where and when. The form of a number is never "verified"."""
    portal = Portal(sqlite_store, packs={"law": _pack()}, LS_EXPERT_NPPES_URL=registry.url)
    registry.body = {"results": [_entry(first="BEN")]}
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/licence/new", **{**LICENCE, "kind": "npi", "number": NUMBER})
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    manager = portal.browser(MANAGER)
    page = manager.page("/admin/review/1")
    assert "another name for 1234567893: BEN QUILL" in page and "contradicted" in page
    assert "The number has the right form, which says nothing about whose it is." in page and "https://register.example/" in page
    assert "another name" in browser.page("/profile")
    entry = _shown_entry(page)
    sent = manager.send(
        "/admin/review/1/claims/1/seen", entry=entry, found="found", words="Married name; same birth year.", where="A register", seen_on="2026-03-01",
    )
    assert sent.status_code == 303
    page = manager.page("/admin/review/1")
    assert "looked up by a person" in page and "Married name; same birth year." in page and "Seen on 1 March 2026: A register" in page
    assert "Married name; same birth year." in browser.page("/domains/law/result")
    manager.send("/admin/review/1/claims/1/seen", entry=entry, found="not found", words="No such number.", where="A register", seen_on="2026-03-01")
    assert "Looked up, and not found: No such number." in browser.page("/domains/law/result")
    assert browser.send("/admin/review/1/claims/1/seen", found="found", seen_on="2026-03-01").status_code == 403


def _shown_entry(page: str) -> str:
    found = re.search(r'name="entry" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_what_a_reviewer_saw_is_about_what_stood_on_their_page(sqlite_store: Database) -> None:
    """The candidate types another number meanwhile: nobody has looked that one up, and the reviewer is told."""
    portal = Portal(sqlite_store, packs={"law": _pack()})
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/licence/new", **{**LICENCE, "kind": "npi", "number": NUMBER})
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    manager = portal.browser(MANAGER)
    seen = {"found": "found", "words": "", "where": "A register", "seen_on": "2026-03-01"}
    entry = _shown_entry(manager.page("/admin/review/1"))
    assert browser.send("/profile/entries/1", **OTHERS).status_code == 303
    for sent in ({"entry": entry}, {}):
        assert manager.send("/admin/review/1/claims/1/seen", **seen, **sent).status_code == 303
        page = manager.page("/admin/review/1")
        assert "was changed since you opened the page" in page
        with sqlite_store.read() as unit:
            assert [one.status for _, one in unit.claims.licences()] == ["claimed"]
    manager.send("/admin/review/1/claims/1/seen", **seen, entry=_shown_entry(page))
    with sqlite_store.read() as unit:
        assert [(one.status, one.details["number"]) for _, one in unit.claims.licences()] == [("human-verified", "1245319599")]


def test_a_wrong_number_is_said_at_once_and_saved_all_the_same(sqlite_store: Database) -> None:
    """The person is told what does not fit; without a registry nothing is asked."""
    portal = Portal(sqlite_store, packs={"law": _pack()})
    browser = portal.browser(CANDIDATE)
    browser.send("/consent/matching", agreed="yes", version="1")
    browser.send("/profile/licence/new", **{**LICENCE, "kind": "npi", "number": "12AB"})
    page = browser.page("/profile")
    assert "An NPI has ten digits and nothing else. The entry is saved as you wrote it." in page and "12AB" in page
    assert portal.jobs == []


PLUGIN = '''
class Check:
    id, kinds, title, looks_up = "gmc", frozenset({"gmc"}), "A register", False
    def well_formed(self, number): return "" if number.isdigit() else "Seven digits, please."
    def look_up(self, number): raise NotImplementedError
def check(settings): return Check()
def none(settings): return None
def taken(settings):
    made = Check(); made.kinds = frozenset({"npi"}); return made
'''


@pytest.mark.parametrize(("offers", "found"), [("check", True), ("none", False), ("taken", None), ("missing", None)])
def test_a_team_can_install_a_check_of_its_own(tmp_path: Path, offers: str, found: bool | None) -> None:
    """Any installed distribution may offer one; a broken one, or one for a kind that is taken, stops the start with its name."""
    name = f"gmc_plugin_{offers}"
    (tmp_path / f"{name}.py").write_text(PLUGIN)
    info = tmp_path / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[ls_expert.credential_checks]\ngmc = {name}:{offers}\n")
    settings = load({}, secrets_needed=())
    sys.path.insert(0, str(tmp_path))
    try:
        if found is None:
            with pytest.raises(SettingError, match="gmc"):
                plugins.checks(settings)
        else:
            assert ("gmc" in plugins.checks(settings)) is found and "npi" in plugins.checks(settings)
    finally:
        sys.path.remove(str(tmp_path))
