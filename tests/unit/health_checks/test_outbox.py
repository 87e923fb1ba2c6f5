"""What ``doctor`` and the projects page say of a database that was restored."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.health_checks.outbox import MOST_NAMED, contested_result, held_result, outbox_result, replaced_results
from ls_expert_plugin.protocol.outbox_position import OutboxState
from ls_expert_plugin.storage.repositories.outbox.directory_hold import DirectoryHold
from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import BEFORE, JOINED, Epoch
from ls_expert_plugin.web.admin.projects.project_list import RESTORED_IS_SAID_FOR, restore_notice

THEN = dt.datetime(2026, 11, 30, 16, 40, tzinfo=dt.timezone.utc)
LOG = OutboxState("e", "0.5", "0.7")


@pytest.mark.parametrize(("cursor", "epoch", "there", "state", "words"), [
    ("0.0", None, None, "warn", "not read yet"),
    ("0.6", Epoch(1, "e", JOINED, THEN, THEN), LOG, "ok", "without a gap"),
    ("0.6", Epoch(2, "e", "ahead", THEN, THEN), LOG, "ok", "since 2026-11-30 16:40 UTC, when a database had been restored"),
    ("0.6", Epoch(2, "e", "ahead", THEN, None), LOG, "fail", "not reread yet"),
    ("0.4", Epoch(2, "e", JOINED, THEN, THEN), LOG, "fail", "service's database was restored"),
    ("0.8", Epoch(2, "e", JOINED, THEN, THEN), LOG, "fail", "Label Studio's database was restored"),
    ("0.6", Epoch(2, "d", JOINED, THEN, THEN), LOG, "fail", "of another epoch"),
    ("0.6", Epoch(2, "e", JOINED, THEN, THEN), None, "fail", "of another epoch"),
])
def test_doctor_says_whether_there_is_a_gap(cursor: str, epoch: Epoch | None, there: OutboxState | None, state: str, words: str) -> None:
    """What does not fit has to be changed; what was put right is all right, and is still told."""
    finding = outbox_result(cursor, epoch, there)
    assert finding.status == state and words in finding.message


def test_doctor_names_the_numbers_that_others_have_now() -> None:
    """Whose account was lost, under which number they are on record, and which projects ask for nothing any more; the last ones by number."""
    assert list(replaced_results((), ())) == []
    people, projects = [(7, -1, THEN), *((number, -number, THEN) for number in range(20, 20 + MOST_NAMED))], [(3, "Loans", THEN)]
    first, second = replaced_results(people, projects)
    assert (first.status, second.status) == ("warn", "warn")
    assert "11 numbers of accounts" in first.message and "The last: 20 (on record as -20, since 2026-11-30)" in first.message and ": 7 (" not in first.message
    assert '1 numbers of projects' in second.message and 'They are: 3 ("Loans", since 2026-11-30)' in second.message


def test_doctor_says_that_a_second_service_is_there() -> None:
    """It is to be stopped by somebody."""
    finding = contested_result(THEN)
    assert finding.status == "fail" and "another expert service reads" in finding.message


def test_doctor_and_the_projects_page_say_that_nothing_is_taken_over() -> None:
    """So many accounts or projects would be others than before; what to do about it is the doctor's to say."""
    held = DirectoryHold(THEN, 34, 12)
    finding = held_result(held)
    assert finding.status == "fail" and "34 accounts and 12 projects" in finding.message and "--same-accounts" in str(finding.cure)
    notice = restore_notice(Epoch(1, "e", JOINED, THEN, THEN), THEN, held) or ""
    assert "34 accounts and 12 projects" in notice and "ls-expert doctor" in notice


def test_the_projects_page_tells_of_a_restore_for_a_week() -> None:
    """While it is being put right, and for a week after it; nothing where there was none."""
    done, later = Epoch(2, "e", "forgotten", THEN, THEN), THEN + RESTORED_IS_SAID_FOR + dt.timedelta(seconds=1)
    assert "30 November 2026, 16:40 UTC" in (restore_notice(done, THEN) or "") and "done again" in (restore_notice(done, THEN) or "")
    assert restore_notice(done, later) is None
    assert "being read" in (restore_notice(Epoch(2, "e", "forgotten", THEN, None), later) or "")
    assert [restore_notice(Epoch(1, "e", reason, THEN, THEN), THEN) for reason in (JOINED, BEFORE)] == [None, None] and restore_notice(None, THEN) is None
