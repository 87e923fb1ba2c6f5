"""Sending what waits: rows from the database, one message for each person, and what became of it written down.

A row is marked as begun before its message goes and as sent after: a process that dies in between sends it once more, with the same
Message-ID; none is lost.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import MailError
from ls_expert_plugin.notifications.html_part import html
from ls_expert_plugin.notifications.messages import MailText, greeting_of, news, plain_text, subject_of
from ls_expert_plugin.notifications.smtp import Connection, Later, MailServer, RecipientRefused
from ls_expert_plugin.notifications.values import FOR_MANAGERS, GIVEN_UP_AFTER, HELD_BACK, Digest, Notification, Outcome
from ls_expert_plugin.vetting import consent

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
PEOPLE_AT_A_TIME = 100


def send_waiting(
    store: Database, server: MailServer | None, packs: Mapping[str, Pack], public_url: str, clock: Callable[[], dt.datetime], *,
    is_lost: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due; to how many people. Without a server, or while it takes nothing, rows wait until they are no news.

    ``is_lost``: whether another machine sends by now; then the rest is left to that one.
    """
    with store.begin() as unit:
        given_up = unit.notifications.give_up(clock() - GIVEN_UP_AFTER, clock())
    if given_up:
        logger.warning("%d notifications were not sent in %d days and are given up", given_up, GIVEN_UP_AFTER.days)
    with store.read() as unit:
        due = unit.notifications.people_due(clock() - HELD_BACK, clock(), PEOPLE_AT_A_TIME) if server else ()
    if not server or not due:
        return 0
    sent, writing = 0, _Writing({pack.id: pack.title for pack in packs.values()}, server.organisation, public_url)
    try:
        with server.connection() as connection:
            for person_id in due:
                if is_lost():
                    break
                sent += _send_to(store, connection, person_id, writing, clock)
    except MailError as problem:
        logger.warning("notifications wait: %s", problem.message)
    return sent


@dataclass(frozen=True)
class _Writing:
    """What every message is written with."""

    titles: Mapping[str, str]
    organisation: str
    public_url: str

    def mail(self, digest: Digest, name: str) -> MailText:
        told, greeting = news(digest, self.titles), greeting_of(name)
        subject = subject_of(told)
        return MailText(
            subject, plain_text(told, greeting, self.organisation, self.public_url), html(told, subject, greeting, self.organisation, self.public_url)
        )


def _send_to(store: Database, connection: Connection, person_id: int, writing: _Writing, clock: Callable[[], dt.datetime]) -> bool:
    """Send one person's. Raises ``MailError`` when the server takes nothing from anybody now."""
    now = clock()
    with store.begin() as unit:
        told = unit.notifications.claim(person_id, now)
        message_id = _message_id(person_id, told)
        person = unit.people.get(person_id)
        if person is not None and unit.people.by_ls_user_id(person.ls_user_id) is None:
            person = None  # left
        if person is None or not consent.in_force(unit, person, consent.NOTIFICATIONS):
            unit.notifications.drop(person_id)
            return False
        unwanted = [one.id for one in told if (one.kind in FOR_MANAGERS) and not person.is_manager]
        unit.notifications.drop(person_id, only=unwanted)
        told = tuple(one for one in told if one.id not in unwanted)
        digest = Digest(told, _ends(unit, person_id) if any(one.kind == "reminder" for one in told) else {})
    if not told:
        return False
    try:
        connection.send(
            person.email, writing.mail(digest, person.name), message_id=message_id, unsubscribe_url=f"{writing.public_url}/consent", now=now,
        )
    except RecipientRefused as problem:
        logger.warning("a notification for person %d is refused: %s", person_id, problem.message)
        _settle(store, told, "refused", clock())
        return False
    except Later as problem:
        logger.info("a notification for person %d waits: %s", person_id, problem.message)
        return False
    _settle(store, told, "sent", clock())
    return True


def _ends(unit: UnitOfWork, person_id: int) -> dict[str, dt.datetime]:
    """Domain id → when the verification there expires, of what this person has been reminded of."""
    ends: dict[str, dt.datetime] = {}
    for verification in unit.verifications.of(person_id):
        still_open = [reminder.until_utc for reminder in unit.reminders.of(verification.id) if reminder.settled_at_utc is None]
        ends |= {verification.domain: min(still_open)} if still_open else {}
    return ends


def _message_id(person_id: int, told: tuple[Notification, ...]) -> str:
    """Of what was begun together, whatever of it is not wanted any more by the time it is sent; empty of nothing."""
    return f"ls-expert.{person_id}.{told[0].id}.{told[-1].id}.{told[0].made_at_utc:%Y%m%d%H%M%S}" if told else ""


def _settle(store: Database, told: tuple[Notification, ...], outcome: Outcome, now: dt.datetime) -> None:
    with store.begin() as unit:
        unit.notifications.settle([one.id for one in told], outcome, now)
