"""What several answers agree on; which examples are near."""

from __future__ import annotations

from ls_expert_plugin.ml_backend.annotated import Span
from ls_expert_plugin.ml_backend.consensus import agreed
from ls_expert_plugin.ml_backend.label_config import read_controls
from ls_expert_plugin.ml_backend.neighbours import Neighbours
from ls_expert_plugin.ml_backend.predictions import Answer

KIND, NER, NOTE = read_controls(
    '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="A"/><Choice value="B"/></Choices>'
    '<Labels name="n" toName="t"><Label value="X"/></Labels><TextArea name="w" toName="t"/></View>'
)
TEXT = ("some text",)


def _spans(*places: tuple[int, int]) -> Answer:
    return Answer(NER, TEXT, spans=tuple(Span(start, end, "X") for start, end in places))


def test_one_sample_is_taken_as_it_is() -> None:
    """Without a probability."""
    assert agreed([[Answer(KIND, TEXT, label="A")]]) == (Answer(KIND, TEXT, label="A"),)


def test_labels_need_more_than_half_of_all_samples() -> None:
    """A sample that says nothing counts against."""
    two, three = [Answer(KIND, TEXT, label="A")], [Answer(KIND, TEXT, label="B")]
    assert [one.probability for one in agreed([two, two, three])] == [2 / 3]
    assert agreed([two, three]) == () and agreed([two, [], []]) == ()


def test_spans_are_counted_one_by_one_and_do_not_overlap() -> None:
    """The mean of their shares; a span that only one sample has is dropped."""
    (answer,) = agreed([[_spans((0, 4), (5, 9))], [_spans((0, 4))], [_spans((0, 4), (5, 8))]])
    assert answer.spans == (Span(0, 4, "X"),) and answer.probability == 1.0
    assert agreed([[_spans((0, 4))], [_spans((1, 4))]]) == ()


def test_written_texts_are_the_first_ones() -> None:
    """Nobody writes the same twice; no score is made up of it."""
    assert agreed([[Answer(NOTE, TEXT, written=("one",))], [Answer(NOTE, TEXT, written=("two",))]]) == (Answer(NOTE, TEXT, written=("one",)),)


def _example(text: str) -> dict[str, object]:
    return {"data": {"text": text}, "result": []}


def test_near_examples_are_not_all_the_same() -> None:
    """Of five copies of the nearest one is shown, then something else that is near; what has nothing in common is not."""
    near = Neighbours([*(_example(f"fever and cough in winter {n}") for n in range(5)), _example("cough since a week"), _example("broken leg")])
    shown = [str(one["data"]["text"]) for one in near.of({"text": "fever and cough"}, ["text"], shown=3)]
    assert len(shown) == 3 and shown[-1].startswith("fever") and "cough since a week" in shown and "broken leg" not in shown


def test_without_examples_there_are_none() -> None:
    """Also when nothing in them can be compared."""
    assert Neighbours([]).of({"text": "x"}, ["text"]) == [] and Neighbours([_example("…")]).of({"text": "x"}, ["text"]) == []
