"""Who may work on what, rule by rule."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from ls_expert_plugin.routing.access.eligibility import Access, Explanation, explain, matches, placed
from ls_expert_plugin.routing.access.memberships import holding
from ls_expert_plugin.routing.values import Candidate, CheckedLicence, Language, Membership, Project, Requirement
from ls_expert_plugin.vetting.values import Verification

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.timezone.utc)
UNTIL = NOW + dt.timedelta(days=30)
SOONER = NOW + dt.timedelta(days=10)
VERIFIED = Verification(1, 1, "medicine", "verified", UNTIL, "", 1, NOW, ("cardiology", "surgery"), 3)
PERSON = Candidate(7, verifications=(VERIFIED,))


def asked(**more: Any) -> Project:
    """A project of medicine that asks for this beside."""
    invited = more.pop("invited", frozenset())
    return Project(1, "Notes", Requirement("medicine", **more), invited=invited)


def told(person: Candidate, project: Project, **more: Any) -> Explanation:
    """The explanation, with a place unless told otherwise."""
    return explain(person, project, NOW, has_place=more.pop("has_place", True), **more)


def missing(person: Candidate, project: Project, **more: Any) -> list[str]:
    """The rules that are not met."""
    explanation = told(person, project, **more)
    assert (explanation.access is None) == bool(explanation.missing)
    return [check.rule for check in explanation.missing]


def test_a_verification_opens_the_projects_of_its_domain_until_its_date() -> None:
    """Medicine opens medicine and not law, and says for how long and with which specialties."""
    assert told(PERSON, asked()).access == Access(UNTIL, "verified in medicine", ("cardiology", "surgery"))
    assert missing(PERSON, Project(2, "Clauses", Requirement("law"))) == ["domain"]


def test_only_a_verification_in_force_opens_anything() -> None:
    """Not at its end date, and not in any other state."""
    assert explain(PERSON, asked(), UNTIL, has_place=True).access is None
    for status in ("interested", "interviewing", "assessing", "in_review", "declined", "expired", "suspended", "revoked", "withdrawn"):
        other = dataclasses.replace(VERIFIED, status=status)  # type: ignore[arg-type]
        assert missing(Candidate(7, verifications=(other,)), asked()) == ["domain"], status


def test_two_domains_open_both() -> None:
    """Somebody may be an expert twice."""
    law = dataclasses.replace(VERIFIED, domain="law", valid_until_utc=None)
    both = Candidate(7, verifications=(VERIFIED, law))
    assert matches(both, asked(), NOW) and told(both, Project(2, "Clauses", Requirement("law"))).access == Access(
        None, "verified in law", ("cardiology", "surgery")
    )


def test_a_project_that_asks_for_nothing_is_hidden_unless_a_setting_shows_it() -> None:
    """Hidden by default, whoever one is; shown to everybody otherwise."""
    free = Project(3, "Anything", None)
    assert missing(PERSON, free) == ["requirement"]
    assert told(Candidate(8), free, open_by_default=True).access == Access(None, "open to everybody")


@pytest.mark.parametrize(("specialties", "every", "met"), [
    (("cardiology", "dermatology"), False, True), (("cardiology", "dermatology"), True, False),
    (("cardiology", "surgery"), True, True), (("dermatology",), False, False),
])
def test_any_or_all_specialties(specialties: tuple[str, ...], every: bool, met: bool) -> None:
    """One is enough, or each is needed."""
    assert missing(PERSON, asked(specialties=specialties, all_specialties=every)) == ([] if met else ["specialties"])


def test_a_level_is_a_minimum_and_none_is_not_enough() -> None:
    """Three does for three, not for four; without a level, not for one."""
    assert missing(PERSON, asked(minimum_level=3)) == []
    assert missing(PERSON, asked(minimum_level=4)) == ["level"]
    without = Candidate(7, verifications=(dataclasses.replace(VERIFIED, level=None),))
    assert missing(without, asked(minimum_level=1)) == ["level"]


def test_all_languages_are_needed() -> None:
    """One of two is not enough."""
    speaks = dataclasses.replace(PERSON, languages=(Language("en"), Language("de")))
    assert missing(speaks, asked(languages=("de", "en"))) == []
    assert missing(speaks, asked(languages=("de", "fr"))) == ["languages"]


def test_one_licence_has_to_fit_kind_and_place() -> None:
    """The right kind elsewhere and another kind at the right place make no licence of the right kind at the right place."""
    wanted = asked(credential_kinds=("gmc", "us_medical"), jurisdictions=("United Kingdom", "new  york"))

    def with_licences(*licences: tuple[str, str]) -> Candidate:
        return dataclasses.replace(PERSON, credentials=tuple(CheckedLicence(kind, place, None) for kind, place in licences))

    assert missing(with_licences(("gmc", "France"), ("nurse", "United Kingdom")), wanted) == ["credentials"]
    assert missing(with_licences(("us_medical", " New York")), wanted) == []
    assert missing(with_licences(("nurse", "France")), asked(jurisdictions=("france",))) == []
    assert missing(PERSON, asked(credential_kinds=("gmc",))) == ["credentials"]


def test_the_end_is_the_earliest_of_what_was_used() -> None:
    """The licence's date cuts the verification's; of two licences the longer counts; one that is not asked for cuts nothing."""
    short = CheckedLicence("gmc", "United Kingdom", SOONER)
    person = dataclasses.replace(PERSON, credentials=(short,))
    wanted = asked(credential_kinds=("gmc",))
    assert (access := told(person, wanted).access) is not None and access.valid_until_utc == SOONER
    assert (access := told(person, asked()).access) is not None and access.valid_until_utc == UNTIL
    two = dataclasses.replace(person, credentials=(short, CheckedLicence("gmc", "United Kingdom", None)))
    assert (access := told(two, wanted).access) is not None and access.valid_until_utc == UNTIL
    assert explain(person, wanted, SOONER, has_place=True).access is None


def test_invited_projects_are_for_those_on_the_list_who_match_too() -> None:
    """On the list without the domain, and with the domain off the list: neither."""
    assert missing(PERSON, asked(mode="invited", invited=frozenset({7}))) == []
    assert missing(PERSON, asked(mode="invited", invited=frozenset({8}))) == ["invited"]
    assert missing(Candidate(8), asked(mode="invited", invited=frozenset({8}))) == ["domain"]
    assert missing(PERSON, asked(invited=frozenset({8}))) == []


def test_places_are_spoken_of_only_to_those_who_match_otherwise() -> None:
    """No place is what is missing; who lacks more is not told about places."""
    assert missing(PERSON, asked(max_experts=2), has_place=False) == ["places"]
    assert missing(PERSON, asked(max_experts=2, minimum_level=5), has_place=False) == ["level"]


def test_places_go_to_holders_then_to_the_longest_verified() -> None:
    """Who has one keeps it; then by date, then by number; fewer places cost whoever was verified last."""
    day = dt.timedelta(days=1)
    since = {1: NOW, 2: NOW - day, 3: NOW - 2 * day, 4: NOW - 2 * day}
    assert placed(2, since, holding=[]) == {3, 4}
    assert placed(3, since, holding=[1]) == {1, 3, 4}
    assert placed(1, since, holding=[1, 2]) == {2}
    assert placed(3, since, holding=[9, 8, 7]) == {2, 3, 4}
    assert placed(None, since, holding=[]) == {1, 2, 3, 4}


def test_a_manager_is_given_no_access_and_takes_no_place() -> None:
    """Label Studio shows managers everything; the explanation says so, whatever else holds."""
    assert missing(dataclasses.replace(PERSON, is_manager=True), asked()) == ["role"]
    assert missing(dataclasses.replace(PERSON, is_manager=True), Project(3, "Anything", None), open_by_default=True) == ["role"]


def test_a_membership_past_its_date_holds_no_place() -> None:
    """Nor does one that was ended: a place is held by who is let in at this moment."""
    held = [
        Membership(7, 1, True, None, "", 1), Membership(8, 1, True, SOONER, "", 1), Membership(9, 1, True, NOW, "", 1), Membership(10, 1, False, None, "", 1),
    ]
    assert holding(held, NOW) == {1: {7, 8}}
