"""Checks of the outbox: whether what happens in Label Studio is told to us without a gap, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.health_checks.check_result import CheckResult, results_of
from ls_expert_plugin.protocol.outbox_position import SENTENCES, OutboxState, why_not
from ls_expert_plugin.storage.migrate import problem_with
from ls_expert_plugin.storage.unit_of_work import Database

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.storage.repositories.outbox.directory_hold import DirectoryHold
    from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import Epoch

MOST_NAMED = 10
_ok, _warn, _fail = results_of("outbox")


def outbox_results(settings: Settings, status: dict[str, Any] | None) -> Iterator[CheckResult]:
    """Whether Label Studio's changes are told to us without a gap: its triggers, and our place in its log."""
    if status is None or problem_with(settings.database_url) is not None:
        yield _warn("events from Label Studio: not checked without the extension and a database",
                    "Put the extension and the database right first (above), then run `ls-expert doctor` again.")
        return
    missing = status["triggers_not_in_place"]
    if missing:
        yield _fail(f"{len(missing)} of the triggers that tell us what happens in Label Studio are not as they should be (first: {missing[0]})",
                    "Start Label Studio again with `ls-expert label-studio`; its log says what is in the way.")
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        cursor, epoch = unit.events.cursor(), unit.outbox_epochs.current()
        contested = unit.outbox_epochs.contested_since(dt.datetime.now(dt.timezone.utc))
        people, projects, held = unit.people.replaced(), unit.projects.replaced(), unit.directory_holds.current()
    if held is not None:
        yield held_result(held)
    yield contested_result(contested) if contested else outbox_result(cursor, epoch, OutboxState(**status["outbox"]) if status["outbox"] else None)
    yield from replaced_results(people, projects)


def held_result(held: DirectoryHold) -> CheckResult:
    """That too many accounts or projects would be others than before, in words. Pure."""
    cure = "If LS_EXPERT_LABEL_STUDIO_URL is right, run `ls-expert resync --dry-run`: with --same-accounts they stay who they are, without it they are new."
    return _fail(str(held).rstrip("."), cure)


def contested_result(since_utc: dt.datetime) -> CheckResult:
    """Two services beside one Label Studio, in words. Pure."""
    return _fail(f"another expert service reads from the same Label Studio since {since_utc:%Y-%m-%d %H:%M} UTC, and each ends the other's epoch of its log: "
                 "neither hears all that happens, and they correct each other's memberships",
                 "Stop one of the two: there, end `ls-expert worker` and `ls-expert serve`.")


def replaced_results(people: Sequence[tuple[int, int, dt.datetime]], projects: Sequence[tuple[int, str, dt.datetime]]) -> Iterator[CheckResult]:
    """Numbers that a restored Label Studio has given to other accounts and projects, in words. Pure."""
    if people:
        some = ", ".join(f"{former} (on record as {number}, since {since:%Y-%m-%d})" for former, number, since in people[-MOST_NAMED:])
        yield _warn(f"{len(people)} numbers of accounts are other people's now, after a restore of Label Studio; nothing was carried over to them. "
                    f"{_the_last(len(people))}: {some}", "Whoever lost an account applies again; docs/backup.md says what is kept of the former one.")
    if projects:
        some = ", ".join(f'{number} ("{title}", since {since:%Y-%m-%d})' for number, title, since in projects[-MOST_NAMED:])
        yield _warn(f"{len(projects)} numbers of projects are other projects' now, after a restore of Label Studio; requirements of the former ones do not "
                    f"count any more. {_the_last(len(projects))}: {some}", "Set requirements of the new projects in the portal: Projects.")


def _the_last(count: int) -> str:
    return "The last" if count > MOST_NAMED else "They are"


def outbox_result(cursor: str, epoch: Epoch | None, there: OutboxState | None) -> CheckResult:
    """Our place in Label Studio's log, in words. Pure."""
    if epoch is None:
        return _warn("events from Label Studio: not read yet", "Start `ls-expert worker`; it reads them every five seconds.")
    problem = why_not(cursor, epoch.epoch, there)
    if problem is not None:
        return _fail(f"events from Label Studio: {SENTENCES[problem]}", "Start `ls-expert worker`: it begins again and rereads everything. See docs/backup.md.")
    if epoch.resynced_at_utc is None:
        return _fail(f"one of the databases was restored ({epoch.begun_at_utc:%Y-%m-%d %H:%M} UTC: {_because(epoch)}), and members, projects and work are not "
                     "reread yet", "Start `ls-expert worker`: it does so, and its log says what it waits for.")
    if epoch.reason in SENTENCES:
        return _ok(f"events from Label Studio are read without a gap since {epoch.begun_at_utc:%Y-%m-%d %H:%M} UTC, when a database had been restored "
                   f"({_because(epoch)}); everything was reread by {epoch.resynced_at_utc:%H:%M}")
    return _ok("events from Label Studio are read without a gap")


def _because(epoch: Epoch) -> str:
    return next((sentence for reason, sentence in SENTENCES.items() if reason == epoch.reason), epoch.reason)
