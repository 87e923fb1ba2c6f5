"""Consent: what people are told before they tell us anything, and what ends when they withdraw it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Conflict, Forbidden
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.lifecycle.withdrawal import end_application
from ls_expert_plugin.vetting.values import NOTIFICATIONS as NOTIFICATIONS
from ls_expert_plugin.vetting.values import Consent, Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

MATCHING = "matching"
SUGGESTIONS = "profile_suggestions"
_WITHDRAWN_NOTE = "Consent was withdrawn before the search, so nothing was searched."


@dataclass(frozen=True)
class Purpose:
    """Something people may agree to. ``text`` has one placeholder: show ``text_for(retention_days)``.

    Paragraphs are separated by an empty line. A change of meaning needs a new ``version``: consents to an older one are
    no longer in force, and people are asked again.
    """

    id: str
    title: str
    text: str
    version: str

    def text_for(self, retention_days: int) -> str:
        """The text as a person reads it."""
        return self.text.format(retention_days=retention_days)


PURPOSES: tuple[Purpose, ...] = (
    Purpose(
        id=MATCHING,
        title="Matching you with projects",
        version="1",
        text=(
            "What for: we use your profile and your interview to decide whether you are an expert in the domains you "
            "chose, and which projects you may work on. We use them for nothing else unless you allow it.\n\n"
            "Who reads it: the managers of this Label Studio who review experts. If a language model is connected, your "
            "answers are sent to it so that it can word the next question, and find and rate passages that speak for your "
            "expertise.\n\n"
            "Who decides: only a person can turn you down. A person also verifies you, unless a domain's rules, which this portal shows, let the "
            "program do that when everything they ask for is there and nothing is in doubt.\n\n"
            "How long: your profile and the interview are kept for {retention_days} days after your last verification "
            "ended.\n\n"
            "How to withdraw: on this page, at any time, without giving a reason. A running interview then ends, your "
            "verifications stop, and the projects they opened are closed to you. Annotations you submitted stay."
        ),
    ),
    Purpose(
        id=SUGGESTIONS,
        title="Suggestions for your profile",
        version="1",
        text=(
            "What for: after an interview we compare what you said with your profile, and show you what may be missing in it, "
            "such as a licence or a language that you mentioned. You add it, change it first, or dismiss it; nothing changes by itself.\n\n"
            "Who reads it: you. If a language model is connected, your answers and your profile are sent to it for this.\n\n"
            "How long: a suggestion is kept with your interview, for {retention_days} days after your last verification ended.\n\n"
            "How to withdraw: on this page, at any time, without giving a reason. Suggestions that you have not settled are removed. "
            "Nothing else depends on this."
        ),
    ),
    Purpose(
        id=NOTIFICATIONS,
        title="E-mails when something changes",
        version="1",
        text=(
            "What for: we write to the address of your Label Studio account when a decision about you is made, when a verification is about to "
            "end or has ended, when projects open for you, and, if you are a manager, when a candidate waits for a person. Several things within a "
            "minute come as one message.\n\n"
            "What is in it: that something happened, in which domain, and a link to this portal. No reason, answer, score or name of a project.\n\n"
            "Who reads it: the mail server that was set up here, and whoever reads your mailbox.\n\n"
            "How long: a note that a message was sent is kept for 30 days.\n\n"
            "How to withdraw: on this page, at any time, without giving a reason. What was not sent yet is removed. Nothing else depends on this."
        ),
    ),
)
# Texts that were in force once, by purpose and version: a receipt shows what was agreed to.
EARLIER: Mapping[tuple[str, str], str] = {}
_BY_ID = {purpose.id: purpose for purpose in PURPOSES}


def purpose(purpose_id: str) -> Purpose:
    """The purpose with this id. Raises ``BadInput``."""
    try:
        return _BY_ID[purpose_id]
    except KeyError:
        raise BadInput("There is no such consent. Reload the page and choose again.") from None


def give(unit: UnitOfWork, person: Person, purpose_id: str, version: str, now: dt.datetime, retention_days: int | None = None) -> Consent:
    """Consent to the text of this version, which named ``retention_days``. Given twice, it counts once.

    Raises ``Conflict`` when the text has changed since the page was loaded.
    """
    asked = purpose(purpose_id)
    if version != asked.version:
        raise Conflict("The consent text has changed since you read it. Reload the page and read the new one.")
    unit.people.lock(person.ls_user_id)  # two clicks in one moment come one after the other
    return _current(unit, person, asked) or unit.consents.add(person.id, asked.id, asked.version, now, retention_days)


def in_force(unit: UnitOfWork, person: Person, purpose_id: str) -> bool:
    """Whether the person has agreed to today's text and not withdrawn."""
    return current(unit, person, purpose_id) is not None


