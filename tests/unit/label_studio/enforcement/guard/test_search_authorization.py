"""What an expert may search by: decided by the request's contexts, without Django or a database."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import pytest

from ls_expert_plugin.label_studio.enforcement.guard.search_authorization import NOT_ALLOWED, NOT_READABLE, why_not_searched
from ls_expert_plugin.label_studio.enforcement.request.body_validation import NO_BODY, Body
from ls_expert_plugin.label_studio.enforcement.request.call import Call
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext
from ls_expert_plugin.label_studio.permissions.caller_access import ProjectAccess, ViewColumns

LIST, DATA, OTHERS = "tasks:api:task-list", {"filter": "filter:tasks:data.text"}, {"filter": "filter:tasks:annotators"}
SHOWN, HIDDEN = {3: ProjectAccess(shows_others_work=True)}, {3: ProjectAccess()}


@dataclass(frozen=True)
class Viewer:
    """Whoever asks."""

    pk: int = 7


def _context(*query: tuple[str, Any], body: Body = NO_BODY, name: str = LIST, **more: Any) -> RequestContext:
    return replace(RequestContext(Call("GET", name, query=[(key, [value]) for key, value in query]), None, Viewer(), body=body, access=HIDDEN), **more)


def _query(asked: Any) -> tuple[str, str]:
    return "query", quote(json.dumps(asked))


def test_columns_of_others_work_are_searched_by_where_it_is_shown_alone() -> None:
    """Written in the query string or in the body; the task's own data everywhere."""
    for context in (_context(_query(OTHERS)), _context(body=Body(json=OTHERS)), _context(_query(DATA), body=Body(json={"data": [OTHERS]}))):
        assert why_not_searched([context]) == NOT_ALLOWED and why_not_searched([replace(context, access=SHOWN)]) is None
        assert why_not_searched([replace(context, access={**SHOWN, **HIDDEN, 4: None})]) == NOT_ALLOWED and why_not_searched([replace(context, access={})])
    assert why_not_searched([_context(_query(DATA))]) is None and why_not_searched([_context()]) is None


def test_managers_search_by_everything_and_of_two_people_both_must_be_allowed() -> None:
    """So does whoever calls what does not search."""
    context = _context(_query(OTHERS))
    assert why_not_searched([]) is None and why_not_searched([replace(context, is_manager=True)]) is None
    assert why_not_searched([_context(_query(OTHERS), name="projects:api:project-list")]) is None
    shown = replace(context, access=SHOWN)
    assert why_not_searched([shown, shown]) is None
    assert why_not_searched([shown, context]) == why_not_searched([replace(context, is_manager=True), shown]) == NOT_ALLOWED


@pytest.mark.parametrize("context", [
    _context(("query", "{")), _context(("query", "")), _context(body=Body((("query", "{}"),), is_form=True)), _context(body=None),
])
def test_what_is_no_json_is_refused(context: RequestContext) -> None:
    """Label Studio would look for filters in it otherwise than we do."""
    assert why_not_searched([context]) == NOT_READABLE


@pytest.mark.parametrize("key", ["view", "tabID", "tab_id"])
def test_a_tab_that_searches_by_others_work_is_not_opened(key: str) -> None:
    """By its order, its filters or their operators; nor one that was not looked up, or that is no number. 0 is none."""
    tabs = {
        1: ViewColumns(["tasks:id"], ("filter:tasks:data.text",), ("contains",)), 2: ViewColumns(["tasks:annotators"], ()),
        3: ViewColumns(None, ("filter:tasks:annotators",)), 4: ViewColumns(None, ("filter:tasks:data.text",), ("regex",)),
    }

    def refused(number: Any, **more: Any) -> tuple[bool, bool]:
        contexts = _context((key, str(number)), tabs=tabs, **more), _context(body=Body(json={key: number}), tabs=tabs, **more)
        in_query, in_body = (why_not_searched([context]) is not None for context in contexts)
        return in_query, in_body

    new = replace(_context((key, "9"), tabs=tabs), call=Call("POST", "data_manager:api:view-list", query=[(key, ["9"])]))
    assert (why_not_searched([new]) is None) == (key == "tabID"), "a tab that is only being made"
    assert refused(1) == refused(0) == refused("") == (False, False)
    assert refused(2) == refused(3) == refused(4) == refused(9) == refused("x") == (True, True)
    assert refused(2, access=SHOWN) == refused(3, access=SHOWN) == (False, False) and refused(4, access=SHOWN) == (True, True)
