"""Who is asking, and what they may see. Every other module of the extension asks here.

Whether anything is enforced at all is decided here too (``enforcement_is_on``), so that all layers agree: in audit mode
they treat everybody as a manager. Fails closed: a request whose caller cannot be told sees no project. Code that runs
without a request (migrations, start-up, Label Studio's own jobs) is Label Studio itself and sees everything, as it does
without us.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from core.current_request import CurrentContext
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from ls_expert_plugin.label_studio.models import Membership, Role

# Set on a request that showed the service's key: it acts for the plugin, not for a person.
SERVICE_MARK = "ls_expert_is_service"
_as_if_enforced: ContextVar[bool] = ContextVar("ls_expert_as_if_enforced", default=False)


def enforcement_is_on() -> bool:
    """Whether experts are refused anything. Only the setting ``audit`` turns it off; whatever else it says, it is on."""
    return _as_if_enforced.get() or settings.LS_EXPERT.enforcement != "audit"


@contextmanager
def as_if_enforced() -> Iterator[None]:
    """Inside, every answer of this module is the one that ``enforce`` would give: for counting what it would refuse."""
    token = _as_if_enforced.set(True)
    try:
        yield
    finally:
        _as_if_enforced.reset(token)


def current_request() -> HttpRequest | None:
    """The request this thread is serving, if any."""
    return CurrentContext.get_request()


def is_manager(user: Any) -> bool:
    """Whether Label Studio stays as it was for this user: for managers, and in audit mode for everybody signed in."""
    if not getattr(user, "is_authenticated", False):
        return False
    return not enforcement_is_on() or has_manager_role(user)


def has_manager_role(user: Any) -> bool:
    """Whether this user is a manager, whatever the mode. Looked up once per user object."""
    if not getattr(user, "is_authenticated", False):
        return False
    known = user.__dict__.get("_ls_expert_is_manager")
    if known is None:
        known = user.__dict__["_ls_expert_is_manager"] = _look_up_manager(user)
    return bool(known)


def role_of(user: Any) -> str:
    """"manager" or "expert"."""
    return Role.MANAGER if has_manager_role(user) else Role.EXPERT


def is_always_manager(user: Any) -> bool:
    """Superusers, and who created the organization: no role changes that."""
    from organizations.models import Organization

    return bool(user.is_superuser) or Organization.objects.filter(created_by_id=user.pk).exists()


def _look_up_manager(user: Any) -> bool:
    if user.is_superuser:
        return True
    named = Role.objects.filter(user_id=user.pk).values_list("role", flat=True).first()
    if named == Role.MANAGER or (named is None and settings.LS_EXPERT.default_role == Role.MANAGER):
        return True
    return is_always_manager(user)


def members_in_force() -> QuerySet[Membership]:
    """Everybody's rows that count at this moment. The end date is part of the query: nothing has to run for it to act."""
    return Membership.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=timezone.now()), active=True)


def memberships_in_force(user_id: int | None) -> QuerySet[Membership]:
    """This person's rows that count at this moment."""
    return members_in_force().filter(user_id=user_id)


def may_see_project(user: Any, project_id: int | None) -> bool:
    """Whether this user may know that the project exists."""
    if is_manager(user):
        return True
    if not getattr(user, "is_authenticated", False) or project_id is None:
        return False
    return memberships_in_force(user.pk).filter(project_id=project_id).exists()


@dataclass(frozen=True)
class Asker:
    """For whom rows are narrowed. None: nobody, who sees no project."""

    user_id: int | None


def narrowed_for() -> Asker | None:
    """Who is asking, when what they see is to be narrowed; None when nothing is."""
    request = current_request()
    if request is None or not enforcement_is_on() or getattr(request, SERVICE_MARK, False):
        return None
    # Read from the request now: a legacy token is turned into a user only inside the view.
    user = getattr(request, "user", None)
    if user is not None and is_manager(user):
        return None
    return Asker(user.pk if user is not None else None)
