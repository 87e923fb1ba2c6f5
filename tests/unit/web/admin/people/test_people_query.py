"""Filters of the people page: one verification meets all of them, and an address tells them whole."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.vetting.lifecycle.status import CurrentStatus
from ls_expert_plugin.vetting.values import Person, Verification
from ls_expert_plugin.web.admin.people.people_query import PeopleQuery, matching, read_query
from tests.support.builders.vetting_samples import NOW

ADA = Person(1, 7, "ada@example.org", "Ada Quill", "expert")
BEN = Person(2, 8, "ben@example.org", "Ben Ochre", "manager")


def _verified(domain: str, days: int | None, **found: object) -> CurrentStatus:
    until = NOW + dt.timedelta(days=days) if days is not None else None
    return CurrentStatus(Verification(1, 1, domain, "verified", until, "", 1, NOW, **found), "verified")  # type: ignore[arg-type]


STANDINGS = {1: (_verified("law", 20, specialties=("leases",), level=3), _verified("medicine", 200, level=5))}


@pytest.mark.parametrize(("asked", "whom"), [
    ({}, [1, 2]), ({"q": "quill"}, [1]), ({"role": "manager"}, [2]), ({"domain": "law"}, [1]), ({"domain": "finance"}, []),
    ({"specialty": "law:leases"}, [1]), ({"specialty": "medicine:leases"}, []), ({"level": "3", "domain": "law"}, [1]),
    ({"level": "4", "domain": "law"}, []), ({"level": "4"}, [1]), ({"expires": "30"}, [1]), ({"expires": "30", "domain": "medicine"}, []),
    ({"standing": "verified", "expires": "90"}, [1]), ({"standing": "declined"}, []), ({"level": "9"}, [1, 2]), ({"expires": "soon"}, [1, 2]),
])
def test_one_verification_meets_all_filters(asked: dict[str, str], whom: list[int]) -> None:
    """Level four in medicine is none in law; what there is no such choice for is as if it was left out."""
    assert [one.id for one in matching([ADA, BEN], STANDINGS, read_query(asked), NOW)] == whom


def test_an_address_tells_the_query_whole() -> None:
    """What was read from an address leads to the same one."""
    asked = {"q": "vale", "role": "expert", "standing": "verified", "domain": "law", "specialty": "law:leases", "level": "2", "expires": "90"}
    assert read_query(asked).arguments == asked and read_query(asked).is_narrowed
    assert PeopleQuery().arguments == {} and not PeopleQuery(domain="law").is_narrowed
