"""Revalidation of who is signed in: a session, or a token, counts only while Label Studio has its owner as an active member.

What Label Studio's extension last said is kept with the person and is at most ``FRESH`` old when a request relies on it: then it is asked again.
Whoever is no member any more is marked as gone, which ends their sessions; a changed role does too. While Label Studio does not answer,
what it said last goes on to count, so that interviews and reviews go on; it is asked again after ``RETRY``.
"""

from __future__ import annotations

import datetime as dt
import logging

from flask import current_app

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.vetting import members
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.web.services import services

logger = logging.getLogger(__name__)
FRESH = dt.timedelta(seconds=60)
RETRY = dt.timedelta(seconds=10)
_NOT_BEFORE = "ls_expert_ask_not_before"


def revalidated(person: Person, heard_at_utc: dt.datetime | None) -> Person | None:
    """The person as Label Studio has them, asked anew if ``heard_at_utc`` is older than a minute. None: they are no active member."""
    parts, now = services(), services().clock()
    if heard_at_utc is not None and now - heard_at_utc < FRESH:
        return person
    if now < current_app.extensions.get(_NOT_BEFORE, now):
        return person
    try:
        member = parts.member(person.ls_user_id)
    except LabelStudioError as problem:
        current_app.extensions[_NOT_BEFORE] = now + RETRY
        logger.warning("not asked whether ls_user_id=%d is still a member: %s", person.ls_user_id, problem.message)
        return person
    with parts.store.begin() as unit:
        if member is None:
            members.gone(unit, person.ls_user_id, now)
            return None
        found = members.joined(unit, member.ls_user_id, member.email, member.name, member.role, now, member.made_at_utc)
        return found if found.id == person.id else None  # a restored Label Studio gave the number to somebody else
