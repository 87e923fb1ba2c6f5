"""Every kind of control: from a language model's reply to what Label Studio is given; and what is refused, in words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ls_expert_plugin.ml_backend.label_config.annotation_results import reply_in
from ls_expert_plugin.ml_backend.label_config.html_text import read_page
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.label_config.prediction_format import prediction
from ls_expert_plugin.ml_backend.llm import prompt, reply_parser, reply_schema
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from tests.support.builders.label_configs import CASES, SIZE, Case

NAMES = [case.name for case in CASES]


def _strict(schema: dict[str, Any]) -> bool:
    """Every object in it requires all of its properties and allows no others."""
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    is_object = "properties" in schema
    return (not is_object or schema["required"] == list(schema["properties"]) and schema["additionalProperties"] is False) and all(map(_strict, inner))


def _numbered(result: list[dict[str, Any]], expected: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
    """Ids as the expectation has them: the number of the region, where it says one."""
    order = list(dict.fromkeys(item["id"] for item in result if "id" in item))
    made = []
    for item, wanted in zip(result, expected, strict=True):
        found = {key: value for key, value in item.items() if key not in ("id", "from_id", "to_id")}
        if "region" in wanted:
            found["region"] = order.index(item["id"])
        if "from_id" in item:
            found |= {"from_region": order.index(item["from_id"]), "to_region": order.index(item["to_id"])}
        made.append(found)
    return made


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_reply_becomes_what_label_studio_stores(case: Case) -> None:
    """The schema asked for is strict and takes the reply; nulls give no pre-label."""
    config = read(case.config)
    assert not config.refused
    questions = prompt.answerable(config, case.data)
    schema = reply_schema.schema(questions)
    check = Draft202012Validator(schema)
    assert _strict(schema) and check.is_valid(case.reply), list(check.iter_errors(case.reply))
    assert check.is_valid(dict.fromkeys(case.reply)) and not check.is_valid({**case.reply, "more": 1})
    proposed = reply_parser.answers(questions, case.data, case.reply, {"picture": SIZE})
    made = prediction(proposed.answers, "v", proposed.relations)
    assert _numbered(made["result"], case.result) == list(case.result)
    nothing = reply_parser.answers(questions, case.data, dict.fromkeys(case.reply))
    assert prediction(nothing.answers, "v", nothing.relations) == {}
    json.dumps([message.content for message in prompt.prompt(questions, case.data).messages])


# Regions are not told back, but for those in plain text.
ONE_WAY = {"a page", "a dialogue", "ranking", "ranking into buckets", "questions about each region", "relations"}


@pytest.mark.parametrize("case", [case for case in CASES if case.name not in ONE_WAY and "picture" not in case.data], ids=lambda case: case.name)
def test_what_experts_submit_is_an_example_in_the_form_of_a_reply(case: Case) -> None:
    """Read back, the pre-label is the reply again, but for what was dropped."""
    questions = prompt.answerable(read(case.config), case.data)
    proposed = reply_parser.answers(questions, case.data, case.reply)
    result = prediction(proposed.answers, "v")["result"]
    said = {key: reply_in(control, case.data, result) for key, control in questions.whole.items()}
    again = reply_parser.answers(questions, case.data, said)
    assert prediction(again.answers, "v")["result"] == result


@pytest.mark.parametrize(("name", "reply"), [
    ("number", {"q0": 11}), ("number", {"q0": 2.3}), ("date", {"q0": "2026-02-30"}), ("date", {"q0": "28.2.2026"}), ("date", {"q0": "2026-2-8"}),
    ("ranking", {"q0": ["a"]}), ("ranking", {"q0": ["a", "a"]}), ("text to write", {"q0": [" "]}), ("text to write", {"q0": []}),
    ("several choices", {"q0": []}),
    ("ranking into buckets", {"q0": {"good": ["a"], "bad": ["a"]}}), ("ranking into buckets", {"q0": {"good": [], "bad": []}}),
])
def test_a_reply_that_the_control_cannot_hold_gives_no_pre_label(name: str, reply: dict[str, Any]) -> None:
    """Out of bounds, no date, an item missing, an empty text."""
    case = next(case for case in CASES if case.name == name)
    questions = prompt.answerable(read(case.config), case.data)
    assert prediction(reply_parser.answers(questions, case.data, reply).answers, "v") == {}


def _on(inner: str) -> str:
    return f'<View><Text name="text" value="$text"/><Image name="image" value="$image"/>{inner}</View>'


@pytest.mark.parametrize(("inner", "why"), [
    ('<RectangleLabels name="x" toName="image"><Label value="a"/></RectangleLabels>', "LS_EXPERT_PRELABEL_PICTURES"),
    ('<Choices name="x" toName="image"><Choice value="a"/></Choices>', "LS_EXPERT_PRELABEL_PICTURES"),
    ('<BrushLabels name="x" toName="image"><Label value="a"/></BrushLabels>', "in a way that is not supported"),
    ('<Pairwise name="x" toName="text,image"/>', "text object"), ('<Video name="v" value="$v"/><Rating name="x" toName="v"/>', "Video objects cannot be read"),
    ('<Text name="far" value="$url" valueType="url"/><Rating name="x" toName="far"/>', "addresses are not followed"),
    ('<Text name="mix" value="Dear $name"/><Rating name="x" toName="mix"/>', "one field"),
    ('<Taxonomy name="x" toName="text" apiUrl="https://example.org"/>', "addresses are not followed"),
    ('<Choices name="x" toName="nowhere"><Choice value="a"/></Choices>', "no object"),
    ('<Choices name="x" toName="text"><Choice value="a"/><Choice value="a"/></Choices>', "written alike"),
    ('<Labels name="x" toName="text" value="$labels"/>', "come from the task"), ('<Rating name="x" toName="text" maxRating="900"/>', "between 2 and"),
    ('<Number name="x" toName="text" min="5" max="1"/>', "least"), ('<Number name="x" toName="text" min="few"/>', "no numbers"),
    ('<DateTime name="x" toName="text" format="%d.%m"/>', "form that is not known"),
    ('<Choices name="x" toName="text" perRegion="true"><Choice value="a"/></Choices>', "for each region"),
    ('<View visibleWhen="no-region-selected"><Rating name="x" toName="text"/></View>', "condition"),
    ('<HyperText name="h" value="$h"/><Labels name="x" toName="h"><Label value="a"/></Labels>', "HyperTextLabels"),
    ('<List name="l" value="$l"/><Ranker name="x" toName="l"><Bucket title="B"/></Ranker>', "buckets"),
])
def test_what_cannot_be_answered_is_refused_in_words_and_the_rest_answered(inner: str, why: str) -> None:
    """One sentence that names the control."""
    config = read(_on(inner + '<Rating name="ok" toName="text"/>')).without_pictures()
    assert [control.name for control in config.controls] == ["ok"]
    assert len(config.refused) == 1 and why in config.refused[0] and "“x”" in config.refused[0]


def test_other_buckets_are_another_version() -> None:
    """Pre-labels for the old ones would not fit."""
    config = '<View><List name="l" value="$l"/><Ranker name="x" toName="l"><Bucket name="a"/></Ranker></View>'
    recipe = PredictorSpec("some-model", "prelabel.v2")
    assert recipe.version(read(config)) != recipe.version(read(config.replace('"a"', '"b"')))


@pytest.mark.parametrize("config", ["<View>" * 3000 + "</View>" * 3000, "<View>", "<!DOCTYPE x><View/>"])
def test_a_config_that_cannot_be_read_is_refused_too(config: str) -> None:
    """Without an error."""
    assert read(config).controls == () and (len(read(config).refused) == 1 or "<View/>" not in config)


@pytest.mark.parametrize("options", [None, "a", [], [{"html": "a"}], ["a", "a"], [{"value": "a"}, 3, None]])
def test_choices_from_the_task_are_asked_where_the_task_has_them(options: object) -> None:
    """Missing, empty and repeated ones are not; a list of mixed things is read as far as it goes."""
    questions = prompt.answerable(read(_on('<Choices name="c" toName="text" value="$options"/>')), {"text": "x", "options": options})
    assert [control.labels for control in questions.whole.values()] == ([("3", "a")] if isinstance(options, list) and len(options) == 3 else [])


WORDS = st.text(alphabet="ab é😀مİß&<", min_size=1, max_size=6)
HTML = st.recursive(
    WORDS.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.builds(lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>", st.sampled_from(["p", "b", "div", "i", "li", "span"]),
                            st.lists(inner, max_size=4)),
    max_leaves=12,
)


@given(st.lists(HTML, max_size=5).map("".join), st.data())
def test_a_place_in_a_page_is_found_again(html: str, data: st.DataObject) -> None:
    """The text between two offsets has a place by paths and offsets, and that place gives the same offsets."""
    page = read_page(html)
    if not page.text:
        return
    start = data.draw(st.integers(0, len(page.text) - 1))
    end = data.draw(st.integers(start + 1, len(page.text)))
    place = page.place(start, end)
    if place is not None:
        assert page.found(place["start"], place["startOffset"], place["end"], place["endOffset"]) == (start, end)
    paths = [piece.path for piece in page.pieces]
    assert len(set(paths)) == len(paths)
