"""What an expert reads about projects that are closed to them, and what they must not learn."""

from __future__ import annotations

import dataclasses
import datetime as dt

from ls_expert_plugin.routing.access.eligibility import Explanation, explain
from ls_expert_plugin.routing.values import Candidate, Project, Requirement
from ls_expert_plugin.vetting.values import Verification
from ls_expert_plugin.web.candidate.closed_projects import Closed, closed_to_me
from tests.support.builders.vetting_samples import NOW, pack

PACKS = {"law": pack(), "tax": pack(id="tax", title="Tax")}
VERIFIED = Verification(1, 1, "law", "verified", NOW + dt.timedelta(days=30), "", 1, NOW, specialties=(), level=2)
ME = Candidate(7, verifications=(VERIFIED,))
ASKS = [
    Requirement("law"), Requirement("law", minimum_level=3), Requirement("law", minimum_level=3, languages=("de",)),
    Requirement("law", specialties=("contracts",)), Requirement("law", mode="invited", minimum_level=5), Requirement("tax"),
    Requirement("tax", minimum_level=3), Requirement("law", max_experts=1), None,
]
PROJECTS = {number: Project(number, f"Secret {number}", asked) for number, asked in enumerate(ASKS)}


def _explained(me: Candidate = ME) -> list[Explanation]:
    return [explain(me, project, NOW, has_place=False) for project in PROJECTS.values()]


def _all(domains: list[Closed]) -> dict[str, int]:
    return {words: count for one in domains for words, count in one.missing}


def test_i_read_what_is_missing_and_for_how_many_projects() -> None:
    """Counted by domain, the most frequent first."""
    (law,) = closed_to_me(_explained(), PROJECTS, PACKS)
    assert (law.pack.id, law.count) == ("law", 4)
    assert law.missing[0] == ("It requires level 3 or higher; yours is 2.", 2)
    words = " ".join(_all([law]))
    assert "German" in words and "Contracts" in words and "All places are taken" in words


def test_i_learn_nothing_of_other_domains_lists_and_titles() -> None:
    """Not that there are such projects, and of those there are no names."""
    domains = closed_to_me(_explained(), PROJECTS, PACKS)
    words = " ".join(_all(domains))
    assert [one.pack.id for one in domains] == ["law"]
    assert "invited" not in words and "level 5" not in words and "Tax" not in words and "Secret" not in words
    assert closed_to_me(_explained(Candidate(7)), PROJECTS, PACKS) == []


def test_where_nothing_is_closed_nothing_is_said() -> None:
    """A domain whose projects are all open to me is not there."""
    able = Candidate(7, verifications=(dataclasses.replace(VERIFIED, level=5, specialties=("contracts",)),))
    explained = [explain(able, PROJECTS[number], NOW, has_place=True) for number in (0, 1, 3, 7)]
    assert closed_to_me(explained, PROJECTS, PACKS) == []
