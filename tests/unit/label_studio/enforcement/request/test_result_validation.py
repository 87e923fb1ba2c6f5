"""What an expert's result must look like to be stored: what the editor sends passes, what cannot be exported again does not."""

from __future__ import annotations

from typing import Any

import pytest

from ls_expert_plugin.label_studio.enforcement.request.result_validation import controls_of, problem_with
from tests.support.builders.label_configs import CASES, Case

CONFIG = """<View><Text name="text" value="$text"/><Image name="picture" value="$image"/>
<Labels name="ner" toName="text"><Label value="DRUG"/></Labels>
<Choices name="topic" toName="text" perRegion="true"><Choice value="A"/></Choices><TextArea name="note" toName="text" perRegion="true"/>
<Polygon name="outline" toName="picture"/><Labels name="kind" toName="picture"><Label value="Car"/></Labels>
<Rectangle name="box" toName="picture"/><MagicWand name="wand" toName="picture"/><OurTag name="ours" toName="text"/>
<Chat name="talk" value="$talk"/>
<Repeater on="$pages" indexFlag="{{idx}}"><Text name="page_{{idx}}" value="$pages[{{idx}}]"/>
<Choices name="about_{{idx}}" toName="page_{{idx}}"><Choice value="A"/></Choices></Repeater></View>"""
CONTROLS = controls_of(CONFIG)


def _region(from_name: Any = "topic", to_name: Any = "text", type: Any = "choices", value: Any = None, **more: Any) -> dict[str, Any]:  # noqa: A002  # its name
    return {"from_name": from_name, "to_name": to_name, "type": type, "value": {"choices": ["A"]} if value is None else value, **more}


BOX = {"x": 1, "y": 2, "width": 3, "height": 4, "rotation": 0}
SPAN = {"start": 0, "end": 3, "text": "abc"}
# What the SDK's encode_rle makes of a picture of two pixels.
MASK = [0, 0, 0, 8, 57, 27, 252, 64, 0, 127, 128, 2, 0, 16, 0, 96, 2, 0]
CORNERS = [[1, 2], [3.5, 4], [5, 6]]


@pytest.mark.parametrize("region", [
    _region(), _region(value={**SPAN, "choices": ["A"]}, id="r1"), _region(value={"choices": []}),
    _region("note", type="textarea", value={"text": ["free text"]}), _region("note", "text", "textarea", {"text": "one"}),
    _region("ner", type="labels", value={**SPAN, "labels": ["DRUG"]}), _region("ner", type="labels", value=SPAN),
    _region("kind", "picture", "labels", {**BOX, "labels": ["Car"]}, original_width=200),
    _region("box", "picture", "rectangle", BOX),
    _region("outline", "picture", "polygon", {"points": CORNERS, "closed": True}),
    _region("wand", "picture", "brush", {"format": "rle", "rle": MASK}, original_width=2, original_height=1),
    _region("ner", type="labels", value={**SPAN, "labels": ["д" * 60, "ж" * 60]}),
    _region("ours", type="whatever", value={"any": ["thing"]}),
    _region("talk", "talk", "chatmessage", {"chatmessage": {"role": "user", "content": "Hello"}}),
    _region("about_12", "page_12"), {"type": "relation", "from_id": "r1", "to_id": "r2", "direction": "right", "labels": []},
])
def test_what_the_editor_sends_passes(region: dict[str, Any]) -> None:
    """Spans with and without a label, what belongs to a region, drawn shapes, relations, chats, repeated controls, tags of one's own."""
    assert problem_with([region], CONTROLS) is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_kind_of_pre_label_passes(case: Case) -> None:
    """As an expert submits it who leaves it as it is."""
    assert problem_with([dict(item) for item in case.result], controls_of(case.config)) is None


@pytest.mark.parametrize("result", [
    "text", {"a": 1}, ["text"], [None], [_region(from_name=None)], [_region(to_name=3)], [_region(type=None)], [_region(value="A")], [{"value": {}}],
    [_region(value={})], [_region(value={"choices": "A"})], [_region(value={"choices": 3})], [_region(value={"labels": ["A"]})],
    [_region(type="textarea", value={"text": ["A"]})], [_region("note", type="textarea", value={"choices": ["A"]})],
    [_region("note", type="choices")], [_region("gone")], [_region("a|b")], [_region(to_name="picture")], [_region(to_name="gone")],
    [_region("note", "gone", "textarea", {"text": ["A"]})], [_region("about_x", "page_1")], [_region("about_1", "text")],
    [_region("ner", type="labels", value={"start": 0, "end": "3", "labels": ["DRUG"]})],
    [_region("ner", type="labels", value={**SPAN, "labels": [5]})], [_region("ner", type="labels", value={**SPAN, "labels": "DRUG"})],
    [_region("outline", "picture", "polygon", {})], [_region("outline", "picture", "polygon", {"points": [[1, "2"]]})],
    [_region("outline", "picture", "polygon", {"points": []})], [_region("outline", "picture", "polygon", {"points": [[1e308, 1]]})],
    *([_region("box", "picture", "rectangle", {**BOX, name: value})] for name in BOX for value in ("1", None, True, 1e308, [])),
    *([_region("box", "picture", "rectangle", {key: BOX[key] for key in BOX if key != name})] for name in ("x", "y", "width", "height")),
    *([_region("kind", "picture", "labels", {**BOX, "labels": labels})] for labels in (None, [["Car"]], ["\x00"])),
    *(
        [_region("wand", "picture", "brush", {"format": "rle", "rle": MASK, "brushlabels": labels}, original_width=2, original_height=1)]
        for labels in (["x" * 151], ["x" * 80, "y" * 80])
    ),
    [_region("wand", "picture", "brush", {"format": "rle", "rle": MASK})], [_region("ner", type="labels", value={"start": "/p[1]", "end": "/p[1]"})],
    [_region(original_width=None)], [{"type": []}], [_region(original_width="wide")], [_region("gone", type="chatmessage", value={})],
    [_region(), _region(type="choice")],
], ids=str)
def test_what_could_not_be_written_out_again_is_refused(result: Any) -> None:
    """Another type than its control's, a value of another kind, a name that the label config does not have: with a sentence."""
    assert (problem_with(result, CONTROLS) or "").endswith(".")


def test_a_custom_interface_names_nothing() -> None:
    """Where the label config is empty, results bear names of their own."""
    assert problem_with([_region("mine", "mine", "anything", {"a": 1})], controls_of("<View></View>")) is None
    assert problem_with([_region("mine", "mine", "anything", "text")], controls_of("<View></View>")) is not None
    assert problem_with(None, CONTROLS) is None and problem_with([], CONTROLS) is None
