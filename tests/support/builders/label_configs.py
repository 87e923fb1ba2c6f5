"""Label configs of every kind that gets pre-labels: a task, a reply of a language model, and what Label Studio is given for it.

Used where replies are read, and where a browser opens the pre-label and submits it.
"""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

TEXT = "😀 Gave Aspirin to Ann, then aspirin again."
NOTE = '<Text name="text" value="$text"/>'


@dataclass(frozen=True)
class Case:
    """``result`` is what is expected, without ids; items about one region have the same number under ``region``."""

    name: str
    config: str
    data: dict[str, Any]
    reply: dict[str, Any]
    result: tuple[dict[str, Any], ...]


def _case(name: str, inner: str, reply: dict[str, Any], *result: dict[str, Any], **data: Any) -> Case:
    return Case(name, f"<View>{NOTE}{inner}</View>", {"text": TEXT, **data}, reply, result)


def _item(name: str, kind: str, value: dict[str, Any], to_name: str = "text", **more: Any) -> dict[str, Any]:
    return {"from_name": name, "to_name": to_name, "type": kind, "value": value, **more}


LABELS = '<Labels name="ner" toName="text"><Label value="DRUG"/><Label value="PERSON"/></Labels>'
ASPIRIN = {"start": 7, "end": 14, "text": "Aspirin"}
AGAIN = {"start": 28, "end": 35, "text": "aspirin"}
ANN = {"start": 18, "end": 21, "text": "Ann"}
PAGE = "<h1>Note</h1><p>😀 Gave <b>As😀pi</b>rin &amp; more.</p><table><tr><td>Dose<td>5 mg</table>"
TALK = [{"author": "Ann", "text": "Hello there."}, {"author": "Ben", "text": "I took aspirin 😀 twice."}]

STAMP = {"x": 10, "y": 20.5, "width": 30, "height": 25, "rotation": 0}
DRAWN = {"original_width": 200, "original_height": 100, "image_rotation": 0}
SIZE = (200, 100)


