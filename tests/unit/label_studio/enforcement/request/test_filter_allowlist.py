"""By what experts may search: columns and operators, however deep, and nothing that keeps a database busy."""

from __future__ import annotations

from typing import Any

import pytest

from ls_expert_plugin.label_studio.enforcement.request.filter_allowlist import OTHERS_WORK, SEARCHABLE, is_searchable, searches_only_allowed


def _look(column: Any, operator: Any = "contains", **more: Any) -> dict[str, Any]:
    return {"filters": {"conjunction": "and", "items": [{"filter": column, "operator": operator, "type": "String", "value": "x", **more}]}}


@pytest.mark.parametrize("column", [*sorted(SEARCHABLE), "data.text", "data.a b", "data.meta.kind", "data.my_field", "data._id", "data.ä"])
def test_columns_that_say_nothing_of_others_are_searched(column: str) -> None:
    """Under every prefix that Label Studio takes away, as filter and as order."""
    for written in (column, f"filter:tasks:{column}", f"tasks:{column}", f"-tasks:{column}", f"tasks:-{column}", f"-{column}"):
        assert searches_only_allowed(_look(written)) and searches_only_allowed({"ordering": [written]}) and searches_only_allowed({"ordering": written})


@pytest.mark.parametrize("column", [
    *sorted(OTHERS_WORK), "draft_exists", "comment_authors", "project__title", "annotations__completed_by__email", "total_predictions",
    "predictions_score", "data", "data.", "data.__x", "data.x__regex", "data.text__iregex", "data.x__y", "data.x_", "data.x'", 'data."', "data.a;b",
    "data.x\x00", "data..x", "data.x.", "data.\\", "DATA.text", "tasks:tasks:id", "--id", 5, [["id"]], True,
])
def test_no_other_column_is_searched(column: Any) -> None:
    """Others' work, pre-labels, ways to other tables, and lookups hidden in the name of a key."""
    assert not searches_only_allowed(_look(column))
    assert not isinstance(column, str) or not is_searchable(column)


def test_where_it_is_shown_others_work_is_searched_and_drafts_never() -> None:
    """As the project's rule says."""
    assert all(is_searchable(column, True) for column in OTHERS_WORK) and not is_searchable("draft_exists", True)


@pytest.mark.parametrize("operator", ["regex", "REGEX", " regex", "iregex", "__regex", "not_regex", 5, ["regex"], {"a": 1}])
def test_regular_expressions_are_refused_however_deep(operator: Any) -> None:
    """In a filter, in a filter of a filter, in a stored tab, and in a tab's list of operators."""
    for asked in (
        _look("id", operator), _look("id", child_filter=_look("data.text", operator)["filters"]["items"][0]), {"data": _look("id", operator)},
        [_look("id", operator)], {"operator": ["contains", operator]},
    ):
        assert not searches_only_allowed(asked), asked
    assert searches_only_allowed({"operator": ["contains", "in_list"]}) and searches_only_allowed(_look("id", "equal", value={"operator": "regex"}))
