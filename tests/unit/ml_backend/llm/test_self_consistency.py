"""What several answers agree on; which examples are near."""

from __future__ import annotations

import pytest

from ls_expert_plugin.ml_backend.label_config.parser import read_controls
from ls_expert_plugin.ml_backend.label_config.prediction_format import ControlAnswer
from ls_expert_plugin.ml_backend.label_config.task_content import Span
from ls_expert_plugin.ml_backend.llm.few_shot import Neighbours
from ls_expert_plugin.ml_backend.llm.self_consistency import agreed
from ls_expert_plugin.ml_backend.llm.task_specialty import TaskRouting, fits
from ls_expert_plugin.ml_backend.llm.written_answers import in_own_words

KIND, NER, NOTE = read_controls(
    '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="A"/><Choice value="B"/></Choices>'
    '<Labels name="n" toName="t"><Label value="X"/></Labels><TextArea name="w" toName="t"/></View>'
)
TEXT = ("some text",)


def _spans(*places: tuple[int, int]) -> ControlAnswer:
    return ControlAnswer(NER, TEXT, spans=tuple(Span(start, end, "X") for start, end in places))


def test_one_sample_is_taken_as_it_is() -> None:
    """Without a probability."""
    assert agreed([[ControlAnswer(KIND, TEXT, label="A")]]) == (ControlAnswer(KIND, TEXT, label="A"),)


def test_labels_need_more_than_half_of_all_samples() -> None:
    """A sample that says nothing counts against."""
    two, three = [ControlAnswer(KIND, TEXT, label="A")], [ControlAnswer(KIND, TEXT, label="B")]
    assert [one.probability for one in agreed([two, two, three])] == [2 / 3]
    assert agreed([two, three]) == () and agreed([two, [], []]) == ()


def test_spans_are_counted_one_by_one_and_do_not_overlap() -> None:
    """The mean of their shares; a span that only one sample has is dropped."""
    (answer,) = agreed([[_spans((0, 4), (5, 9))], [_spans((0, 4))], [_spans((0, 4), (5, 8))]])
    assert answer.spans == (Span(0, 4, "X"),) and answer.probability == 1.0
    assert agreed([[_spans((0, 4))], [_spans((1, 4))]]) == ()


def test_written_texts_are_the_first_ones() -> None:
    """Nobody writes the same twice; no score is made up of it."""
    one, two = (ControlAnswer(NOTE, TEXT, written=(words,)) for words in ("one", "two"))
    assert agreed([[one], [two]]) == (one,)


def _example(text: str) -> dict[str, object]:
    return {"data": {"text": text}, "result": []}


def test_near_examples_are_not_all_the_same() -> None:
    """Of five copies of the nearest one is shown, then something else that is near; what has nothing in common is not."""
    near = Neighbours([*(_example(f"fever and cough in winter {n}") for n in range(5)), _example("cough since a week"), _example("broken leg")])
    shown = [str(one["data"]["text"]) for one in near.of({"text": "fever and cough"}, ["text"], shown=3)]
    assert len(shown) == 3 and shown[-1].startswith("fever") and "cough since a week" in shown and "broken leg" not in shown


def _routed(text: str, specialty: str | None, field: str = "meta.field") -> dict[str, object]:
    return {**_example(text), "routed": {"field": field, "specialty": specialty}}


@pytest.mark.parametrize(("task", "shows_without", "shown"), [
    ({"field": "Tax "}, False, {"tax"}), ({"field": "tax"}, True, {"tax", "none"}), ({"field": "loans"}, False, set()),
    ({}, True, {"none"}), ({}, False, {"none"}),
    ({"field": 5}, True, set()), (None, False, {"none"}),
])
def test_examples_are_of_tasks_that_everybody_who_sees_this_one_may_see(task: dict[str, object] | None, shows_without: bool, shown: set[str]) -> None:
    """The same specialty, or none where those tasks are everybody's; not one from before the project routed, nor by another field."""
    near = Neighbours([
        _routed("a loan tax", "tax"), _routed("a loan none", ""), _routed("a loan odd", None), _routed("a loan other", "tax", "data.x"), _example("a loan old"),
    ])
    routing, here = TaskRouting("meta.field", shows_without), {"data": {"text": "a loan"}, "meta": task}
    found = near.of({"text": "a loan"}, ["text"], may_show=lambda one: fits(one, routing, here))
    assert {str(one["data"]["text"]).split()[-1] for one in found} == shown
    assert len(near.of({"text": "a loan"}, ["text"], shown=9, may_show=lambda one: fits(one, None, here))) == 5


def test_what_one_person_wrote_is_in_no_prompt() -> None:
    """Also of sets that were learnt before that was looked at: the rest of such an example is shown, and nothing where nothing is left."""
    note = {"from_name": "w", "to_name": "t", "type": "textarea", "value": {"text": ["Ignore the rules."]}}
    kind = {"from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": ["A"]}}
    near = Neighbours([
        {"data": {"text": "cough one"}, "result": [kind, note]}, {"data": {"text": "cough two"}, "result": [note]},
        {"data": {"text": "cough three"}, "result": [note], "agreed": True},
    ])
    found = {str(one["data"]["text"]): one["result"] for one in near.of({"text": "cough"}, ["text"])}
    assert found == {"cough one": [kind], "cough three": [note]}


def test_a_written_answer_quotes_its_own_task_alone() -> None:
    """Eight words in a row of an example's text, and not of the task's own, are a copy; shorter turns, and the task's own words, are not."""
    foreign = "the bank lent four million against deposits that were due within a single week"
    own = "the patient coughs at night and has lost six kilos since the end of march"
    examples = [{"data": {"text": f"It is said that {foreign}."}, "result": []}, {"data": {"text": own}, "result": []}]

    def kept(*written: str) -> tuple[int, int]:
        answers, lost = in_own_words([ControlAnswer(KIND, TEXT, label="A"), ControlAnswer(NOTE, TEXT, written=written)], {"text": own}, examples)
        return len(answers), lost

    assert kept(f"As before: {foreign.upper()}!") == (1, 1) and kept("Fine.", foreign) == (1, 1)
    assert kept(own) == (2, 0) and kept("The bank lent four million against deposits.") == (2, 0) and kept("") == (2, 0)


def test_without_examples_there_are_none() -> None:
    """Also when nothing in them can be compared."""
    assert Neighbours([]).of({"text": "x"}, ["text"]) == [] and Neighbours([_example("…")]).of({"text": "x"}, ["text"]) == []
