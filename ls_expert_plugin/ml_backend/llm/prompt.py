"""The prompt that asks a language model for the answers to a task; ``reply_schema.py`` and ``reply_parser.py`` are about what comes back.

The task's texts are data, sent as JSON strings apart from the instructions. The reply is a proposal: labels are checked
against the label config, and quotes that are not in the text are dropped.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ls_expert_plugin.llm.port import Message, Picture, Prompt
from ls_expert_plugin.ml_backend.label_config.annotation_results import reply_in
from ls_expert_plugin.ml_backend.label_config.controls import REGION_KINDS, Control, LabelConfig
from ls_expert_plugin.ml_backend.label_config.parser import resolved
from ls_expert_plugin.ml_backend.label_config.prediction_format import DATE_SHOWN
from ls_expert_plugin.ml_backend.label_config.task_content import as_shown, items, texts_of
from ls_expert_plugin.ml_backend.llm.budget import PURPOSE

PROMPT_VERSION = "prelabel.v2"
# These go along where a question is about a picture, or a ranking has buckets: what others are asked stays the same.
PICTURES_VERSION = "pictures.v1"
BUCKETS_VERSION = "buckets.v1"
MAX_TOKENS = 4000
# Longer texts cost more than a pre-label is worth, and replies about them get cut off.
MAX_TEXT_CHARS = 40_000
# Endpoints take so many values in the lists of a schema and no more; labels beyond are checked afterwards.
MAX_LISTED = 400
MAX_WRITTEN_CHARS = 4000
EDGE_PERCENT = 1.0


@dataclass(frozen=True)
class LabelingQuestions:
    """What is asked about one task: its controls by the key they have in prompt and reply, and those asked of each region, by theirs."""

    whole: Mapping[str, Control]
    of_regions: Mapping[str, Control] = field(default_factory=dict)
    asks_relations: bool = False
    relations: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.whole)

    def of_each_region(self, control: Control) -> dict[str, Control]:
        """What is asked of each region that ``control`` makes, by key."""
        return {key: more for key, more in self.of_regions.items() if more.to_name == control.to_name}

    @property
    def picture_keys(self) -> tuple[str, ...]:
        """The data fields that hold pictures, in the order in which they are attached."""
        return tuple(dict.fromkeys(one.data_keys[0] for one in self.whole.values() if one.object_kind == "image"))


def answerable(config: LabelConfig, data: object) -> LabelingQuestions:
    """What is worth asking about this task."""
    if not isinstance(data, Mapping):
        return LabelingQuestions({})
    whole: dict[str, Control] = {}
    regions: dict[str, Control] = {}
    for number, control in enumerate(config.controls):
        texts, offered = texts_of(control, data), _with_items(resolved(control, data), data)
        if texts is None or offered is None or control.object_kind != "image" and sum(map(len, texts)) > MAX_TEXT_CHARS:
            continue
        if control.is_per_region:
            regions[f"r{number}"] = offered
        else:
            whole[f"q{number}"] = offered
    makers = [one for one in whole.values() if one.kind in REGION_KINDS]
    regions = {key: one for key, one in regions.items() if any(maker.to_name == one.to_name for maker in makers)}
    return LabelingQuestions(whole, regions, config.asks_relations and bool(makers), config.relations)


def _with_items(control: Control | None, data: Mapping[str, Any]) -> Control | None:
    """The ids of the items of a list are what a ranking can say."""
    if control is None or control.kind != "ranker":
        return control
    ids = [item.id for item in items(data.get(control.data_keys[0]))]
    return dataclasses.replace(control, labels=tuple(ids)) if len(ids) > 1 else None


def without(asked: LabelingQuestions, fields: Collection[str]) -> LabelingQuestions:
    """What is left when these data fields cannot be shown."""
    whole, regions = (
        {key: one for key, one in controls.items() if not set(one.data_keys) & set(fields)} for controls in (asked.whole, asked.of_regions)
    )
    return dataclasses.replace(asked, whole=whole, of_regions=regions, asks_relations=asked.asks_relations and any(
        one.kind in REGION_KINDS for one in whole.values()))


def prompt(
    asked: LabelingQuestions, data: Mapping[str, Any], *, instruction: str = "", examples: Sequence[Mapping[str, Any]] = (), subject: str = "",
    pictures: Sequence[Picture] = (),
) -> Prompt:
    """The question to the model, all controls of one task at once.

    What is the same for every task of a project comes first, so that endpoints that keep the beginning of a prompt need not read it again.
    ``examples``: mappings with ``data`` and ``result``. ``pictures``: of ``asked.picture_keys``, in their order.
    """
    about: dict[str, Any] = {"questions": [_question(key, control, asked) for key, control in asked.whole.items()]}
    if asked.asks_relations:
        about["relations"] = list(asked.relations) or "any name"
    if instruction:
        about["instruction"] = instruction
    task: dict[str, Any] = {"texts": _shown(asked, data)}
    if examples:
        task = {"examples": [_example(asked, one) for one in examples], **task}
    has_buckets = any(one.buckets for one in asked.whole.values())
    system = _prompt_text(PROMPT_VERSION) + (_prompt_text(PICTURES_VERSION) if pictures else "") + (_prompt_text(BUCKETS_VERSION) if has_buckets else "")
    shown = json.dumps(task, ensure_ascii=False)
    messages = (Message("system", system), Message("user", json.dumps(about, ensure_ascii=False)), Message("user", shown, tuple(pictures)))
    return Prompt(PURPOSE, PROMPT_VERSION, messages, MAX_TOKENS, subject)


def _question(key: str, control: Control, asked: LabelingQuestions) -> dict[str, Any]:
    kind = "labels" if control.kind in REGION_KINDS else "choices" if control.kind == "taxonomy" else control.kind
    question: dict[str, Any] = {"key": key, "texts": control.to_name, "name": control.name, "kind": kind}
    if control.kind not in ("number", "datetime", "textarea", "ranker"):
        question["labels"] = _labels(control)
    if control.buckets:
        question["buckets"] = [{"bucket": name, **({"meaning": control.hints[name]} if name in control.hints else {})} for name in control.buckets]
    if control.multiple:
        question["several"] = True
    bounds = {"least": control.low, "greatest": control.high, "step": control.step, "most": control.most}
    question |= {name: bound for name, bound in bounds.items() if bound is not None}
    if control.kind == "datetime":
        question["form"] = DATE_SHOWN[control.only]
    if conditions := [one for one in control.conditions if one.on != "region-selected"]:
        question["only_if"] = [
            {"question": one.tag or "any", "answer": list(one.values) or "any", "is": one.on == "choice-selected"} for one in conditions
        ]
    if control.kind in REGION_KINDS and (more := asked.of_each_region(control)):
        question["of_each_piece"] = [
            {**_question(name, one, asked), **({"only_labels": labels} if (labels := _only_labels(one)) else {})} for name, one in more.items()
        ]
    return question


def _only_labels(control: Control) -> list[str]:
    return [value for one in control.conditions if one.on == "region-selected" for value in one.values]


def _shown(asked: LabelingQuestions, data: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for control in asked.whole.values():
        if control.kind == "pairwise":
            shown.update(zip(control.to_name, texts_of(control, data) or (), strict=False))
        elif control.object_kind == "image":
            shown[control.to_name[0]] = {"picture": asked.picture_keys.index(control.data_keys[0]) + 1}
        else:
            shown[control.to_name[0]] = as_shown(control, data)
    return shown


def _example(asked: LabelingQuestions, example: Mapping[str, Any]) -> dict[str, Any]:
    data, result = example["data"], example["result"]
    given = {key: reply_in(control, data, result) for key, control in asked.whole.items()}
    texts = {name: shown for name, shown in _shown(asked, data).items() if not isinstance(shown, dict)}  # without pictures
    return {"texts": texts, "answer": {key: one for key, one in given.items() if one is not None}}


def _labels(control: Control) -> list[dict[str, str]]:
    hints = control.hints
    return [{"label": label, "meaning": hints[label]} if label in hints else {"label": label} for label in control.labels]


@lru_cache(maxsize=8)
def _prompt_text(version: str) -> str:
    return (files("ls_expert_plugin.ml_backend") / "prompts" / f"{version}.txt").read_text(encoding="utf-8")
