"""Liveness of the parts behind the pages, in words: in sync with Label Studio, the worker, e-mail. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ls_expert_plugin.storage.repositories.operations.instances import INSTANCE_TTL
from ls_expert_plugin.vetting.lifecycle.status_catalogue import Tone

# The worker compares every five minutes; a worker that is busy may be late.
COMPARED_AT_LEAST_EVERY = dt.timedelta(minutes=30)
MAIL_WAITS_LONG = dt.timedelta(minutes=15)
FAILED_WITHIN = dt.timedelta(days=30)


@dataclass(frozen=True)
class SystemState:
    """One part: ``badge`` in one or two words with its ``tone``; ``text`` is a sentence that says more, or what to do."""

    title: str
    badge: str
    tone: Tone
    text: str


def synced(waiting: int, rereads: bool, compared_at_utc: dt.datetime | None, now: dt.datetime, *, is_held: bool = False) -> SystemState:
    """``waiting``: changes that Label Studio has not been told of; ``rereads``: a database was restored, and not all is read again yet;
    ``is_held``: too many accounts or projects there are others than before.
    """
    title = "Label Studio"
    if is_held:
        return SystemState(title, "On hold", "over", "It seems to be another one than before, so nothing is taken over from it. Health says what to do.")
    if rereads:
        return SystemState(title, "Catching up", "over", "A database was restored. Members, projects and work are being read from Label Studio again.")
    if waiting:
        return SystemState(title, "Behind", "over", f"{_count(waiting, 'change waits', 'changes wait')} to be synced. Access there is as it was before.")
    if compared_at_utc is None or now - compared_at_utc > COMPARED_AT_LEAST_EVERY:
        return SystemState(title, "In sync", "quiet", "All changes are synced. They have not been compared lately; the worker does so every few minutes.")
    return SystemState(title, "In sync", "good", f"All changes are synced, and were last compared {_ago(compared_at_utc, now)}.")


def worker(seen_at_utc: dt.datetime | None, now: dt.datetime) -> SystemState:
    """``seen_at_utc``: when any worker last said that it runs."""
    title = "Worker"
    if seen_at_utc is not None and now - seen_at_utc < INSTANCE_TTL:
        return SystemState(title, "Running", "good", f"Last heard from {_ago(seen_at_utc, now)}.")
    since = f" Last heard from {_ago(seen_at_utc, now)}." if seen_at_utc else ""
    return SystemState(title, "Not running", "over", f"Interviews are not prepared for review, and no e-mail is sent.{since} Start it with `ls-expert worker`.")


def mail(is_set_up: bool, waiting: int, oldest_utc: dt.datetime | None, failed: int, now: dt.datetime) -> SystemState:
    """``failed``: messages that were refused or given up within ``FAILED_WITHIN``."""
    title = "E-mail"
    if not is_set_up:
        return SystemState(title, "Not set up", "quiet", "Nobody is told by e-mail. LS_EXPERT_SMTP_URL sets a mail server.")
    if failed:
        return SystemState(title, "Failures", "over", f"{_count(failed, 'message', 'messages')} could not be delivered in the last {FAILED_WITHIN.days} days.")
    if oldest_utc is not None and now - oldest_utc > MAIL_WAITS_LONG:
        return SystemState(title, "Delayed", "over", f"{_count(waiting, 'message waits', 'messages wait')}, the oldest written {_ago(oldest_utc, now)}.")
    return SystemState(title, "Working", "good", f"No message failed in the last {FAILED_WITHIN.days} days.")


def _ago(when: dt.datetime, now: dt.datetime) -> str:
    seconds = max(0, int((now - when).total_seconds()))
    if seconds < 60:
        return "less than a minute ago"
    if seconds < 3600:
        return f"{_count(seconds // 60, 'minute', 'minutes')} ago"
    if seconds < 86400:
        return f"{_count(seconds // 3600, 'hour', 'hours')} ago"
    return f"{_count(seconds // 86400, 'day', 'days')} ago"


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
