"""Credentials against public registers: the form of a number, a registry on loopback, and what a match needs."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.config import load
from ls_expert_plugin.errors import RegistryUnavailable, SettingError
from ls_expert_plugin.registries import npi, plugins
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.evidence.grounds import gather
from ls_expert_plugin.vetting.interview.planner import next_question
from ls_expert_plugin.vetting.profile import claim_history, forms
from ls_expert_plugin.vetting.profile.credential_checks import RegistryAnswer, compare, same_number
from ls_expert_plugin.vetting.review.policy.evaluation import evaluate_policy
from ls_expert_plugin.vetting.values import Claim
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import LICENCE, LONG_ENOUGH, NOW, turn
from tests.support.clients.portal import CANDIDATE, Portal
from tests.support.fakes.registry import NUMBER, Registry, claim_npi, looked_up_claim, npi_entry, pack_with_npi

STATE = {**LICENCE, "kind": "us_state_licence"}


@pytest.mark.parametrize(("number", "is_one"), [
    ("1234567893", True), ("1245319599", True), (" 1234567893 ", True), ("1234567890", False), ("3234567893", False), ("123456789", False),
    ("12345678934", False), ("12345A7893", False), ("１２３４５６７８９３", False), ("", False), ("1234567893; DROP", False),
])
def test_the_form_of_a_number_is_ten_digits_and_a_check_digit(number: str, is_one: bool) -> None:
    """Letters, other digits, a wrong check digit: said in words; a right form is no more than that."""
    assert (npi.well_formed(number) == "") is is_one


def test_a_match_needs_the_name_and_is_no_persons_look(case: Case, registry: Registry) -> None:
    """The status is its own, the ledger says from where; the policy counts it only as far as it asks."""
    claim = looked_up_claim(case, registry, claim_npi(case))
    assert (claim.status, claim.contradicted, claim.is_checked) == ("registry-matched", "", True)
    with case.store.read() as unit:
        events = unit.claims.history(case.person.id)
    assert [(one.to_status, one.source) for one in events] == [("claimed", "form"), ("registry-matched", "register:npi")]
    assert events[1].evidence["words"] == "found: ADA QUILL, Cardiology"
    line = [one for one in evaluate_policy(pack_with_npi(), gather([claim], None), NOW.date()).checks if one.title.startswith("Licence")]
    assert [one.state for one in line] == ["met"]


@pytest.mark.parametrize(("entry", "says"), [
    (npi_entry(first="BEN"), "another name"), (npi_entry(basic={"status": "I"}), "not active"), (npi_entry(enumeration_type="NPI-2"), "an organization’s"),
    (npi_entry("1245319599"), "has no number"), (None, "has no number"),
])
def test_what_does_not_agree_is_a_mark_and_never_put_right(case: Case, registry: Registry, entry: dict[str, Any] | None, says: str) -> None:
    """Somebody else's number, an inactive one, an organization's, none: the entry stays as it was typed, and a person looks."""
    registry.body = {"result_count": 0, "results": [entry] if entry else []}
    before = claim_npi(case)
    claim = looked_up_claim(case, registry, before)
    assert says in claim.contradicted and claim.status == "claimed" and claim.details == before.details and not claim.is_checked
    assert {one.state for one in evaluate_policy(pack_with_npi(), gather([claim], None), NOW.date()).checks if "contradicted" in one.title} == {"look"}


def test_a_state_licence_that_the_register_has_otherwise_is_told(case: Case, registry: Registry) -> None:
    """The number in the register is another one for the same state; of another state nothing is said."""
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", {**STATE, "number": "999999", "jurisdiction": "New York"}, NOW)
        forms.add(unit, case.person, "licence", {**STATE, "number": "1", "jurisdiction": "Texas"}, NOW)
    claim = looked_up_claim(case, registry, claim_npi(case))
    assert claim.contradicted == "NPPES NPI Registry has another licence for New York: 234567."


def test_a_state_licence_that_the_register_has_the_same_is_consistent(case: Case, registry: Registry) -> None:
    """No more: the register took it from the provider."""
    with case.store.begin() as unit:
        same = forms.add(unit, case.person, "licence", {**STATE, "number": "NY-234567", "jurisdiction": "New York"}, NOW)
    with case.store.begin() as unit:
        same = forms.change(unit, case.person, same.id, {**STATE, "number": "234567", "jurisdiction": "NY"}, NOW)
    assert looked_up_claim(case, registry, claim_npi(case)).status == "registry-matched"
    with case.store.read() as unit:
        found = unit.claims.get(case.person.id, same.id)
    assert found is not None and found.status == "consistent" and not found.is_checked


def test_only_medical_licences_are_held_against_the_register(case: Case, registry: Registry) -> None:
    """A lawyer's number in the same state has nothing to do with it."""
    with case.store.begin() as unit:
        forms.add(unit, case.person, "licence", {**LICENCE, "number": "999999", "jurisdiction": "New York"}, NOW)
    assert looked_up_claim(case, registry, claim_npi(case)).status == "registry-matched"


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
    registry.body = {"results": [npi_entry(taxonomies=taxonomies)]}
    claim = looked_up_claim(case, registry, claim_npi(case))
    assert claim.status == "claimed" and (says in claim.contradicted if says else claim.contradicted == "")


