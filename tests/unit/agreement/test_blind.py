"""Which tasks are blind; figures of both arms; who accepts unread."""

from __future__ import annotations

import hashlib
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_expert_plugin.agreement.ab_metrics import Outcome, arm, mean, median, share, stamps
from ls_expert_plugin.agreement.blind import NO_BLIND_ARM, BlindArm, blind_arm
from ls_expert_plugin.config import load

KEY = "k" * 64


@pytest.mark.parametrize("percent", [0, 1, 10, 50])
def test_the_share_is_as_asked_in_each_project_and_not_the_same_tasks(percent: int) -> None:
    """Within four standard errors of 20,000 tasks."""
    blind = [{task for task in range(20_000) if BlindArm(percent, KEY).holds(project, task)} for project in (1, 2)]
    error = 4 * math.sqrt(20_000 * percent / 100 * (1 - percent / 100))
    assert all(abs(len(one) - 200 * percent) <= error for one in blind)
    assert not percent or blind[0] != blind[1]


@given(st.integers(1, 2**31), st.integers(1, 2**31), st.integers(0, 49))
def test_it_never_changes_and_more_percent_only_add(project: int, task: int, percent: int) -> None:
    """What was blind stays blind when the share grows."""
    assert BlindArm(percent, KEY).holds(project, task) == BlindArm(percent, KEY).holds(project, task)
    assert not BlindArm(percent, KEY).holds(project, task) or BlindArm(percent + 1, KEY).holds(project, task)
    assert not NO_BLIND_ARM.holds(project, task)


def test_the_draw_is_fixed() -> None:
    """Both sides, and every later version, must draw the same tasks."""
    assert [task for task in range(1, 60) if BlindArm(10, KEY).holds(3, task)] == DRAWN


DRAWN = [1, 16, 18, 28, 41, 43, 58]


def test_without_the_key_the_draw_cannot_be_worked_out() -> None:
    """Of two installations the tasks have as much in common as chance gives; a plain hash of the numbers tells nothing."""
    one, other = ({task for task in range(20_000) if BlindArm(50, key).holds(3, task)} for key in (KEY, "x" * 64))
    plain = {task for task in range(20_000) if int.from_bytes(hashlib.sha256(f"3/{task}".encode()).digest()[:8], "big") % 10_000 < 5_000}
    for guessed in (other, plain):
        assert abs(len(one & guessed) - 5_000) < 4 * math.sqrt(20_000 * 0.25 * 0.75)


def test_both_sides_draw_with_the_same_secret() -> None:
    """The settings of Label Studio and of the service, each read for itself: share and shared secret decide, other secrets do not."""
    told = {"LS_EXPERT_SHARED_SECRET": "s" * 32, "LS_EXPERT_BLIND_PERCENT": "20"}
    inside = load(told, secrets_needed=("LS_EXPERT_SHARED_SECRET",))
    service = load({**told, "LS_EXPERT_SECRET_KEY": "k" * 32, "LS_EXPERT_WEBHOOK_SECRET": "w" * 32})
    assert blind_arm(inside) == blind_arm(service) != blind_arm(load({**told, "LS_EXPERT_SHARED_SECRET": "t" * 32}, secrets_needed=()))


def _outcome(*, blind: bool = False, edits: int = 0, seconds: float | None = 30.0, chars: int = 500, who: int = 7, agrees: float | None = None) -> Outcome:
    return Outcome(who, 1, blind, "v", edits, 1.0, agrees, seconds, chars)


def test_wilsons_interval() -> None:
    """Against the published values for 9 of 10 and 0 of 10."""
    nine, none = share([True] * 9 + [False]), share([False] * 10)
    assert (nine.value, nine.low, nine.high) == (0.9, pytest.approx(0.5958, abs=1e-3), pytest.approx(0.9821, abs=1e-3))
    assert (none.low, none.high) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.2775, abs=1e-3)) and share([]).value is None


def test_resampled_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """Of two hundred samples of fifty, at least 88 % for a 95 % interval; the same values always give the same interval."""
    drawn = random.Random(1)
    held = 0
    for _ in range(200):
        values = [drawn.gauss(5, 2) for _ in range(50)]
        found = mean(values)
        assert found.low is not None and found.high is not None
        held += found.low <= 5 <= found.high
    assert held >= 176 and mean([1.0, 2.0, 9.0]) == mean([1.0, 2.0, 9.0]) and median([1.0, 2.0, 900.0]).value == 2.0


def test_an_arm_counts_what_there_is() -> None:
    """Annotations without a time or without others are left out of those figures alone."""
    found = arm([_outcome(), _outcome(edits=2, seconds=None), _outcome(agrees=0.5)])
    assert (found.accepted.value, found.edits.value, found.seconds.count, found.agrees.count) == (pytest.approx(2 / 3), pytest.approx(2 / 3), 2, 1)
    assert arm([]).accepted.value is None


@pytest.mark.parametrize(("outcome", "is_stamped"), [
    (_outcome(seconds=1.0), True), (_outcome(seconds=4.9), True), (_outcome(seconds=5.1), False), (_outcome(seconds=1.0, edits=1), False),
    (_outcome(seconds=1.0, blind=True), False), (_outcome(seconds=None), False),
    (_outcome(seconds=1.4, chars=10), True), (_outcome(seconds=1.6, chars=10), False),
])
def test_faster_than_anybody_reads_is_by_the_length_of_the_text(outcome: Outcome, is_stamped: bool) -> None:
    """Accepted as it was, in sight: 500 characters take five seconds at the least, and any task one and a half."""
    assert outcome.is_stamped is is_stamped


def test_a_manager_is_told_of_a_habit_not_of_a_slip() -> None:
    """Five of them and three in ten."""
    told = {one.ls_user_id: one.is_told for one in stamps(
        [_outcome(who=1, seconds=1.0)] * 4 + [_outcome(who=2, seconds=1.0)] * 5 + [_outcome(who=3, seconds=1.0)] * 5 + [_outcome(who=3)] * 20
    )}
    assert told == {1: False, 2: True, 3: False}
