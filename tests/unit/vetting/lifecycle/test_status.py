"""Which status may follow which."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.values import Status, Verification
from tests.support.builders.vetting_samples import NOW

ALL: tuple[Status, ...] = get_args(Status)


def _verified(until: dt.datetime | None) -> Verification:
    return Verification(1, 1, "law", "verified", until, "", 1, NOW)


def test_every_status_has_a_way_on() -> None:
    """No status is forgotten in the table, and none is a dead end."""
    assert set(status.FLOW) == set(ALL)
    assert all(status.FLOW.values())


def test_only_a_review_or_a_lifted_suspension_verifies() -> None:
    """Nobody becomes verified past the review."""
    assert {was for was in ALL if status.may_become(was, "verified")} == {"in_review", "suspended"}


def test_only_a_review_declines() -> None:
    """Nobody is declined before a person could look at them."""
    assert {was for was in ALL if status.may_become(was, "declined")} == {"in_review"}


def test_starting_again_comes_only_after_an_end() -> None:
    """A second expression of interest never throws away a running interview or a verification in force."""
    assert {was for was in ALL if status.may_become(was, "interested")} == {"declined", "expired", "revoked", "withdrawn"}


def test_whatever_is_not_over_can_be_withdrawn() -> None:
    """Withdrawing consent works at any time."""
    over = {"declined", "expired", "revoked", "withdrawn"}
    assert {was for was in ALL if status.may_become(was, "withdrawn")} == set(ALL) - over


def test_a_change_that_is_not_allowed_says_where_things_stand() -> None:
    """The message names the present status in words, without underscores."""
    with pytest.raises(Conflict) as problem:
        status.check("declined", "verified")
    assert "is Declined and cannot change to Verified" in problem.value.message


def test_the_same_decision_twice_is_said_to_be_made() -> None:
    """A second click on "verify" reads that it is done, not that it is impossible."""
    with pytest.raises(Conflict, match="is Verified already"):
        status.check("verified", "verified")


def test_a_verification_past_its_date_counts_as_expired() -> None:
    """The date alone ends it, to the second."""
    until = NOW + dt.timedelta(seconds=1)
    assert status.at(_verified(until), NOW) == "verified"
    assert status.at(_verified(until), until) == "expired"
    assert status.at(_verified(None), NOW) == "verified"
