"""Predictions held against the truth: by control and label."""

from __future__ import annotations

import pytest

from ls_expert_plugin.agreement.classification_metrics import score
from tests.unit.agreement.test_measures import answer, choice, note, span


def test_answers_are_right_or_not_and_labels_are_counted_one_by_one() -> None:
    """Of several choices each counts; a task without a prediction is wrong."""
    found = score([([choice("A")], [choice("A")]), ([choice("B")], [choice("A")]), ([], [choice("B")]), ([choice("A", "B")], [choice("A")])])["topic"]
    assert found.right == [True, False, False, False] and found.accuracy.value == 0.25
    a, b = found.labels["A"], found.labels["B"]
    assert (a.hits, a.extra, a.missed) == (2, 0, 1) and (b.hits, b.extra, b.missed) == (0, 2, 1)
    assert a.f1 == pytest.approx(0.8) and b.f1 == 0.0 and found.f1 == pytest.approx(2 * 2 / (2 * 2 + 2 + 2))


def test_regions_are_counted_each_and_a_task_is_right_when_all_are() -> None:
    """Another label in the same place is one too many and one missed."""
    found = score([
        ([span(0, 5), span(10, 15)], [span(0, 5), span(10, 15, "Disease")]), ([span(0, 6)], [span(0, 5)]), ([], []), ([span(0, 5)], []),
    ])["ner"]
    assert found.has_regions and found.right == [False, True, False]
    drug, disease = found.labels["Drug"], found.labels["Disease"]
    assert (drug.hits, drug.extra, drug.missed) == (2, 2, 0) and (disease.hits, disease.extra, disease.missed) == (0, 0, 1)


def test_each_control_for_itself_and_no_texts() -> None:
    """A rating is right or not; what is written is not scored."""
    found = score([([answer("rating", 3), note("a")], [answer("rating", 4), note("b")])])
    assert list(found) == ["a"] and found["a"].right == [False] and set(found["a"].labels) == {"3.0", "4.0"}
    assert score([]) == {} and score([([note("a")], [note("b")])]) == {}