@pytest.mark.parametrize("name", ["A Quill", "Ада Квилл", "Quill", "Quill Ada"])
def test_a_name_that_cannot_be_compared_is_a_persons_to_look_at(case: Case, registry: Registry, name: str) -> None:
    """It is neither matched nor marked, and the ledger says why."""
    with case.store.begin() as unit:
        stranger = members.joined(unit, 8, "other@example.org", name, "expert", NOW)
        consent.give(unit, stranger, "matching", consent.PURPOSES[0].version, NOW)
        claim = forms.add(unit, stranger, "licence", {**LICENCE, "kind": "npi", "number": NUMBER, "jurisdiction": "United States"}, NOW)
    claim = looked_up_claim(case, registry, claim)
    assert (claim.status, claim.contradicted) == ("claimed", "")
    with case.store.read() as unit:
        assert "a program cannot tell" in unit.claims.history(stranger.id)[-1].evidence["undecided"]


def test_routing_counts_only_places_that_the_register_states(case: Case, registry: Registry) -> None:
    """"Bavaria" typed beside an American number opens nothing that asks for Bavaria; New York, which the register lists, does."""
    claim = looked_up_claim(case, registry, claim_npi(case, jurisdiction="Bavaria"))
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
    claim = looked_up_claim(case, registry, claim_npi(case))
    ask = next_question(pack_with_npi(), (turn(0, "Which case?"), turn(1, LONG_ENOUGH)), (claim,))
    assert ask is not None and ask.text == f"NPPES NPI Registry has no number {NUMBER}. How does that go together?"


@pytest.mark.parametrize(("status", "body", "says"), [
    (500, b"oops", "status 500"), (200, b"<html>maintenance</html>", "not understood"), (200, {"Errors": [{"description": "No."}]}, "not understood"),
    (200, b"[" * 1_000_000, "far more"), (302, b"", "status 302"),
])
def test_a_register_that_does_not_answer_changes_nothing(case: Case, registry: Registry, status: int, body: Any, says: str) -> None:
    """It is written down, and can be tried again."""
    registry.status, registry.body = status, body
    claim = looked_up_claim(case, registry, claim_npi(case))
    assert (claim.status, claim.contradicted) == ("claimed", "")
    with case.store.read() as unit:
        assert says in unit.claims.history(case.person.id)[-1].evidence["words"]
    registry.status, registry.body = 200, {"results": [npi_entry()]}
    assert looked_up_claim(case, registry, claim).status == "registry-matched"


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
    found = looked_up_claim(case, registry, claim_npi(case))
    assert (found.status, found.contradicted, found.is_checked) == ("claimed", "", False)
    with case.store.read() as unit:
        assert unit.claims.history(case.person.id)[-1].evidence["words"] == "found: ADA QUILL, Cardiology"


def test_nobody_there_is_said(case: Case) -> None:
    """A register that cannot be reached at all."""
    with pytest.raises(RegistryUnavailable, match="cannot be reached"):
        npi.Nppes("http://127.0.0.1:9/api").look_up(NUMBER)


def test_a_number_is_asked_about_once_a_week(case: Case, registry: Registry) -> None:
    """The answer is kept; a wrong form is not asked about at all."""
    claim = claim_npi(case)
    looked_up_claim(case, registry, claim)
    looked_up_claim(case, registry, claim, NOW + dt.timedelta(days=6))
    assert registry.asked == [NUMBER]
    looked_up_claim(case, registry, claim, NOW + dt.timedelta(days=8))
    assert registry.asked == [NUMBER, NUMBER]
    wrong = looked_up_claim(case, registry, claim_npi(case, number="1234567890"))
    assert len(registry.asked) == 2 and "check digit" in wrong.contradicted


def test_a_wrong_number_is_said_at_once_and_saved_all_the_same(sqlite_store: Database) -> None:
    """The person is told what does not fit; without a registry nothing is asked."""
    portal = Portal(sqlite_store, packs={"law": pack_with_npi()})
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
