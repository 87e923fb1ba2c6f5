"""The history of a claim: what a reviewer saw, what a register says later, and edits while it is asked."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.errors import BadInput, Conflict
from ls_expert_plugin.registries import npi
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.profile import claim_history, forms
from ls_expert_plugin.vetting.values import CHECKED
from tests.support.adversarial.races import at_each_gap
from tests.support.builders.vetting_case import LATER, Case, overlapping
from tests.support.builders.vetting_samples import LICENCE, LONG_ENOUGH, NOW
from tests.support.clients.portal import CANDIDATE, MANAGER, Portal
from tests.support.fakes.registry import NUMBER, Registry, claim_npi, looked_up_claim, npi_entry, pack_with_npi


@pytest.mark.parametrize("before", ["claimed", "registry-matched", "human-verified", "expired"])
@pytest.mark.parametrize("found", claim_history.FOUND)
def test_only_what_was_found_is_vouched_for(case: Case, registry: Registry, found: str, before: str) -> None:
    """Whatever it was before: "found" makes it human-verified, without a mark; anything else is claimed, with one, and nobody vouches for it."""
    mine = claim_npi(case)
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
@pytest.mark.parametrize("entry", [npi_entry(first="BEN"), npi_entry(basic={"status": "I"}), None])
def test_a_licence_that_is_contradicted_later_opens_no_project(
    sqlite_store: Database, registry: Registry, entry: dict[str, Any] | None, vouched_by: str
) -> None:
    """It opened one; the register then says otherwise, and the project closes until a person has cleared it up."""
    portal, case = Portal(sqlite_store, packs={"law": pack_with_npi()}), Case(sqlite_store)
    case.consent()
    mine = claim_npi(case)
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
        looked_up_claim(case, registry, mine)
    assert is_open()
    registry.body = {"results": [entry] if entry else []}
    found = looked_up_claim(case, registry, mine, NOW + dt.timedelta(days=8))
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


@pytest.mark.parametrize("entry", [npi_entry(), npi_entry(first="BEN")])
@pytest.mark.parametrize("status", [200, 503])
def test_an_entry_that_is_edited_while_the_register_is_asked_stays_as_it_is(
    case: Case, registry: Registry, entry: dict[str, Any], status: int
) -> None:
    """The answer, or that there is none, is about another number: neither a match nor a mark follows from it."""
    mine = claim_npi(case)

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
        claim_npi(case)
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
    mine = claim_npi(case)
    found = overlapping(
        store, lambda unit: forms.change(unit, case.person, mine.id, OTHERS, LATER), lambda unit: unit.claims.lock(case.person.id),
    )
    assert not isinstance(found, Exception) and [one.details["number"] for one in found] == ["1245319599"]


def test_an_entry_that_is_changed_is_claimed_again(case: Case, registry: Registry) -> None:
    """Its mark and its match go; what became of it stays in the ledger."""
    claim = looked_up_claim(case, registry, claim_npi(case))
    with case.store.begin() as unit:
        changed = forms.change(unit, case.person, claim.id, {**LICENCE, "kind": "npi", "number": "1245319599"}, LATER)
        assert (changed.status, changed.contradicted) == ("claimed", "")
        assert [one.to_status for one in unit.claims.history(case.person.id)] == ["claimed", "registry-matched", "claimed"]


def test_a_licence_whose_last_day_has_passed_expires(case: Case) -> None:
    """Once; others stay."""
    claim = claim_npi(case, expires_on="2026-03-31")
    assert claim_history.expire(case.store, NOW) == 0
    assert claim_history.expire(case.store, NOW + dt.timedelta(days=40)) == 1 and claim_history.expire(case.store, NOW + dt.timedelta(days=41)) == 0
    with case.store.read() as unit:
        expired = unit.claims.get(case.person.id, claim.id)
    assert expired is not None and expired.status == "expired"


@pytest.mark.parametrize(("found", "words", "seen_on", "says"), [
    ("", "", "2026-03-01", "Say what you found"), ("differs", "", "2026-03-01", "Write what differs"), ("found", "", "2027-01-01", "in the future"),
    ("found", "", "yesterday", "choose the day"),
])
def test_what_a_reviewer_saw_has_to_be_said(case: Case, found: str, words: str, seen_on: str, says: str) -> None:
    """Without it nothing is recorded."""
    claim = claim_npi(case)
    with pytest.raises(BadInput, match=says), case.store.begin() as unit:
        claim_history.record_seen(unit, case.manager, case.person.id, claim.id, found, words, "A register", seen_on, NOW)
    with pytest.raises(Conflict, match="your own"), case.store.begin() as unit:
        claim_history.record_seen(unit, case.person, case.person.id, claim.id, "found", "", "", "2026-03-01", NOW)


def test_the_reviewer_records_what_they_saw_and_the_candidate_reads_it(sqlite_store: Database, registry: Registry) -> None:
    """On the dossier: the regulator's page, the form; then the status, the words, where and when. The form of a number is never "verified"."""
    portal = Portal(sqlite_store, packs={"law": pack_with_npi()}, LS_EXPERT_NPPES_URL=registry.url)
    registry.body = {"results": [npi_entry(first="BEN")]}
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
    assert "verified by a reviewer" in page and "Married name; same birth year." in page and "Seen on 1 March 2026: A register" in page
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
    portal = Portal(sqlite_store, packs={"law": pack_with_npi()})
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
        refused = manager.send("/admin/review/1/claims/1/seen", **seen, **sent)
        page = refused.text
        assert refused.status_code == 400 and "was changed since you opened the page" in page and "<title>Error: " in page
        with sqlite_store.read() as unit:
            assert [one.status for _, one in unit.claims.licences()] == ["claimed"]
    manager.send("/admin/review/1/claims/1/seen", **seen, entry=_shown_entry(page))
    with sqlite_store.read() as unit:
        assert [(one.status, one.details["number"]) for _, one in unit.claims.licences()] == [("human-verified", "1245319599")]
