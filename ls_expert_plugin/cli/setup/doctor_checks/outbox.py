"""Checks of the outbox: whether what happens in Label Studio is told to us without a gap, and since when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.cli.setup.doctor_checks.finding import Finding
from ls_expert_plugin.outbox_position import SENTENCES, OutboxState, why_not
from ls_expert_plugin.storage.migrate import problem_with
from ls_expert_plugin.storage.unit_of_work import Database

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import Epoch

MOST_NAMED = 10


def outbox_findings(settings: Settings, status: dict[str, Any] | None) -> Iterator[Finding]:
    """Whether Label Studio's changes are told to us without a gap: its triggers, and our place in its log."""
    if status is None or problem_with(settings.database_url) is not None:
        yield Finding("note", "what happens in Label Studio: looked at once there are the extension and a database.")
        return
    missing = status["triggers_not_in_place"]
    if missing:
        yield Finding("change", f"{len(missing)} of the triggers that tell us what happens in Label Studio are not as they should be (first: {missing[0]}). "
                                "Start it anew with `ls-expert label-studio`; its log says what is in the way.")
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        cursor, epoch = unit.events.cursor(), unit.outbox_epochs.current()
        contested = unit.outbox_epochs.contested_since(dt.datetime.now(dt.timezone.utc))
        people, projects = unit.people.replaced(), unit.projects.replaced()
    yield contested_finding(contested) if contested else outbox_finding(cursor, epoch, OutboxState(**status["outbox"]) if status["outbox"] else None)
    yield from replaced_findings(people, projects)


def contested_finding(since_utc: dt.datetime) -> Finding:
    """Two services beside one Label Studio, in words. Pure."""
    return Finding("change", f"another expert service reads from the same Label Studio since {since_utc:%Y-%m-%d %H:%M} UTC, and each ends the other's epoch "
                             "of its log. Stop one of the two: neither hears all that happens, and they correct each other's memberships.")


def replaced_findings(people: Sequence[tuple[int, int, dt.datetime]], projects: Sequence[tuple[int, str, dt.datetime]]) -> Iterator[Finding]:
    """Numbers that a restored Label Studio has given to other accounts and projects, in words. Pure."""
    if people:
        some = ", ".join(f"{former} (on record as {number}, since {since:%Y-%m-%d})" for former, number, since in people[-MOST_NAMED:])
        yield Finding("note", f"{len(people)} numbers of accounts are other people's now, after a restore of Label Studio; nothing was carried over to them. "
                              f"{_the_last(len(people))}: {some}.")
    if projects:
        some = ", ".join(f'{number} ("{title}", since {since:%Y-%m-%d})' for number, title, since in projects[-MOST_NAMED:])
        yield Finding("note", f"{len(projects)} numbers of projects are other projects' now, after a restore of Label Studio; what the former ones asked for "
                              f"is not asked for any more. {_the_last(len(projects))}: {some}.")


def _the_last(count: int) -> str:
    return "The last" if count > MOST_NAMED else "They are"


def outbox_finding(cursor: str, epoch: Epoch | None, there: OutboxState | None) -> Finding:
    """Our place in Label Studio's log, in words. Pure."""
    if epoch is None:
        return Finding("note", "what happens in Label Studio: not read yet. The worker does so every five seconds.")
    problem = why_not(cursor, epoch.epoch, there)
    if problem is not None:
        return Finding("change", f"what happens in Label Studio: {SENTENCES[problem]}. The worker begins anew and reads everything again; start it, "
                                 "and see docs/backup.md.")
    if epoch.resynced_at_utc is None:
        return Finding("change", f"one of the databases was restored ({epoch.begun_at_utc:%Y-%m-%d %H:%M} UTC: {_because(epoch)}), and members, projects "
                                 "and work are not read again yet. The worker does so; its log says what it waits for.")
    if epoch.reason in SENTENCES:
        return Finding("note", f"what happens in Label Studio is read without a gap since {epoch.begun_at_utc:%Y-%m-%d %H:%M} UTC, when a database had been "
                               f"restored ({_because(epoch)}); everything was read again by {epoch.resynced_at_utc:%H:%M}")
    return Finding("ok", "what happens in Label Studio is read without a gap")


def _because(epoch: Epoch) -> str:
    return next((sentence for reason, sentence in SENTENCES.items() if reason == epoch.reason), epoch.reason)
