"""JSON schema of a language model's reply, made for the questions that are asked. Pure."""

from __future__ import annotations

from typing import Any

from ls_expert_plugin.ml_backend.label_config.controls import Control
from ls_expert_plugin.ml_backend.llm.prompt import MAX_LISTED, LabelingQuestions


def schema(asked: LabelingQuestions) -> dict[str, Any]:
    """JSON Schema of the reply, strict: every key required, nothing else allowed."""
    found = {key: _schema_of(control, asked) for key, control in asked.whole.items()}
    if asked.asks_relations:
        number = {"type": "integer"}
        label = {"type": ["string", "null"], "enum": [*asked.relations, None]} if asked.relations else {"type": ["string", "null"]}
        found["relations"] = {"type": ["array", "null"], "items": _object({"from": number, "to": number, "label": label})}
    return _object(found)


def _schema_of(control: Control, asked: LabelingQuestions) -> dict[str, Any]:
    one: dict[str, Any] = {"type": "string", "enum": list(control.labels)} if control.labels and len(control.labels) <= MAX_LISTED else {"type": "string"}
    match control.kind:
        case "labels" | "hypertextlabels" | "paragraphlabels" | "rectanglelabels":
            number = {"type": "number"}
            what = {side: number for side in ("x", "y", "width", "height")} if control.kind == "rectanglelabels" else {"quote": {"type": "string"}}
            piece: dict[str, Any] = {**what, "label": one}
            if control.object_kind == "paragraphs":
                piece["utterance"] = {"type": "integer"}
            if asked.asks_relations:
                piece["n"] = {"type": "integer"}
            piece |= {name: _schema_of(more, asked) for name, more in asked.of_each_region(control).items()}
            return {"type": ["array", "null"], "items": _object(piece)}
        case "number":
            return {"type": ["number", "null"]}
        case "datetime":
            return {"type": ["string", "null"]}
        case "textarea":
            return {"type": ["array", "null"], "items": {"type": "string"}}
        case "ranker" if control.buckets:
            return {**_object({name: {"type": "array", "items": one} for name in control.buckets}), "type": ["object", "null"]}
        case "ranker":
            return {"type": ["array", "null"], "items": one}
        case "choices" | "taxonomy" if control.multiple:
            return {"type": ["array", "null"], "items": one}
    return {"type": ["string", "null"], "enum": [*one["enum"], None]} if "enum" in one else {"type": ["string", "null"]}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
