"""How far two results agree: answers, regions of each kind, and the edits between them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_expert_plugin.agreement.measures import agreement, by_control, changes, is_right

Result = list[dict[str, Any]]


def choice(*values: str, name: str = "topic") -> dict[str, Any]:
    return {"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": list(values)}}


def span(start: int, end: int, label: str = "Drug", **more: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": "x", "labels": [label]}
    return {"from_name": "ner", "to_name": "text", "type": "labels", "id": f"r{start}", "value": value, **more}


def note(text: str) -> dict[str, Any]:
    return {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": [text]}}


def answer(kind: str, value: Any) -> dict[str, Any]:
    return {"from_name": "a", "to_name": "text", "type": kind, "value": {kind: value}}


def paragraph(element: str, start: int, end: int) -> dict[str, Any]:
    value = {"start": element, "end": element, "startOffset": start, "endOffset": end, "paragraphlabels": ["Who"]}
    return {"from_name": "p", "to_name": "talk", "type": "paragraphlabels", "id": "p", "value": value}


def html(start: int, end: int) -> dict[str, Any]:
    value = {
        "start": "/div[1]/text()[1]", "end": "/div[1]/text()[1]", "startOffset": 0, "endOffset": 3, "globalOffsets": {"start": start, "end": end},
        "hypertextlabels": ["Drug"],
    }
    return {"from_name": "h", "to_name": "page", "type": "hypertextlabels", "id": "h", "value": value}


def box(x: float, width: float, label: str = "Hand") -> dict[str, Any]:
    value = {"x": x, "y": 0, "width": width, "height": 10, "rotation": 0, "rectanglelabels": [label]}
    return {"from_name": "b", "to_name": "image", "type": "rectanglelabels", "id": f"b{x}", "value": value}


SAME: list[tuple[Result, Result]] = [
    ([choice("A", "B")], [choice("B", "A")]),
    ([answer("taxonomy", [["a", "b"], ["c"]])], [answer("taxonomy", [["c"], ["a", "b"]])]),
    ([answer("rating", 4)], [answer("rating", 4.0)]), ([answer("number", 2)], [answer("number", 2.0)]), ([answer("datetime", "2026-01-02")],) * 2,
    ([span(0, 5), span(9, 12)], [span(9, 12), span(0, 5)]), ([span(0, 10)], [span(1, 10)]),
    ([paragraph("1", 0, 5)], [paragraph("1", 0, 6)]), ([html(3, 9)], [html(3, 10)]), ([box(0, 10)], [box(1, 10)]),
    ([choice("A"), note("one")], [choice("A"), note("other")]),
]
OTHERS: list[tuple[Result, Result]] = [
    ([choice("A")], [choice("B")]), ([choice("A")], [choice("A", "B")]), ([choice("A")], []),
    ([answer("taxonomy", [["a", "b"]])], [answer("taxonomy", [["a"]])]),
    ([answer("rating", 4)], [answer("rating", 5)]), ([span(0, 5)], [span(0, 5, "Disease")]), ([span(0, 5)], [span(5, 9)]), ([span(0, 5)], []),
    ([span(0, 5), span(6, 9)], [span(0, 5)]), ([paragraph("1", 0, 5)], [paragraph("2", 0, 5)]), ([html(3, 9)], [html(30, 39)]),
    ([box(0, 10)], [box(0, 10, "Foot")]), ([box(0, 10)], [box(8, 10)]), ([answer("ranker", {"best": ["1", "2"]})], [answer("ranker", {"best": ["2", "1"]})]),
    ([answer("selected", "left")], [answer("selected", "right")]),
]


@pytest.mark.parametrize(("mine", "theirs"), SAME)
def test_the_same_in_other_words_is_right(mine: Result, theirs: Result) -> None:
    """Order, kind of number, text and small shifts do not count."""
    assert is_right(mine, theirs) and is_right(theirs, mine)


@pytest.mark.parametrize(("mine", "theirs"), OTHERS)
def test_what_differs_is_not_right(mine: Result, theirs: Result) -> None:
    """Another answer, another label, another place, one too many, none."""
    assert is_right(mine, theirs) is False and is_right(theirs, mine) is False


def test_nothing_to_compare_is_no_verdict() -> None:
    """Text alone, or nothing at all."""
    assert is_right([note("a")], [note("b")]) is None and agreement([], []) is None


def test_agreement_is_the_mean_over_the_controls() -> None:
    """One control right, one with half of its regions: F1 is 2·1/(2+2)."""
    mine, theirs = [choice("A"), span(0, 5), span(10, 20)], [choice("A"), span(0, 5), span(30, 40)]
    assert by_control(mine, theirs) == {"ner": 0.5, "topic": 1.0} and agreement(mine, theirs) == 0.75
    assert by_control([choice("A")], [choice("A", name="other")]) == {"other": 0.0, "topic": 0.0}


def test_one_region_is_paired_once() -> None:
    """Ten copies of a region are one hit and nine mistakes."""
    assert by_control([span(0, 5)] * 10, [span(0, 5)]) == {"ner": pytest.approx(2 / 11)}


@pytest.mark.parametrize(("before", "after", "edits"), [
    ([choice("A"), span(0, 5)], [choice("A"), span(0, 5)], 0), ([choice("A")], [choice("B")], 1), ([], [choice("B")], 1),
    ([span(0, 5)], [span(0, 6)], 1), ([span(0, 5)], [span(0, 5, "Disease")], 2), ([span(0, 5), span(8, 9)], [span(0, 5)], 1),
    ([span(0, 5), span(0, 5)], [span(0, 5)], 1), ([note("a")], [note("b")], 1),
    ([{**span(0, 5), "id": "x"}], [span(0, 5)], 0),
])
def test_edits_are_counted_as_somebody_made_them(before: Result, after: Result, edits: int) -> None:
    """A moved region is one; a region's id is none."""
    assert changes(before, after) == edits


ITEMS = st.one_of(
    st.builds(choice, st.sampled_from("AB"), name=st.sampled_from(["t", "u"])), st.builds(note, st.sampled_from("ab")),
    st.builds(lambda start, length, label: span(start, start + length, label), st.integers(0, 20), st.integers(1, 8), st.sampled_from(["Drug", "Disease"])),
    st.builds(box, st.integers(0, 50), st.integers(1, 20)),
)


@given(st.lists(ITEMS, max_size=6), st.lists(ITEMS, max_size=6))
def test_agreement_is_mutual_and_no_edits_mean_full_agreement(mine: Result, theirs: Result) -> None:
    """Whatever the results are."""
    assert agreement(mine, theirs) == agreement(theirs, mine) and changes(mine, theirs) == changes(theirs, mine)
    assert changes(mine, mine) == 0 and agreement(mine, mine) in (None, 1.0)
    if changes(mine, theirs) == 0:
        assert agreement(mine, theirs) in (None, 1.0)


@pytest.mark.parametrize("item", [{}, {"value": None}, {"from_name": "a", "type": "labels", "value": []},
                                  {"from_name": 3, "type": "choices", "value": {}},
                                  {"from_name": "a", "type": "labels", "value": {"start": "0", "end": None, "labels": 3}},
                                  {"type": "relation", "from_id": "a"}])
def test_what_cannot_be_read_does_not_stop_the_rest(item: dict[str, Any]) -> None:
    """Results come from people, imports and models."""
    assert by_control([item, choice("A")], [choice("A")])["topic"] == 1.0
