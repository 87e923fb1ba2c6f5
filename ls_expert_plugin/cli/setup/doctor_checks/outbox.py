"""Checks of the outbox: whether what happens in Label Studio is told to us without a gap, and since when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.cli.setup.doctor_checks.finding import Finding
from ls_expert_plugin.outbox_position import SENTENCES, OutboxState, why_not
from ls_expert_plugin.storage.migrate import problem_with
from ls_expert_plugin.storage.unit_of_work import Database

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.storage.repositories.outbox.outbox_epochs import Epoch


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
    yield outbox_finding(cursor, epoch, OutboxState(**status["outbox"]) if status["outbox"] else None)


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
