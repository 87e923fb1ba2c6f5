"""Current user: their role, and as whom Label Studio reads rows. Every other module of the extension asks here.

Whether anything is enforced at all is decided here too (``enforcement_is_on``), so that all layers agree: in audit mode
they treat everybody as a manager. Fails closed: a request whose caller cannot be told sees no project. Code that runs
without a request (migrations, start-up, Label Studio's own jobs) is Label Studio itself and sees everything, as it does
without us.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from core.current_request import CurrentContext
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest
from django.utils import timezone

from ls_expert_plugin.label_studio.models import Membership, Role
from ls_expert_plugin.label_studio.permissions.access_query import TokenKey, query_caller_access
from ls_expert_plugin.label_studio.permissions.caller_access import CallerAccess, ObjectKey
from ls_expert_plugin.label_studio.permissions.request_cache import request_cache

# Set on a request that showed the service's key: it acts for the plugin, not for a person.
SERVICE_MARK = "ls_expert_is_service"


def enforcement_is_on() -> bool:
    """Whether experts are refused anything. Only the setting ``audit`` turns it off; whatever else it says, it is on."""
    return bool(settings.LS_EXPERT.enforcement != "audit")


def current_request() -> HttpRequest | None:
    """The request this thread is serving, if any."""
    return CurrentContext.get_request()


def is_manager(user: Any) -> bool:
    """Whether Label Studio stays as it was for this user: for managers, and in audit mode for everybody signed in."""
    if not getattr(user, "is_authenticated", False):
        return False
    return not enforcement_is_on() or has_manager_role(user)


def has_manager_role(user: Any) -> bool:
    """Whether this user is a manager, whatever the mode. Looked up once in each request; superusers never."""
    if not getattr(user, "is_authenticated", False):
        return False
    if user.is_superuser:
        return True
    request = current_request()
    if request is None:
        caller = query_caller_access(user.pk)
    else:
        caller = request_cache(request).callers.get(user.pk) or find_out(request, user.pk)
    return caller is not None and _is_manager(caller)


def find_out(request: HttpRequest, who: int | TokenKey, named: Collection[ObjectKey] = ()) -> CallerAccess | None:
    """Ask the database about a person and what their call names, once; None when there is no such person."""
    found = query_caller_access(who, named)
    if found is not None:
        request_cache(request).take_in(found)
    return found


def _is_manager(caller: CallerAccess) -> bool:
    by_role = caller.role == Role.MANAGER or (caller.role is None and settings.LS_EXPERT.default_role == Role.MANAGER)
    return caller.is_superuser or (caller.is_member and (caller.is_creator or by_role))


def has_projects(user: Any) -> bool:
    """Whether this person is a member of any project."""
    request = current_request()
    if request is None:
        return memberships_in_force(user.pk).exists()
    caller = request_cache(request).callers.get(user.pk) or find_out(request, user.pk)
    return caller is not None and caller.has_projects


def role_of(user: Any) -> str:
    """The role of a member: "manager" or "expert"."""
    return Role.MANAGER if has_manager_role(user) else Role.EXPERT


def active_members() -> QuerySet[Any]:
    """Rows of the organization for everybody who is in it now and may sign in; whoever was removed is in none of them."""
    from organizations.models import OrganizationMember

    return OrganizationMember.objects.filter(deleted_at__isnull=True, user__is_active=True)


def active_members_with_roles() -> QuerySet[Any]:
    """The same with each one's user, and what ``role_of_member`` needs, in one query however many they are."""
    from organizations.models import Organization

    return active_members().select_related("user").annotate(
        given_role=Subquery(Role.objects.filter(user_id=OuterRef("user_id")).values("role")[:1]),
        is_creator=Exists(Organization.objects.filter(created_by_id=OuterRef("user_id"))),
    )


def role_of_member(member: Any) -> str:
    """"manager" or "expert": the same as ``role_of``, of a row of ``active_members_with_roles``."""
    by_role = member.given_role or settings.LS_EXPERT.default_role
    return Role.MANAGER if member.user.is_superuser or member.is_creator or by_role == Role.MANAGER else Role.EXPERT


def is_always_manager(user: Any) -> bool:
    """Superusers, and who created the organization: no role changes that."""
    from organizations.models import Organization

    return bool(user.is_superuser) or Organization.objects.filter(created_by_id=user.pk).exists()


def members_in_force() -> QuerySet[Membership]:
    """Everybody's rows that count at this moment. The end date is part of the query: nothing has to run for it to act."""
    return Membership.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=timezone.now()), active=True)


def memberships_in_force(user_id: int | None) -> QuerySet[Membership]:
    """This person's rows that count at this moment."""
    return members_in_force().filter(user_id=user_id)


@dataclass(frozen=True)
class Viewer:
    """For whom rows are narrowed. None: nobody, who sees no project.

    ``admitted``: the projects that this call names, which the gate has found to be theirs; it sees no others, and these to its end:
    access that is taken away in the middle of a submit would hide from Label Studio what it has just saved. A call that names none
    sees all of theirs.
    """

    user_id: int | None
    admitted: frozenset[int] = frozenset()


def current_viewer() -> Viewer | None:
    """Who is asking, when what they see is to be narrowed; None when nothing is."""
    request = current_request()
    if request is None or not enforcement_is_on() or getattr(request, SERVICE_MARK, False):
        return None
    # Read from the request now: a legacy token is turned into a user only inside the view.
    user = getattr(request, "user", None)
    if user is not None and is_manager(user):
        return None
    caller = request_cache(request).callers.get(user.pk) if user is not None else None
    if user is None or caller is None or not caller.is_member:
        return Viewer(None)
    return Viewer(user.pk, request_cache(request).admitted.get(user.pk, frozenset()))
