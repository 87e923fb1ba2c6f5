"""Checks of the service: database, erasures, encryption, the projection in Label Studio, mail, settings of pre-labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.bootstrap import mail_server, now_utc
from ls_expert_plugin.errors import LabelStudioError, MailError
from ls_expert_plugin.health_checks.check_result import CheckResult, results_of
from ls_expert_plugin.routing.sync.reconcile import reconcile
from ls_expert_plugin.storage.encryption.key_rotation import states
from ls_expert_plugin.storage.encryption.sealed_columns import KeyRing
from ls_expert_plugin.storage.migrate import problem_with, shown
from ls_expert_plugin.storage.unit_of_work import Database

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.ls_client.extension import ExtensionClient

WAITS_LONG = dt.timedelta(minutes=15)
_ok, _warn, _fail = results_of("memberships")


def database(settings: Settings) -> Iterator[CheckResult]:
    """Whether the database answers, has this version's tables, and keeps what people told us as it should."""
    problem = problem_with(settings.database_url)
    if problem:
        yield CheckResult("service", "fail", problem.sentence, problem.cure)
    else:
        yield CheckResult("service", "ok", f"the database answers and has this version's tables: {shown(settings.database_url)}")
    if problem is None:
        yield _erasures(settings)
        yield from _encryption(settings)


def _erasures(settings: Settings) -> CheckResult:
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        waiting = unit.erasures.waiting()
    kept = f"words of people are removed {settings.retention_days} days after their last verification ended"
    if not waiting:
        return CheckResult("service", "ok", f"{kept}; no erasure waits")
    return CheckResult("service", "warn", f"{kept}; erasures that wait: {len(waiting)}, the oldest since {waiting[0].asked_at_utc:%Y-%m-%d}",
                       "The worker carries them out as soon as Label Studio answers; start both.")


def _encryption(settings: Settings) -> Iterator[CheckResult]:
    """How many values are not kept as the keys keep them."""
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        found = states(unit.session, KeyRing(settings.encryption_keys))
    if not settings.encryption_keys:
        if sealed := found["unplaced"] + found["other_key"]:
            yield CheckResult("service", "fail", f"{sealed} values in the database are encrypted, and LS_EXPERT_ENCRYPTION_KEYS is not set",
                              "Set it to their key.")
        return
    left = {"not encrypted, and refused": found["plain"], "encrypted by an older version, not bound to their place": found["unplaced"],
            "encrypted with another than the first key": found["other_key"]}
    told = [f"{count} {how}" for how, count in left.items() if count]
    if told:
        yield CheckResult("service", "fail", f"values in the database that have to be encrypted again: {'; '.join(told)}", "Run `ls-expert encryption rotate`.")
    else:
        yield CheckResult("service", "ok", f"what people told us is encrypted in the database ({found.total()} values)")


def projection(settings: Settings, extension: ExtensionClient | None) -> Iterator[CheckResult]:
    """Whether Label Studio has what we decided about who may work on what."""
    if extension is None or problem_with(settings.database_url) is not None:
        yield _warn("access in Label Studio: not checked without the extension and a database",
                    "Put the extension and the database right first (above), then run `ls-expert doctor` again.")
        return
    store = Database(settings.database_url, settings.encryption_keys)
    try:
        with store.read() as unit:
            memberships, rules = unit.memberships.unpushed_count(), unit.projects.unpushed_count()
        drift = reconcile(store, extension, now_utc, dry_run=True)
    except LabelStudioError as problem:
        yield _fail(f"access in Label Studio: {problem.message}", "Put the extension right first (above), then run `ls-expert doctor` again.")
        return
    finally:
        store.close()
    if memberships or rules:
        yield _warn(f"{memberships} memberships and the rules of {rules} projects wait to reach Label Studio",
                    "The worker tries again; start it with `ls-expert worker` if none runs.")
    if drift.found:
        yield _fail(f"{drift.found} of the rows that say who may work on what differ in Label Studio (first: {drift.differences[0]})",
                    "Run `ls-expert reconcile`; the worker does so every five minutes.")
    else:
        yield _ok(f"in sync with Label Studio: it has who may work on what as decided here ({drift.compared} rows)")


def mail(settings: Settings) -> Iterator[CheckResult]:
    """Whether the mail server answers, and no notification has waited for long."""
    server = mail_server(settings)
    if server is None:
        yield CheckResult("mail", "warn", "no mail server is set up, so people are not offered e-mails",
                          "Optional: set LS_EXPERT_SMTP_URL and LS_EXPERT_MAIL_FROM.")
        return
    try:
        with server.connection():
            yield CheckResult("mail", "ok", f"the mail server {server.shown} answers; e-mails come from {server.sender}")
    except MailError as problem:
        yield CheckResult("mail", "fail", problem.message, "Check LS_EXPERT_SMTP_URL: address, port, name and password.")
    if problem_with(settings.database_url) is None:
        with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
            count, oldest = unit.notifications.waiting()
        if oldest is not None and dt.datetime.now(dt.timezone.utc) - oldest > WAITS_LONG:
            yield CheckResult("mail", "fail", f"notifications that wait: {count}, the oldest since {oldest:%Y-%m-%d %H:%M} UTC",
                              "Start `ls-expert worker`; where one runs, its log says why.")


def pre_labels(settings: Settings, status: dict[str, Any] | None) -> Iterator[CheckResult]:
    """Settings of pre-labels that do not fit each other, or Label Studio's side."""
    if status is not None and status.get("blind_percent") != settings.blind_percent:
        yield CheckResult(
            "pre_labels", "fail", f"LS_EXPERT_BLIND_PERCENT is {status.get('blind_percent')} where Label Studio runs and {settings.blind_percent} here, so "
            "models would be trained on the tasks that measure them", "Set the same value on both sides.",
        )
    if settings.prelabel_pictures and not settings.label_studio_token:
        yield CheckResult("pre_labels", "fail", "LS_EXPERT_PRELABEL_PICTURES: pictures are fetched with LS_EXPERT_LABEL_STUDIO_TOKEN, which is not set",
                          "Set LS_EXPERT_LABEL_STUDIO_TOKEN, or unset LS_EXPERT_PRELABEL_PICTURES.")
