"""Asks a language model for the answers to a task: the prompt, the schema of the reply, and reading the reply.

The task's texts are data, sent as a JSON string apart from the instructions. The reply is a proposal: labels are checked
against the label config, and quotes that are not in the text are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ls_expert_plugin.llm.port import Prompt
from ls_expert_plugin.llm.prompts import prompt_from_file
from ls_expert_plugin.ml_backend.annotated import Span, texts_of
from ls_expert_plugin.ml_backend.label_config import Control
from ls_expert_plugin.ml_backend.offsets import locate
from ls_expert_plugin.ml_backend.predictions import Answer

PROMPT_VERSION = "prelabel.v1"
MAX_TOKENS = 2000
# Longer texts cost more than a pre-label is worth, and replies about them get cut off.
MAX_TEXT_CHARS = 40_000


def answerable(controls: Sequence[Control], data: object) -> dict[str, Control]:
    """The controls worth asking about for this task, by the key they have in prompt and reply."""
    asked: dict[str, Control] = {}
    for number, control in enumerate(controls):
        texts = texts_of(control, data)
        if texts is not None and sum(map(len, texts)) <= MAX_TEXT_CHARS:
            asked[f"q{number}"] = control
    return asked


def prompt(asked: Mapping[str, Control], data: Mapping[str, Any]) -> Prompt:
    """The question to the model, all controls of one task at once."""
    questions = [
        {"key": key, "texts": control.to_name, "name": control.name, "kind": control.kind, "labels": _labels(control)}
        for key, control in asked.items()
    ]
    shown = {name: data[field] for each in asked.values() for name, field in zip(each.to_name, each.data_keys, strict=True)}
    about = {"questions": questions, "texts": shown}
    return prompt_from_file("ls_expert_plugin.ml_backend", PROMPT_VERSION, "ml_backend.prelabel", about, max_tokens=MAX_TOKENS)


def schema(asked: Mapping[str, Control]) -> dict[str, Any]:
    """JSON Schema of the reply, strict: every key required, nothing else allowed."""
    return _object({key: _schema_of(control) for key, control in asked.items()})


def answers(asked: Mapping[str, Control], data: Mapping[str, Any], reply: Mapping[str, Any]) -> list[Answer]:
    """The usable answers in a reply that fits ``schema``. How sure the model was, nobody knows: no probability."""
    made = []
    for key, control in asked.items():
        texts, said = texts_of(control, data), reply.get(key)
        if texts is None or said is None:
            continue
        if control.kind == "labels":
            made.append(Answer(control, texts, spans=_spans(control, texts[0], said)))
        elif said in control.labels:
            made.append(Answer(control, texts, label=said))
    return made


def _labels(control: Control) -> list[dict[str, str]]:
    hints = control.hints
    return [{"label": label, "meaning": hints[label]} if label in hints else {"label": label} for label in control.labels]


def _spans(control: Control, text: str, said: Any) -> tuple[Span, ...]:
    spans: list[Span] = []
    for each in said:
        place = locate(text, each["quote"], [(span.start, span.end) for span in spans])
        if place and each["label"] in control.labels:
            spans.append(Span(*place, each["label"]))
    return tuple(sorted(spans, key=lambda span: span.start))


def _schema_of(control: Control) -> dict[str, Any]:
    if control.kind != "labels":
        return {"type": ["string", "null"], "enum": [*control.labels, None]}
    label = {"type": "string", "enum": list(control.labels)}
    return {"type": ["array", "null"], "items": _object({"quote": {"type": "string"}, "label": label})}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
