"""Every prediction has the shape Label Studio draws, and is checked before it leaves."""

import math

import pytest

from ls_expert_plugin.ml_backend.label_config.annotation_results import answer_in, spans_in
from ls_expert_plugin.ml_backend.label_config.controls import Control
from ls_expert_plugin.ml_backend.label_config.parser import read_controls
from ls_expert_plugin.ml_backend.label_config.prediction_format import ControlAnswer, prediction
from ls_expert_plugin.ml_backend.label_config.task_content import Span

KIND, SPAN, STARS, BETTER = read_controls(
    '<View><Text name="a" value="$a"/><Text name="b" value="$b"/>'
    '<Choices name="kind" toName="a"><Choice value="Yes"/><Choice value="No"/></Choices>'
    '<Labels name="span" toName="a"><Label value="X"/><Label value="Y"/></Labels>'
    '<Rating name="stars" toName="a"/><Pairwise name="better" toName="a,b"/></View>'
)
TEXT = "😀 abc def"


def _spans(*spans: Span) -> ControlAnswer:
    return ControlAnswer(SPAN, (TEXT,), spans=spans, probability=0.9)


def test_each_kind_of_answer_has_label_studios_shape() -> None:
    """Choices, spans, ratings and comparisons as Label Studio 1.23 stores them; a comparison belongs to its first text."""
    made = prediction([
        ControlAnswer(KIND, (TEXT,), label="Yes", probability=0.5), _spans(Span(2, 5, "X"), Span(6, 9, "Y")),
        ControlAnswer(STARS, (TEXT,), label="4", probability=0.4), ControlAnswer(BETTER, (TEXT, "other"), label="right", probability=0.8),
    ], "v1")
    ids = [item.pop("id") for item in made["result"]]
    assert made["result"] == [
        {"from_name": "kind", "to_name": "a", "type": "choices", "value": {"choices": ["Yes"]}},
        {"from_name": "span", "to_name": "a", "type": "labels", "value": {"start": 2, "end": 5, "text": "abc", "labels": ["X"]}},
        {"from_name": "span", "to_name": "a", "type": "labels", "value": {"start": 6, "end": 9, "text": "def", "labels": ["Y"]}},
        {"from_name": "stars", "to_name": "a", "type": "rating", "value": {"rating": 4}},
        {"from_name": "better", "to_name": "a", "type": "pairwise", "value": {"selected": "right"}},
    ]
    assert len(set(ids)) == 5
    assert (made["model_version"], made["score"]) == ("v1", 0.65)


def test_what_we_propose_can_be_learnt_from_when_submitted() -> None:
    """A pre-label that an expert submits as it is reads back as the same answer."""
    proposed = [ControlAnswer(KIND, (TEXT,), label="No"), _spans(Span(2, 5, "X")), ControlAnswer(STARS, (TEXT,), label="2")]
    made = prediction(proposed, "v1")["result"]
    assert (answer_in(KIND, made), spans_in(SPAN, TEXT, made), answer_in(STARS, made)) == ("No", (Span(2, 5, "X"),), "2")


def test_nothing_to_propose_is_an_empty_object() -> None:
    """Label Studio would store an empty list of results and never ask again."""
    assert prediction([], "v1") == {}
    assert prediction([_spans(), ControlAnswer(KIND, (TEXT,))], "v1") == {}


def test_a_score_that_nobody_knows_is_left_out() -> None:
    """A language model does not say how sure it is, so no number is made up."""
    assert "score" not in prediction([ControlAnswer(KIND, (TEXT,), label="Yes")], "v1")


@pytest.mark.parametrize("answer", [
    ControlAnswer(KIND, (TEXT,), label="Maybe"),
    ControlAnswer(STARS, (TEXT,), label="6"),
    ControlAnswer(KIND, (TEXT,), label="Yes", probability=math.nan),
    ControlAnswer(KIND, (TEXT,), label="Yes", probability=1.5),
    _spans(Span(2, 5, "Z")),
    _spans(Span(2, 6, "X"), Span(5, 9, "Y")),
    _spans(Span(5, 20, "X")),
    _spans(Span(5, 5, "X")),
    _spans(Span(-1, 2, "X")),
])
def test_a_wrong_answer_does_not_leave(answer: ControlAnswer) -> None:
    """Unknown labels, impossible scores, and spans that overlap or leave the text are stopped."""
    with pytest.raises(ValueError):
        prediction([answer], "v1")


@pytest.mark.parametrize("value", [
    {"start": 0, "end": 99, "labels": ["X"]}, {"start": 5, "end": 2, "labels": ["X"]}, {"start": 2, "end": 5, "labels": []},
    {"start": 2, "end": 5, "labels": ["Z"]}, {"start": 2, "end": 5, "labels": ["X"], "text": "abd"},
    {"start": "2", "end": 5, "labels": ["X"]},
])
def test_impossible_spans_are_not_learnt_from(value: dict[str, object]) -> None:
    """An annotation made elsewhere, with offsets that do not fit this text, is left out."""
    item = {"from_name": "span", "to_name": "a", "type": "labels", "value": value}
    assert spans_in(SPAN, TEXT, [item, "nonsense", {"from_name": "span", "type": "labels"}]) == ()


def test_a_control_is_told_from_one_of_another_type() -> None:
    """An item of the same name but another type is no answer: the control was something else then."""
    control = Control("kind", "rating", ("a",), ("a",), ("1", "2"))
    assert answer_in(control, [{"from_name": "kind", "type": "choices", "value": {"choices": ["1"]}}]) is None
