"""Authorization of searches: filters and orders, of the call or of the tabs it names, tell nothing of other people's work. Pure.

By which columns is said in ``request/filter_allowlist.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body
from ls_expert_plugin.label_studio.enforcement.request.call import NEW_TAB_KEY, Call, makes_tab
from ls_expert_plugin.label_studio.enforcement.request.filter_allowlist import searches_only_allowed
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext
from ls_expert_plugin.label_studio.permissions.caller_access import ViewColumns

_SEARCHING = frozenset({
    "tasks:api:task-list", "projects:api:project-next", "data_manager:dm-actions", "data_manager:api:view-list",
    "data_manager:api:view-detail",
})
_VIEW_KEYS = ("view", "tabID", "tab_id")
NOT_READABLE = "Send JSON that can be read."
NOT_ALLOWED = "Experts cannot filter or order by other people's work, nor by regular expressions. Take that filter out."


def why_not_searched(contexts: Sequence[RequestContext]) -> str | None:
    """Why a call that all of these may make is refused for what it searches by; None lets it through."""
    experts = [context for context in contexts if not context.is_manager]
    if not experts or experts[0].call.name not in _SEARCHING:
        return None
    call, body = experts[0].call, experts[0].body
    try:
        asked = [*_asked(call, body if isinstance(body, Body) else None)]
    except ValueError:
        return NOT_READABLE
    is_shown = all(context.shows_others_work for context in contexts)
    tabs = {number: tab for context in experts for number, tab in context.tabs.items()}
    is_allowed = all(searches_only_allowed(part, is_shown) for part in asked) and _are_tabs_allowed(call, asked, tabs, is_shown)
    return None if is_allowed else NOT_ALLOWED


def _asked(call: Call, body: Body | None) -> Iterator[Any]:
    """The JSON of ``query`` and of the body (Label Studio reads one with GET, too). Raises ``ValueError``."""
    for query in (value for key, values in call.query if key == "query" for value in values):
        yield json.loads(unquote(query))
    if body is None or body.is_form:
        raise ValueError("not JSON")
    if body.json is not None:
        yield body.json


def _are_tabs_allowed(call: Call, asked: Sequence[Any], tabs: Mapping[int, ViewColumns], is_shown: bool) -> bool:
    """Whether the tabs that the call names, if any, search by nothing that an expert may not search by."""
    in_bodies = [part.get(key) for part in asked if isinstance(part, dict) for key in _VIEW_KEYS]
    try:
        numbers = {int(str(raw)) for raw in (*(call.last(key) for key in _VIEW_KEYS if not (key == NEW_TAB_KEY and makes_tab(call))), *in_bodies) if raw}
    except ValueError:
        return False
    # Number 0 is no tab: the page's way to say that there is none yet. All others have been looked up.
    return all(not number or number in tabs and _is_tab_allowed(tabs[number], is_shown) for number in numbers)


def _is_tab_allowed(tab: ViewColumns, is_shown: bool) -> bool:
    return searches_only_allowed({"ordering": tab.ordering, "column": list(tab.columns), "operator": list(tab.operators)}, is_shown)
