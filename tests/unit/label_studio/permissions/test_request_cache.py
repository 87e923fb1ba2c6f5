"""What is remembered of people while one request lasts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from ls_expert_plugin.label_studio.permissions.caller_access import CallerAccess, ObjectRef, ProjectAccess
from ls_expert_plugin.label_studio.permissions.request_cache import RequestCache, forget, request_cache

ME = 7


def _caller(role: str | None = None, **more: Any) -> CallerAccess:
    return CallerAccess(ME, False, role, False, False, **more)


def test_what_is_found_later_is_added_and_the_latest_role_counts() -> None:
    """Access of both look-ups; of others nothing is known."""
    cache = RequestCache()
    cache.take_in(_caller("expert", access={3: ProjectAccess()}, objects={("task", 30): ObjectRef(3, 30)}, has_routed=True))
    cache.take_in(_caller("manager", access={4: None}, objects={("task", 40): ObjectRef(4, 40)}))
    caller = cache.callers[ME]
    assert cache.access(ME) == {3: ProjectAccess(), 4: None} and cache.access(8) == cache.access(None) == {}
    assert (caller.role, caller.has_routed, set(caller.objects)) == ("manager", True, {("task", 30), ("task", 40)})


def test_only_their_own_projects_are_admitted() -> None:
    """Of all that the call names; of somebody of whom nothing was found, none."""
    cache = RequestCache()
    cache.take_in(_caller(access={3: ProjectAccess(), 4: None}))
    cache.admit(ME)
    cache.admit(8)
    assert cache.admitted == {ME: {3}, 8: frozenset()}


def test_a_request_that_is_served_twice_asks_again() -> None:
    """Each request has one of its own."""
    request = cast(Any, SimpleNamespace())
    first = request_cache(request)
    assert request_cache(request) is first and request_cache(cast(Any, SimpleNamespace())) is not first
    forget(request)
    assert request_cache(request) is not first
