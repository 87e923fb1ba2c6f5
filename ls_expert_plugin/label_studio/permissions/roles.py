"""Giving members their roles: all or nothing, and never to those who are always managers."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from ls_expert_plugin.label_studio.models import Role
from ls_expert_plugin.label_studio.permissions.current_user import active_members, is_always_manager, memberships_in_force


def give(given: Sequence[tuple[int, str]]) -> None:
    """Set the role of each (user id, role). Raises ``ValueError`` naming the field, and then nothing has changed."""
    from users.models import User

    here = set(active_members().filter(user_id__in=[user_id for user_id, _ in given]).values_list("user_id", flat=True))
    people = User.objects.in_bulk(here)
    seen: set[int] = set()
    with transaction.atomic():
        for number, (user_id, role) in enumerate(given):
            field = f"roles.{number}"
            if user_id in seen:
                raise ValueError(f"{field}.ls_user_id: {user_id} is in the list twice")
            if user_id not in people:
                raise ValueError(f"{field}.ls_user_id: there is no member {user_id} in this Label Studio")
            if role == Role.EXPERT and is_always_manager(people[user_id]):
                raise ValueError(
                    f"{field}.role: {people[user_id].email} stays a manager: whoever created the organization, and superusers, always are"
                )
            seen.add(user_id)
            Role.objects.update_or_create(user_id=user_id, defaults={"role": role})
            if role == Role.EXPERT:
                _release_locks(user_id)


def _release_locks(user_id: int) -> None:
    """Tasks in projects that this person no longer reaches are free for others at once."""
    from tasks.models import TaskLock

    reached = memberships_in_force(user_id).values("project_id")
    TaskLock._base_manager.filter(user_id=user_id).exclude(task__project_id__in=reached).delete()
