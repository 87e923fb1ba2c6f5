"""What the first page says of the parts behind it: quiet when all is well, with the cure when it is not."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.web.admin.overview.system_state import mail, synced, worker

NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.timezone.utc)
MINUTE = dt.timedelta(minutes=1)


@pytest.mark.parametrize(("waiting", "rereads", "ago", "badge", "says"), [
    (0, False, 3, "In sync", "3 minutes ago"), (0, False, 31, "In sync", "not been compared lately"), (0, False, None, "In sync", "not been compared lately"),
    (1, False, 3, "Behind", "1 change waits"), (1200, False, 3, "Behind", "1,200 changes wait"), (0, True, 3, "Catching up", "restored"),
])
def test_in_sync_with_label_studio_or_not(waiting: int, rereads: bool, ago: int | None, badge: str, says: str) -> None:
    """Behind as long as anything waits; green only where it was compared lately."""
    state = synced(waiting, rereads, NOW - ago * MINUTE if ago is not None else None, NOW)
    assert state.badge == badge and says in state.text and (state.tone == "good") == (ago == 3 and not waiting and not rereads)


def test_a_hold_on_the_directory_is_not_in_sync() -> None:
    """Whatever else waits: nothing is taken over before somebody has looked."""
    assert (synced(0, False, NOW, NOW, is_held=True).badge, synced(3, False, NOW, NOW, is_held=True).tone) == ("On hold", "over")


@pytest.mark.parametrize(("ago_s", "badge", "says"), [
    (10, "Running", "less than a minute ago"),
    (119, "Running", "1 minute ago"), (121, "Not running", "2 minutes ago"), (None, "Not running", "ls-expert worker"),
])
def test_a_worker_that_is_silent_for_two_minutes_is_gone(ago_s: int | None, badge: str, says: str) -> None:
    """And the page says how to start one."""
    state = worker(NOW - dt.timedelta(seconds=ago_s) if ago_s is not None else None, NOW)
    assert state.badge == badge and says in state.text


@pytest.mark.parametrize(("is_set_up", "waiting", "ago", "failed", "badge"), [
    (False, 9, 90, 9, "Not set up"), (True, 0, None, 0, "Working"), (True, 3, 5, 0, "Working"), (True, 3, 16, 0, "Delayed"), (True, 3, 16, 1, "Failures"),
])
def test_mail_that_fails_or_waits_is_told(is_set_up: bool, waiting: int, ago: int | None, failed: int, badge: str) -> None:
    """A few minutes are no delay."""
    assert mail(is_set_up, waiting, NOW - ago * MINUTE if ago is not None else None, failed, NOW).badge == badge
