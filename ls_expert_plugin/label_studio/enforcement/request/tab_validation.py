"""Validation of an expert's tab of the Data Manager, by the types that its page gives it, before it is stored. Pure.

Everybody in a project is sent all of its tabs, and the page reads each of them before it shows any: one whose list of hidden columns is a number,
whose title is an object, or which bears another's number, keeps managers and colleagues from opening the Data Manager at all. Label Studio 1.23.2
stores whatever it is sent. Fields and types are those of ``stores/Tabs/tab.js`` and ``store.js`` of its page, and ``data_manager/serializers.py``.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

# Of the body: what the page sends. Not ``filter_group``, which Label Studio makes of ``data.filters``: in it a filter might name one of another tab.
TAB_FIELDS = frozenset({"id", "project", "data"})
MAX_TITLE = 200
# Those that the page knows; any other ends its reading of all tabs. Regular expressions are refused with other searches, after this.
_OPERATORS = "^(contains|not_contains|in|not_in|equal|not_equal|less|greater|less_or_equal|greater_or_equal|empty)$|(?i:regex)"
# The page drops filters on columns that a project does not have, but not inside others; any project has those that are not of its data.
_CHILD = "^filter:tasks:[a-z]+(_[a-z]+)*$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Range(_Part):
    min: str | bool | int | float | None
    max: str | bool | int | float | None


class _Choice(_Part):
    value: str | bool | int | float
    title: str | bool | int | float
    color: str | None = None


class _Choices(_Part):
    items: list[str | bool | int | float | _Choice]
    multiple: bool | None = None


class _Look(_Part):
    filter: str
    operator: str = Field("", pattern=_OPERATORS)
    type: str = ""
    # Without one Label Studio stores an empty object, which the page cannot read.
    value: str | bool | int | float | list[str | bool | int | float] | _Range | _Choices | None


class _Child(_Look):
    filter: str = Field(pattern=_CHILD)


class _Filter(_Look):
    child_filter: _Child | None = None


class _Filters(_Part):
    conjunction: Literal["and", "or"] = "and"
    items: list[_Filter] = Field(default_factory=list)


class _HiddenColumns(_Part):
    explore: list[str] = Field(default_factory=list)
    labeling: list[str] = Field(default_factory=list)


class _Selected(_Part):
    all: bool = False
    included: list[int] = Field(default_factory=list)
    excluded: list[int] = Field(default_factory=list)


class _Threshold(_Part):
    min: float | None = None
    max: float | None = None


class _Tab(_Part):
    title: str = Field("", max_length=MAX_TITLE)
    type: Literal["list", "grid"] = "list"
    target: Literal["tasks", "annotations"] = "tasks"
    ordering: list[str] = Field(default_factory=list)
    filters: _Filters = Field(default_factory=_Filters)
    hiddenColumns: _HiddenColumns | None = None
    columnsWidth: dict[str, float | None] = Field(default_factory=dict)
    columnsDisplayType: dict[str, str | None] = Field(default_factory=dict)
    gridWidth: float = 4
    gridFitImagesToWidth: bool = False
    selectedItems: _Selected = Field(default_factory=_Selected)
    semantic_search: list[dict[str, Any] | str] = Field(default_factory=list)
    threshold: _Threshold | None = None
    agreement_selected: dict[str, Any] = Field(default_factory=dict)


def problem_with_tab(data: Any) -> str | None:
    """A sentence on the first thing that the page could not read; None: it may be stored. ``data``: that of the call, parsed."""
    try:
        _Tab.model_validate(data)
    except ValidationError as problem:
        first = problem.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"A tab's {'.'.join(map(str, ('data', *first['loc'])))[:80]} is not as the Data Manager writes it: {first['msg']}."
    return None
