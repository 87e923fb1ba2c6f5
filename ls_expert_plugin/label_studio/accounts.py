"""Erasing an account of Label Studio: the person goes, their work stays under a number.

The row is kept, because annotations point at it. What Label Studio 1.23.2 keeps of a person stands in it; with the tokens and the
membership of the organization that is all.
"""

from __future__ import annotations

from django.db import transaction

from ls_expert_plugin.label_studio.asking import has_manager_role

NO_ADDRESS = "erased-{}@erased.invalid"


def erase(user_id: int) -> None:
    """All or nothing. Somebody who is not there any more is erased. Raises ``ValueError`` for managers."""
    from django.utils import timezone
    from organizations.models import OrganizationMember
    from rest_framework.authtoken.models import Token
    from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
    from tasks.models import TaskLock
    from users.models import User

    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            return
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