def current(unit: UnitOfWork, person: Person, purpose_id: str) -> Consent | None:
    """The person's consent to today's text of this purpose, while it is in force."""
    return _current(unit, person, purpose(purpose_id))


def need_matching(unit: UnitOfWork, person: Person) -> None:
    """Raise ``Forbidden`` unless the consent that profile and interview rest on is in force."""
    if not in_force(unit, person, MATCHING):
        raise Forbidden("Read and give your consent first, on the Consent page; profile and interview come after it.")


def withdraw(unit: UnitOfWork, person: Person, purpose_id: str, now: dt.datetime) -> None:
    """Withdraw a consent. For "matching", running interviews, queued searches and verifications end with it.

    The caller then refreshes routing, so that the projects close. Withdrawn twice, it counts once.
    """
    asked = purpose(purpose_id)
    unit.people.lock(person.ls_user_id)
    unit.consents.withdraw(person.id, asked.id, now)
    if asked.id == SUGGESTIONS:
        unit.suggestions.drop_open(person.id)
    if asked.id == NOTIFICATIONS:
        unit.notifications.drop(person.id)
    if asked.id == MATCHING:
        for verification in unit.verifications.of(person.id):
            _end(unit, person, verification.id, now)


def withdraw_all(unit: UnitOfWork, person: Person, now: dt.datetime) -> None:
    """Withdraw every consent, with what ends with it."""
    for purpose_id in _BY_ID:
        withdraw(unit, person, purpose_id, now)


def receipt(unit: UnitOfWork, person: Person) -> list[dict[str, object]]:
    """Everything the person ever agreed to, with the text as it stood, as plain JSON values; the oldest first."""
    texts = {(one.id, one.version): one.text for one in PURPOSES} | dict(EARLIER)
    found: list[dict[str, object]] = []
    for given in unit.consents.of(person.id):
        text, known = texts.get((given.purpose, given.text_version)), _BY_ID.get(given.purpose)
        found.append({
            "purpose": given.purpose, "title": known.title if known else given.purpose, "version": given.text_version,
            "given_at_utc": given.given_at_utc.isoformat(),
            "withdrawn_at_utc": given.withdrawn_at_utc.isoformat() if given.withdrawn_at_utc else None,
            "text": text.format(retention_days=given.retention_days) if text and given.retention_days is not None else text,
        })
    return found


def _end(unit: UnitOfWork, person: Person, verification_id: int, now: dt.datetime) -> None:
    verification = unit.verifications.lock(verification_id)
    if verification is None or not status.may_become(status.at(verification, now), "withdrawn"):
        return  # over already: what was decided stays on record
    end_application(unit, person, verification, now, reason="Consent withdrawn.", note=_WITHDRAWN_NOTE)


def _current(unit: UnitOfWork, person: Person, asked: Purpose) -> Consent | None:
    for consent in unit.consents.of(person.id):
        if (consent.purpose, consent.text_version, consent.withdrawn_at_utc) == (asked.id, asked.version, None):
            return consent
    return None
