"""What access of many people to many projects changes: which memberships are written anew. Pure."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from ls_expert_plugin.routing.access.allocation import ENDED, changes
from ls_expert_plugin.routing.access.eligibility import Access
from ls_expert_plugin.routing.values import Membership, Project, Requirement, Rules
from tests.support.builders.vetting_samples import NOW, pack

UNTIL = NOW + dt.timedelta(days=30)
PROJECT = Project(3, "Clauses", Requirement("law"), rules=Rules(specialty_field="data.field"))
IS = Membership(7, 3, True, UNTIL, "verified in Law", 4, ("Contracts", "contracts"))
ACCESS = Access(UNTIL, "verified in Law", ("contracts",))


def _written(access: Access | None, *existing: Membership) -> list[Membership]:
    return list(changes({3: {7: access} if access else {}}, existing, {3: PROJECT}, {"law": pack()}))


def test_what_is_as_it_was_is_not_written() -> None:
    """Nothing has to be told then."""
    assert _written(ACCESS, IS) == [] and _written(None, dataclasses.replace(IS, active=False)) == []


@pytest.mark.parametrize("was", [
    {"active": False}, {"valid_until_utc": UNTIL - dt.timedelta(days=9)}, {"valid_until_utc": UNTIL + dt.timedelta(days=9)},
    {"valid_until_utc": None}, {"reason": "invited"}, {"specialties": ()},
], ids=lambda was: "-".join(was))
def test_each_value_that_changes_is_written_with_the_next_revision(was: dict[str, Any]) -> None:
    """Opened again, an end that is moved either way or is new, other reasons, other specialties."""
    assert _written(ACCESS, dataclasses.replace(IS, **was)) == [dataclasses.replace(IS, revision=5)]


def test_an_end_that_is_taken_away_is_written() -> None:
    """Access without an end is another one than access with one."""
    assert _written(dataclasses.replace(ACCESS, valid_until_utc=None), IS) == [dataclasses.replace(IS, valid_until_utc=None, revision=5)]


def test_what_is_new_begins_with_the_first_revision_and_what_ends_has_the_next() -> None:
    """Label Studio goes by it: the higher one counts."""
    assert _written(ACCESS) == [dataclasses.replace(IS, revision=1)]
    assert _written(None, IS) == [Membership(7, 3, False, UNTIL, ENDED, 5)]
