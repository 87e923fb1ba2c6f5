"""Erasing an account of Label Studio: the person goes, their work stays under a number.

The row is kept, because annotations point at it. What Label Studio 1.23.2 keeps of a person stands in it; with the tokens and the
membership of the organization that is all.

That it was done is kept as a keyed hash of who the account was made for and when: a database restored from an older backup has the account again, and may
give its number to somebody else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from ls_expert_plugin.label_studio.models import ErasedAccount
from ls_expert_plugin.label_studio.permissions.current_user import has_manager_role
from ls_expert_plugin.protocol.handshake import derive_key, is_same_moment

logger = logging.getLogger(__name__)

NO_ADDRESS = "erased-{}@erased.invalid"


@dataclass(frozen=True)
class ErasedOne:
    """An account that has been erased: its number, its mark, and when it was made."""

    ls_user_id: int
    mark: str
    made_at: dt.datetime


def mark_of(user_id: int, joined_at: dt.datetime) -> str:
    """By what an account is known again, 64 hexadecimal digits: its number, and when it was made."""
    key = derive_key(settings.LS_EXPERT.shared_secret, "erased-accounts")
    return hmac.new(key.encode(), f"{user_id} {joined_at.astimezone(dt.timezone.utc).isoformat()}".encode(), hashlib.sha256).hexdigest()


def erased() -> tuple[ErasedOne, ...]:
    """The accounts that have been erased."""
    from users.models import User

    marks = set(ErasedAccount.objects.values_list("mark", flat=True))
    if not marks:
        return ()
    accounts = (ErasedOne(pk, mark_of(pk, made_at), made_at) for pk, made_at in User.objects.order_by("pk").values_list("pk", "date_joined").iterator())
    return tuple(one for one in accounts if one.mark in marks)


def erase_again(asked: Collection[tuple[int, str, dt.datetime | None]]) -> list[int]:
    """Erase those of these accounts, by number, mark and when they were made, that are the same as then, and are not erased: which they were.

    Managers are left as they are.
    """
    from users.models import User

    done: list[int] = []
    for user in User.objects.filter(pk__in={number for number, _, _ in asked}):
        mark = mark_of(user.pk, user.date_joined)
        is_same = any(
            number == user.pk and (known == mark or (made_at is not None and is_same_moment(user.date_joined, made_at))) for number, known, made_at in asked
        )
        if not is_same or ErasedAccount.objects.filter(mark=mark).exists():
            continue
        if has_manager_role(user):
            logger.warning("user %d was erased before this database was restored, and is a manager in it: make them an expert", user.pk)
            continue
        erase(user.pk)
        done.append(user.pk)
    return done


def erase(user_id: int, made_at: dt.datetime | None = None) -> str | None:
    """All or nothing; the account's mark. None: somebody who is not there any more is erased. Raises ``ValueError`` for managers.

    ``made_at``: an account that was made at another time is not there either.
    """
    from django.utils import timezone
    from organizations.models import OrganizationMember
    from rest_framework.authtoken.models import Token
    from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
    from tasks.models import TaskLock
    from users.models import User

    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None or (made_at is not None and not is_same_moment(user.date_joined, made_at)):
            return None
        if has_manager_role(user):
            raise ValueError(f"user {user_id} is a manager; make them an expert first")
        Token.objects.filter(user_id=user_id).delete()
        OutstandingToken.objects.filter(user_id=user_id).delete()
        TaskLock._base_manager.filter(user_id=user_id).delete()
        picture = user.avatar
        user.email = user.username = NO_ADDRESS.format(user_id)
        user.first_name = user.last_name = user.phone = ""
        user.avatar = ""
        user.custom_hotkeys = {}
        user.allow_newsletters = False
        user.is_active = False
        user.set_unusable_password()
        user.save()
        OrganizationMember.objects.filter(user_id=user_id, deleted_at__isnull=True).update(deleted_at=timezone.now())
        if picture:
            transaction.on_commit(lambda: picture.delete(save=False))
        mark = mark_of(user_id, user.date_joined)
        # Saving the account in Label Studio's admin cuts its date to the second: it is known by that one too.
        for one in {mark, mark_of(user_id, user.date_joined.replace(microsecond=0))}:
            ErasedAccount.objects.get_or_create(mark=one)
        return mark