def _picture() -> str:
    """A drawing as it may stand in a task."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize(SIZE).save(made, "PNG")
    return f"data:image/png;base64,{base64.b64encode(made.getvalue()).decode()}"


PICTURE = _picture()

CASES = (
    _case("single choice", '<Choices name="c" toName="text"><Choice value="A" alias="a"/><Choice value="B"/></Choices>', {"q0": "a"},
          _item("c", "choices", {"choices": ["a"]})),
    _case("several choices",
          '<Choices name="c" toName="text" choice="multiple"><Choice value="A"/><Choice value="B"/><Choice value="C"/></Choices>',
          {"q0": ["C", "A"]}, _item("c", "choices", {"choices": ["A", "C"]})),
    _case("nested choices", '<Choices name="c" toName="text" choice="multiple" allowNested="true"><Choice value="A"><Choice value="x"/>'
          '<Choice value="y"/></Choice><Choice value="B"/></Choices>', {"q0": ["A > y", "B"]},
          _item("c", "choices", {"choices": [["A", "y"], ["B"]]})),
    _case("choices from the task", '<Choices name="c" toName="text" value="$options"/>', {"q0": "two"},
          _item("c", "choices", {"choices": ["two"]}), options=[{"value": "one"}, {"value": "two"}]),
    _case("taxonomy", '<Taxonomy name="t" toName="text"><Choice value="A"><Choice value="x"/><Choice value="y"/></Choice><Choice value="B"/></Taxonomy>',
          {"q0": ["A > x", "B"]}, _item("t", "taxonomy", {"taxonomy": [["A", "x"], ["B"]]})),
    _case("labels", LABELS, {"q0": [{"quote": "aspirin", "label": "DRUG"}, {"quote": "Aspirin", "label": "DRUG"}, {"quote": "Ann", "label": "PERSON"},
                                    {"quote": "nowhere", "label": "DRUG"}]},
          *(_item("ner", "labels", {**where, "labels": [label]}) for where, label in ((ASPIRIN, "DRUG"), (ANN, "PERSON"), (AGAIN, "DRUG")))),
    _case("questions about each region", LABELS + '<Choices name="how" toName="text" perRegion="true" whenTagName="ner" whenLabelValue="DRUG" '
          'visibleWhen="region-selected"><Choice value="oral"/><Choice value="other"/></Choices>',
          {"q0": [{"quote": "Aspirin", "label": "DRUG", "r1": "oral"}, {"quote": "Ann", "label": "PERSON", "r1": "oral"}]},
          _item("ner", "labels", {**ASPIRIN, "labels": ["DRUG"]}, region=0), _item("how", "choices", {**ASPIRIN, "choices": ["oral"]}, region=0),
          _item("ner", "labels", {**ANN, "labels": ["PERSON"]}, region=1)),
    _case("relations", LABELS + '<Relations><Relation value="given to"/></Relations>',
          {"q0": [{"quote": "Aspirin", "label": "DRUG", "n": 5}, {"quote": "Ann", "label": "PERSON", "n": 2}],
           "relations": [{"from": 5, "to": 2, "label": "given to"}, {"from": 5, "to": 9, "label": None}]},
          _item("ner", "labels", {**ASPIRIN, "labels": ["DRUG"]}, region=0), _item("ner", "labels", {**ANN, "labels": ["PERSON"]}, region=1),
          {"type": "relation", "from_region": 0, "to_region": 1, "direction": "right", "labels": ["given to"]}),
    _case("a page",
          '<HyperText name="page" value="$page"/><HyperTextLabels name="h" toName="page"><Label value="DRUG"/><Label value="DOSE"/></HyperTextLabels>',
          {"q0": [{"quote": "pirin & more", "label": "DRUG"}, {"quote": "5 mg", "label": "DOSE"}]},
          _item("h", "hypertextlabels", {"start": "/p[1]/b[1]/text()[1]", "end": "/p[1]/text()[2]", "startOffset": 4, "endOffset": 10,
                                         "text": "pirin & more", "hypertextlabels": ["DRUG"]}, "page"),
          _item("h", "hypertextlabels", {"start": "/table[1]/tbody[1]/tr[1]/td[2]/text()[1]", "end": "/table[1]/tbody[1]/tr[1]/td[2]/text()[1]",
                                         "startOffset": 0, "endOffset": 4, "text": "5 mg", "hypertextlabels": ["DOSE"]}, "page"), page=PAGE),
    _case("a dialogue",
          '<Paragraphs name="talk" value="$talk" layout="dialogue"/><ParagraphLabels name="p" toName="talk"><Label value="DRUG"/></ParagraphLabels>',
          {"q0": [{"utterance": 1, "quote": "aspirin 😀", "label": "DRUG"}, {"utterance": 7, "quote": "aspirin", "label": "DRUG"}]},
          _item("p", "paragraphlabels", {"start": "1", "end": "1", "startOffset": 7, "endOffset": 17, "text": "aspirin 😀", "paragraphlabels": ["DRUG"]},
                "talk"), talk=TALK),
    _case("rating", '<Rating name="r" toName="text" maxRating="4"/>', {"q0": "3"}, _item("r", "rating", {"rating": 3})),
    _case("number", '<Number name="n" toName="text" min="0" max="10" step="0.5"/>', {"q0": 2.5}, _item("n", "number", {"number": 2.5})),
    _case("date", '<DateTime name="d" toName="text" only="date"/>', {"q0": "2026-02-28"}, _item("d", "datetime", {"datetime": "2026-02-28"})),
    _case("text to write", '<TextArea name="w" toName="text" maxSubmissions="1"/>', {"q0": ["One drug.", "More."]},
          _item("w", "textarea", {"text": ["One drug."]})),
    _case("comparison", '<Text name="other" value="$other"/><Pairwise name="b" toName="text,other"/>', {"q0": "right"},
          _item("b", "pairwise", {"selected": "right"}), other="Another text."),
    _case("ranking", '<List name="list" value="$list"/><Ranker name="rank" toName="list"/>', {"q0": ["b", "a"]},
          _item("rank", "ranker", {"ranker": {"rank": ["b", "a"]}}, "list"), list=[{"id": "a", "title": "A"}, {"id": "b", "title": "B", "body": "better"}]),
    _case("ranking into buckets", '<List name="list" value="$list"/><Ranker name="rank" toName="list"><Bucket name="good" title="Good ones"/>'
          '<Bucket name="bad"/></Ranker>', {"q0": {"good": ["c", "a"], "bad": ["b"]}},
          _item("rank", "ranker", {"ranker": {"good": ["c", "a"], "bad": ["b"]}}, "list"), list=[{"id": one, "title": one.upper()} for one in "abc"]),
    _case("boxes in a picture",
          '<Image name="picture" value="$picture"/><RectangleLabels name="box" toName="picture"><Label value="STAMP"/><Label value="SEAL"/></RectangleLabels>'
          '<Choices name="state" toName="picture" perRegion="true"><Choice value="legible"/><Choice value="faded"/></Choices>'
          '<Choices name="kind" toName="picture"><Choice value="letter"/><Choice value="bill"/></Choices>',
          {"q0": [{"x": 10, "y": 20.5, "width": 30, "height": 25, "label": "STAMP", "r1": "faded"},
                  {"x": 60, "y": 50, "width": 40.4, "height": 30, "label": "SEAL", "r1": None},
                  {"x": 60, "y": 90, "width": 10, "height": 30, "label": "SEAL", "r1": None}], "q2": "letter"},
          _item("box", "rectanglelabels", {**STAMP, "rectanglelabels": ["STAMP"]}, "picture", **DRAWN, region=0),
          _item("state", "choices", {**STAMP, "choices": ["faded"]}, "picture", **DRAWN, region=0),
          _item("box", "rectanglelabels", {"x": 60, "y": 50, "width": 40, "height": 30, "rotation": 0, "rectanglelabels": ["SEAL"]}, "picture",
                **DRAWN, region=1),
          _item("kind", "choices", {"choices": ["letter"]}, "picture"), picture=PICTURE),
    _case("a condition that is met, and one that is not",
          '<Choices name="c" toName="text"><Choice value="yes"/><Choice value="no"/></Choices>'
          '<View visibleWhen="choice-selected" whenTagName="c" whenChoiceValue="yes"><Rating name="r" toName="text"/></View>'
          '<View visibleWhen="choice-selected" whenTagName="c" whenChoiceValue="no"><TextArea name="w" toName="text"/></View>',
          {"q0": "yes", "q1": "2", "q2": ["why"]}, _item("c", "choices", {"choices": ["yes"]}), _item("r", "rating", {"rating": 2})),
)
