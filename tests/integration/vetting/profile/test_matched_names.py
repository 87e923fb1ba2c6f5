"""Names and numbers that a match rests on: a rename takes it back, and one number counts for one person."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from ls_expert_plugin.registries import npi
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting import consent, members
from ls_expert_plugin.vetting.evidence.grounds import CompetencyLevel, InterviewResult, gather
from ls_expert_plugin.vetting.profile import claim_history, forms
from ls_expert_plugin.vetting.profile.credential_checks import RegistryAnswer
from ls_expert_plugin.vetting.review.policy import auto_verify
from ls_expert_plugin.vetting.review.recheck import job as recheck_job
from ls_expert_plugin.vetting.values import Person
from tests.support.builders.vetting_case import LATER, Case, at_once
from tests.support.builders.vetting_samples import LICENCE, LONG_ENOUGH, NOW, pack
from tests.support.clients.portal import CANDIDATE, MANAGER, OTHER, Portal
from tests.support.fakes.registry import NUMBER, OTHER_NUMBER, PHYSICIANS, Registry, claim_npi, looked_up_claim, npi_entry, pack_with_npi


def _named(case: Case, name: str, now: dt.datetime = NOW) -> Person:
    """The outbox told of another name."""
    with case.store.begin() as unit:
        return members.joined(unit, case.person.ls_user_id, case.person.email, name, "expert", now)


def test_a_rename_takes_the_match_back_and_managers_are_told(case: Case, registry: Registry) -> None:
    """What was compared stays in the ledger; what a person looked up stays as it is; case and accents are no rename."""
    with case.store.begin() as unit:
        consent.give(unit, case.manager, "notifications", next(one.version for one in consent.PURPOSES if one.id == "notifications"), NOW)
    matched = looked_up_claim(case, registry, claim_npi(case))
    seen = claim_npi(case, number=OTHER_NUMBER)
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
    registry.body = {"results": [npi_entry(first="JANE", last="SMITH")]}
    claim = claim_npi(case)
    assert "another name" in looked_up_claim(case, registry, claim).contradicted
    _named(case, "Jane Smith")
    now = looked_up_claim(case, registry, claim, NOW + dt.timedelta(days=29))
    assert (now.status, now.contradicted) == ("claimed", "")
    with case.store.read() as unit:
        assert "was changed on 1 March 2026" in unit.claims.history(case.person.id)[-1].evidence["undecided"]
    assert looked_up_claim(case, registry, claim, NOW + dt.timedelta(days=30)).status == "registry-matched"
    _named(case, "Nele Newcomer", NOW + dt.timedelta(days=31))
    with case.store.read() as unit:
        assert unit.claims.of(case.person.id)[0].status == "claimed"


def test_whoever_the_policy_verified_is_looked_at_again_after_a_rename(case: Case, registry: Registry) -> None:
    """The match was all that bound the licence to them: they are reminded, and expire unless somebody confirms it."""
    asked = pack(licences=[one.model_dump(mode="json") for one in pack_with_npi().licences], policy={
        "auto_verify": True, "required_credentials": ["npi"], "credential_status": "registry-matched",
    })
    looked_up_claim(case, registry, claim_npi(case))
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
    portal = Portal(sqlite_store, packs={"law": pack_with_npi()}, LS_EXPERT_NPPES_URL=registry.url)
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
    claim = claim_npi(case)

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
    mine = looked_up_claim(case, registry, claim_npi(case))
    with case.store.begin() as unit:
        twin = members.joined(unit, 8, "twin@example.org", "Ada Quill", "expert", NOW)
        consent.give(unit, twin, "matching", consent.PURPOSES[0].version, NOW)
        theirs = forms.add(unit, twin, "licence", {**LICENCE, "kind": "npi", "number": NUMBER, "jurisdiction": "Lindenau"}, NOW)
    claim = looked_up_claim(case, registry, theirs)
    assert (claim.status, claim.contradicted) == ("claimed", claim_history.TWICE)
    with case.store.begin() as unit:
        again = unit.claims.get(case.person.id, mine.id)
        assert again is not None and again.is_checked
        assert [one.id for one in unit.claims.others_with_number(twin.id, claim, anywhere=True)] == [case.person.id]
        assert unit.claims.others_with_number(twin.id, claim, anywhere=False) == ()
        members.gone(unit, case.person.ls_user_id, NOW)
    assert looked_up_claim(case, registry, theirs).status == "registry-matched"


@pytest.mark.database
def test_two_who_name_one_number_in_one_moment_are_not_both_matched(store: Database, registry: Registry) -> None:
    """Whoever is first has it."""
    case = Case(store)
    case.consent()
    mine = claim_npi(case)
    with store.begin() as unit:
        twin = members.joined(unit, 8, "twin@example.org", "Ada Quill", "expert", NOW)
        consent.give(unit, twin, "matching", consent.PURPOSES[0].version, NOW)
        theirs = forms.add(unit, twin, "licence", {**LICENCE, "kind": "npi", "number": NUMBER, "jurisdiction": "United States"}, NOW)
    checks = {"npi": npi.Nppes(registry.url)}
    at_once(*(lambda claim=claim: claim_history.look_up(store, claim.id, checks, NOW, PHYSICIANS) for claim in (mine, theirs)))
    with store.read() as unit:
        assert sorted(one.status for who in (case.person.id, twin.id) for one in unit.claims.of(who)) == ["claimed", "registry-matched"]
