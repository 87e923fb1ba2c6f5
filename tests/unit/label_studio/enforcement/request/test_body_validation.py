"""What bodies of experts may be: types, files, values that can be written out again, truth, times."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_expert_plugin.label_studio.enforcement.request.body_validation import (
    MAX_LEAD_TIME_S,
    Body,
    BodyRefused,
    check,
    check_type,
    is_lead_time,
    is_untrue,
    is_writable,
    stated_size,
    unknown_fields,
)
from tests.support.adversarial.crawl import UNTRUE, odd_types

_ANY_TEXT = st.text(st.characters(exclude_categories=()))
_ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(_ANY_TEXT, inner), max_leaves=12,
)


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_three_types_pass_in_utf_8(media_type: str) -> None:
    """As the framework has parsed them, in small letters and without parameters."""
    for charset in ("utf-8", "UTF8"):
        check_type(media_type, charset)
    for charset in ("utf-7", "utf-16", "latin-1", ""):
        with pytest.raises(BodyRefused) as refused:
            check_type(media_type, charset)
        assert refused.value.status == 415


def test_no_other_type_passes() -> None:
    """No wildcard, nothing that merely looks like one of the three, and not none."""
    for kind, _ in (*odd_types({"a": 1}), ("", "")):
        media_type, _, parameters = kind.partition(";")
        charset = parameters.partition("charset=")[2] or "utf-8"
        with pytest.raises(BodyRefused):
            check_type(media_type.strip().lower(), charset)


@given(_ANY_JSON)
def test_what_passes_can_be_written(value: Any) -> None:
    """As JSON in UTF-8, and read again it is the same."""
    try:
        check(Body((("result", value),)))
    except BodyRefused:
        assert not is_writable(value) or isinstance(value, str)
        return
    assert json.loads(json.dumps(value, ensure_ascii=False, allow_nan=False).encode()) == value


@pytest.mark.parametrize("value", [
    "\ud800", {"a": ["\udfff"]}, {"\ud800": 1}, math.inf, [-math.inf], math.nan, '["\\ud800"]', ' {"a": 1e400}', "[NaN]", '"\\udfff"',
    2**63, -2**63 - 1, 10**400, [{"value": {"start": 2**63}}], '[{"value": {"end": 9223372036854775808}}]',
])
def test_halves_of_characters_and_numbers_without_end_are_refused(value: Any) -> None:
    """Nor integers beyond 64 bits, at which every export ends. In JSON and in forms; in a text that is JSON too, for Label Studio reads it."""
    for is_form in (False, True):
        with pytest.raises(BodyRefused) as refused:
            check(Body((("result", value),), is_form))
        assert refused.value.status == 400


@pytest.mark.parametrize("value", [
    "NaN", "Infinity", "1e400", "A text with \\ud800 in it", "[not JSON", '{"a": ', "😀", "\x00", "9" * 400, -2**63, 2**63 - 1, 1e300, "", None, [],
])
def test_a_text_that_only_looks_so_passes(value: Any) -> None:
    """A person may be called NaN, and an annotation may quote it."""
    check(Body((("first_name", value), ("result", [{"value": {"text": value}}]))))


@pytest.mark.parametrize(("value", "is_time"), [
    (0, True), (0.0, True), (3.2, True), (MAX_LEAD_TIME_S, True), (None, True), ("3.2", True), (-0.1, False), (MAX_LEAD_TIME_S + 1, False), (1e308, False),
    (math.inf, False), (math.nan, False), ("nan", False), ("1e400", False), ("-inf", False), (10**400, False), ("x", True), ([], True), ({"a": 1}, True),
])
def test_lead_time_is_in_bounds(value: Any, is_time: bool) -> None:
    """Read as Label Studio reads it; what is no number is its to refuse."""
    assert is_lead_time(value) is is_time


def test_a_file_counts_by_its_name_and_is_refused_where_none_is_meant() -> None:
    """The value of a file is its name and size; only where files are taken it passes, whatever it is called."""
    body = Body((("ground_truth", ("a.png", 3)),), True, frozenset({"ground_truth"}))
    with pytest.raises(BodyRefused):
        check(body)
    check(body, takes_files=True)


@pytest.mark.parametrize("value", UNTRUE)
def test_no_is_said_by_json_alone(value: Any) -> None:
    """Every text and every empty thing is a yes."""
    assert not is_untrue(value, is_form=False) and not is_untrue(value, is_form=True)


def test_false_and_null_say_no_and_never_in_a_form() -> None:
    """A form has texts alone."""
    assert [is_untrue(value, is_form) for value in (False, None) for is_form in (False, True)] == [True, False, True, False]
    assert not is_untrue(0, False)


def test_unknown_fields_are_named() -> None:
    """Once each, in order."""
    assert unknown_fields(Body((("username", 1), ("first_name", 2), ("id", 3), ("id", 4))), {"first_name"}) == ["id", "username"]


@pytest.mark.parametrize(("header", "size"), [(None, 0), ("", 0), ("12", 12), (" 12 ", 12), ("twelve", 0), ("1e3", 0), ("0x10", 0)])
def test_a_length_that_is_no_number_is_none(header: str | None, size: int) -> None:
    """Django reads nothing of such a body; nor is the call answered with an error of ours."""
    assert stated_size(header) == size
