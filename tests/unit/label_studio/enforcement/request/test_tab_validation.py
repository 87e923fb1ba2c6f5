"""What an expert's tab must look like to be stored: what the Data Manager's page sends passes, what it could not read again does not."""

from __future__ import annotations

from typing import Any

import pytest

from ls_expert_plugin.label_studio.enforcement.request.tab_validation import problem_with_tab

LOOK = {"filter": "filter:tasks:data.text", "operator": "contains", "type": "String", "value": "x"}
CHILD = {**LOOK, "filter": "filter:tasks:id"}


def _looked(**more: Any) -> dict[str, Any]:
    return {"filters": {"conjunction": "and", "items": [{**LOOK, **more}]}}


# As the page of 1.23.2 writes one.
WHOLE = {
    "title": "Mine", "ordering": ["tasks:id"], "type": "list", "target": "tasks", "filters": {"conjunction": "and", "items": [LOOK]},
    "hiddenColumns": {"explore": ["tasks:inner_id"], "labeling": []}, "columnsWidth": {"tasks:id": 70, "tasks:data.text": None},
    "columnsDisplayType": {"tasks:data.text": "String"}, "gridWidth": 4, "gridFitImagesToWidth": False, "semantic_search": [], "threshold": None,
    "agreement_selected": {},
}


@pytest.mark.parametrize("data", [
    WHOLE, {}, {"title": "Mine"}, {"filters": {}}, {"filters": {"conjunction": "or", "items": [{**LOOK, "child_filter": CHILD}]}},
    {"selectedItems": {"all": False, "included": [1, 2]}}, {"threshold": {"min": 0.1, "max": 1}}, {"hiddenColumns": None},
    *(_looked(value=value) for value in ("", 0, 1.5, True, None, ["a", 1], {"min": None, "max": "2026-01-01"}, {"items": ["a", {"value": 1, "title": "b"}]})),
    *(_looked(operator=operator) for operator in ("in", "not_in", "equal", "not_equal", "less", "greater_or_equal", "empty", "regex")),
    _looked(child_filter=None),
])
def test_what_the_page_sends_passes(data: dict[str, Any]) -> None:
    """A whole tab, and any part of one, as a program may send it."""
    assert problem_with_tab(data) is None


@pytest.mark.parametrize("data", [
    None, "text", [], 3, {"title": {"a": 1}}, {"title": 3}, {"title": None}, {"title": "x" * 201}, {"hiddenColumns": {"explore": 5}}, {"hiddenColumns": "ab"},
    {"hiddenColumns": {"explore": None}}, {"hiddenColumns": {"other": []}}, {"ordering": "tasks:id"}, {"ordering": {"a": 1}}, {"ordering": [1]},
    {"type": "cube"}, {"target": "people"}, {"columnsWidth": {"tasks:id": "wide"}}, {"columnsWidth": []}, {"columnsDisplayType": {"tasks:id": {}}},
    {"gridWidth": "4"}, {"gridFitImagesToWidth": "no"}, {"id": 1}, {"key": "a"}, {"opener": {}}, {"locked": True}, {"filters": {"items": {}}},
    {"filters": {"conjunction": "nor", "items": []}}, {"filters": {"items": [{"filter": 5}]}}, {"filters": {"items": [{**LOOK, "parent": 1}]}},
    {"filters": {"items": [{**LOOK, "child_filter": {"filter": None}}]}}, {"selectedItems": []}, {"selectedItems": {"included": ["1"]}},
    {"threshold": 1}, {"agreement_selected": []}, {"semantic_search": {}}, {"anything": "else"},
    *(_looked(operator=operator) for operator in ("", "is", "Equal", "equal\n", None, 3)),
    {"filters": {"items": [{"filter": "filter:tasks:id", "operator": "equal"}]}},
    *(_looked(value=value) for value in ({}, {"a": 1}, {"min": 1}, {"min": {}, "max": 1}, [None], [[1]], {"items": 3})),
    *(_looked(value={"items": [item]}) for item in (None, {"value": 1})),
    *(_looked(child_filter=child) for child in (LOOK, {**CHILD, "filter": "filter:tasks:-id"}, {**CHILD, "child_filter": CHILD}, {**CHILD, "operator": "is"})),
], ids=str)
def test_what_the_page_could_not_read_is_refused(data: Any) -> None:
    """Values of other types, numbers of other tabs, fields that the page does not write: with a sentence that names the field."""
    problem = problem_with_tab(data) or ""
    assert problem.startswith("A tab's data") and problem.endswith(".")
