"""When a verification is looked at again: reminder, grace period, expiry."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.vetting.evidence.grounds import LicenceGround, WorkResult
from ls_expert_plugin.vetting.review.recheck.schedule import Expire, Facts, Remind, Reminder, Settle, steps
from ls_expert_plugin.vetting.values import Verification
from tests.support.builders.vetting_samples import NOW, pack

DAY = dt.timedelta(days=1)
FINE = Facts(Verification(1, 1, "law", "verified", NOW + 300 * DAY, "", 1, NOW), (LicenceGround(5, "bar", "human-verified"),), 3, NOW - DAY, True)


def _pack(**recheck: Any) -> Pack:
    return pack(policy={"required_credentials": ["bar"], "recheck": {"on_new_version": True, "dormant_after_days": 100, **recheck}})


def _facts(**changed: Any) -> Facts:
    return dataclasses.replace(FINE, **changed)


def _licence(ends_in: int, status: str = "human-verified", id_: int = 5) -> LicenceGround:
    return LicenceGround(id_, "bar", status, ends_on=(NOW + ends_in * DAY).date())


def _reminded(facts: Facts, asked: Pack) -> Reminder:
    [step] = steps(facts, (), asked, NOW)
    assert isinstance(step, Remind)
    return Reminder(9, 1, step.reason.cause, step.reason.about, step.reason.text, NOW, step.until_utc, None)


CAUSES = [
    pytest.param(_facts(credentials=(_licence(20),)), _facts(credentials=(_licence(20), _licence(900, id_=6))), "licence", id="licence"),
    pytest.param(
        _facts(by_policy=True, credentials=(LicenceGround(5, "bar", "claimed"),)), _facts(by_policy=True), "licence", id="licence no longer confirmed",
    ),
    pytest.param(_facts(rubric=2), FINE, "version", id="version"),
    pytest.param(_facts(active_since_utc=NOW - 100 * DAY), _facts(active_since_utc=NOW + DAY), "dormant", id="dormant"),
    pytest.param(_facts(work=WorkResult(10, 6)), _facts(work=WorkResult(20, 16)), "quality", id="quality"),
    pytest.param(
        _facts(verification=dataclasses.replace(FINE.verification, valid_until_utc=NOW + 29 * DAY)), _facts(), "date", id="date",
    ),
]


def test_nothing_happens_while_all_is_well() -> None:
    """Valid licence, current rubric, at work: no reminder."""
    assert steps(FINE, (), _pack(), NOW) == () == steps(_facts(by_policy=True), (), _pack(), NOW)
    by_a_person = _facts(credentials=(LicenceGround(5, "bar", "claimed"),))
    assert steps(by_a_person, (), _pack(), NOW) == (), "a person decided, and knew"


@pytest.mark.parametrize(("facts", "cleared", "cause"), CAUSES)
def test_reminded_then_grace_then_expired(facts: Facts, cleared: Facts, cause: str) -> None:
    """One reminder with a date; none again meanwhile; a second before the date nothing, at the date it expires; cleared, it is settled."""
    asked = _pack()
    reminder = _reminded(facts, asked)
    assert reminder.cause == cause and reminder.until_utc > NOW and reminder.text
    assert steps(facts, (reminder,), asked, NOW) == ()
    assert steps(facts, (reminder,), asked, reminder.until_utc - dt.timedelta(seconds=1)) == ()
    [end] = steps(facts, (reminder,), asked, reminder.until_utc)
    assert isinstance(end, Expire)
    assert steps(cleared, (reminder,), asked, NOW + DAY) == (Settle(reminder),)
    assert steps(cleared, (reminder,), asked, min(reminder.until_utc, NOW + 30 * DAY)) == (Settle(reminder),)


@pytest.mark.parametrize(("facts", "cleared", "cause"), CAUSES)
def test_what_a_manager_settled_is_not_reminded_of_again(facts: Facts, cleared: Facts, cause: str) -> None:
    """The same reason, once renewed, reminds nobody a second time; one that ended with a suspension does."""
    reminder = _reminded(facts, _pack())
    renewed, ended = (dataclasses.replace(reminder, settled_at_utc=NOW, outcome=outcome) for outcome in ("renewed", "ended"))
    assert steps(facts, (renewed,), _pack(), NOW) == ()
    [again] = steps(facts, (ended,), _pack(), NOW)
    assert isinstance(again, Remind)


def test_a_licence_has_at_least_its_own_time() -> None:
    """The grace period of 30 days is no shorter than the licence, and begins with the reminder when that is late."""
    assert _reminded(_facts(credentials=(_licence(30),)), _pack(grace_days=5)).until_utc.date() == (NOW + 30 * DAY).date()
    assert _reminded(_facts(credentials=(_licence(-3),)), _pack(grace_days=5)).until_utc == NOW + 5 * DAY


def test_an_edit_alone_settles_no_licence() -> None:
    """A new date that nobody has looked up leaves the reminder; one that was looked up settles it."""
    reminder = _reminded(_facts(credentials=(_licence(20),)), _pack())
    assert steps(_facts(credentials=(_licence(900, "claimed"),)), (reminder,), _pack(), NOW + DAY) == ()
    [end] = steps(_facts(credentials=(_licence(900, "claimed"),)), (reminder,), _pack(), reminder.until_utc)
    assert isinstance(end, Expire)
    assert steps(_facts(credentials=(_licence(900),)), (reminder,), _pack(), NOW + DAY) == (Settle(reminder),)


def test_who_was_verified_without_a_licence_is_not_reminded_of_one() -> None:
    """A reviewer decided so; and a licence that the pack does not ask for is nobody's business here."""
    assert steps(_facts(credentials=()), (), _pack(), NOW) == ()
    assert steps(_facts(credentials=(LicenceGround(5, "other", "human-verified", NOW.date()),)), (), _pack(), NOW) == ()


def test_nobody_is_dormant_without_projects() -> None:
    """Where there is nothing to work on, not working is no reason."""
    assert steps(_facts(active_since_utc=NOW - 400 * DAY, has_projects=False), (), _pack(), NOW) == ()


def test_a_new_version_counts_only_where_the_pack_says_so() -> None:
    """Off by default."""
    assert steps(_facts(rubric=2), (), _pack(on_new_version=False), NOW) == ()


def test_a_date_that_has_passed_ends_it_whatever_else() -> None:
    """It is written down as expired, without a reminder."""
    over = dataclasses.replace(FINE.verification, valid_until_utc=NOW)
    assert steps(_facts(verification=over), (), _pack(), NOW) == (Expire("The date has passed."),)
