"""Checks of the service: database, erasures, encryption, the projection in Label Studio, mail, settings of pre-labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.bootstrap import mail_server, now_utc
from ls_expert_plugin.cli.setup.doctor_checks.finding import Finding
from ls_expert_plugin.errors import LabelStudioError, MailError
from ls_expert_plugin.routing.sync.reconcile import reconcile
from ls_expert_plugin.storage.encryption import KeyRing
from ls_expert_plugin.storage.key_rotation import states
from ls_expert_plugin.storage.migrate import problem_with
from ls_expert_plugin.storage.unit_of_work import Database

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.ls_client.extension import ExtensionClient

WAITS_LONG = dt.timedelta(minutes=15)


def database(settings: Settings) -> Iterator[Finding]:
    """Whether the database answers, has this version's tables, and keeps what people told us as it should."""
    problem = problem_with(settings.database_url)
    yield Finding("change", problem) if problem else Finding("ok", "the database answers and has this version's tables")
    if problem is None:
        yield _erasures(settings)
        yield from _encryption(settings)


def _erasures(settings: Settings) -> Finding:
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        waiting = unit.erasures.waiting()
    kept = f"words of people are removed {settings.retention_days} days after their last verification ended"
    if not waiting:
        return Finding("ok", f"{kept}; no erasure waits")
    return Finding("note", f"{kept}; erasures that wait for Label Studio and the worker: {len(waiting)}, the oldest since {waiting[0].asked_at_utc:%Y-%m-%d}")


def _encryption(settings: Settings) -> Iterator[Finding]:
    """How many values are not kept as the keys keep them."""
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        found = states(unit.session, KeyRing(settings.encryption_keys))
    if not settings.encryption_keys:
        if sealed := found["unplaced"] + found["other_key"]:
            yield Finding("change", f"{sealed} values in the database are sealed, and LS_EXPERT_ENCRYPTION_KEYS is not set. Set it to their key.")
        return
    left = {"kept plainly, and refused": found["plain"], "sealed by an older version, for no place": found["unplaced"],
            "sealed with another than the first key": found["other_key"]}
    told = [f"{count} {how}" for how, count in left.items() if count]
    if told:
        yield Finding("change", f"values in the database that are to be sealed anew: {'; '.join(told)}. Run `ls-expert encryption rotate`.")
    else:
        yield Finding("ok", f"what people told us is sealed in the database ({found.total()} values)")


def projection(settings: Settings, extension: ExtensionClient | None) -> Iterator[Finding]:
    """Whether Label Studio has what we decided about who may work on what."""
    if extension is None or problem_with(settings.database_url) is not None:
        yield Finding("note", "who may work on what: compared with Label Studio once there are the extension and a database.")
        return
    store = Database(settings.database_url, settings.encryption_keys)
    try:
        with store.read() as unit:
            memberships, rules = unit.memberships.unpushed_count(), unit.projects.unpushed_count()
        drift = reconcile(store, extension, now_utc, dry_run=True)
    except LabelStudioError as problem:
        yield Finding("change", f"who may work on what: {problem.message}")
        return
    finally:
        store.close()
    if memberships or rules:
        yield Finding("note", f"{memberships} memberships and the rules of {rules} projects wait to reach Label Studio; the worker tries again by itself.")
    if drift.found:
        yield Finding("change", f"{drift.found} of the rows that say who may work on what differ in Label Studio (first: {drift.differences[0]}). "
                                "Run `ls-expert reconcile`; the worker does so every five minutes.")
    else:
        yield Finding("ok", f"Label Studio has what we decided about who may work on what ({drift.compared} rows)")


def mail(settings: Settings) -> Iterator[Finding]:
    """Whether the mail server answers, and no notification has waited for long."""
    server = mail_server(settings)
    if server is None:
        yield Finding("note", "no mail server is set up: people are not offered e-mails. LS_EXPERT_SMTP_URL sets one.")
        return
    try:
        with server.connection():
            yield Finding("ok", f"the mail server {server.shown} answers; e-mails come from {server.sender}")
    except MailError as problem:
        yield Finding("change", problem.message)
    if problem_with(settings.database_url) is None:
        with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
            count, oldest = unit.notifications.waiting()
        if oldest is not None and dt.datetime.now(dt.timezone.utc) - oldest > WAITS_LONG:
            yield Finding("change", f"notifications that wait: {count}, the oldest since {oldest:%Y-%m-%d %H:%M} UTC. The worker's log says why.")


def pre_labels(settings: Settings, status: dict[str, Any] | None) -> Iterator[Finding]:
    """Settings of pre-labels that do not fit each other, or Label Studio's side."""
    if status is not None and status.get("blind_percent") != settings.blind_percent:
        yield Finding("change", f"LS_EXPERT_BLIND_PERCENT is {status.get('blind_percent')} where Label Studio runs and {settings.blind_percent} here. Set the "
                                "same one, or what measures pre-labels is learnt from.")
    if settings.prelabel_pictures and not settings.label_studio_token:
        yield Finding("change", "LS_EXPERT_PRELABEL_PICTURES: pictures are fetched with LS_EXPERT_LABEL_STUDIO_TOKEN, which is not set.")
