"""A call as a value: its method, which endpoint it goes to, and what its address and query string say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

READ = frozenset({"GET", "HEAD", "OPTIONS"})
NEW_TAB_KEY = "tabID"


@dataclass(frozen=True)
class Call:
    """Value object of a resolved request.

    ``name``: the view name that the resolver gives; None for a pattern without one, which is known by its ``route``. ``kwargs``: the view's,
    from the address. ``query``: each key of the query string, with all its values in order. ``is_api``: whoever asks reads JSON.
    """

    method: str
    name: str | None
    route: str = ""
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    query: Sequence[tuple[str, Sequence[str]]] = ()
    is_api: bool = True

    @property
    def reads(self) -> bool:
        """Whether its method is safe (RFC 9110): GET, HEAD or OPTIONS, which change nothing."""
        return self.method in READ

    def last(self, key: str) -> str:
        """The last value of a key of the query string, which Django takes for it; "" where there is none."""
        return next((values[-1] for name, values in self.query if name == key and values), "")


def makes_tab(call: Call) -> bool:
    """Whether the call makes a tab. The page sends the number it has in mind for it along as ``tabID``; Label Studio does not read it."""
    return call.name == "data_manager:api:view-list" and call.method == "POST"


def call_of(request: Any, kwargs: Mapping[str, Any]) -> Call:
    """What Django has made of a request whose address it has resolved."""
    match = request.resolver_match
    return Call(
        request.method or "GET", match.view_name if match.url_name else None, match.route, kwargs, [*request.GET.lists()],
        request.path.startswith("/api/") or "text/html" not in request.META.get("HTTP_ACCEPT", ""),
    )
