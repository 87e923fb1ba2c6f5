"""The demo's projects: reading the files in ``content/`` and turning an answer into a Label Studio result. Pure but for
the reading.

An answer names what a person would mark; offsets are found in the text, so a file cannot disagree with itself unnoticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any
from xml.etree import ElementTree

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Requirement, Rules


@dataclass(frozen=True)
class DemoTask:
    """Task data, and the right answer to it in the files' short form. ``specialty``: goes into the task's meta."""

    data: Mapping[str, str]
    answer: Mapping[str, Any]
    specialty: str | None = None

    @property
    def as_import(self) -> dict[str, Any]:
        """The task as Label Studio imports it."""
        return {"data": dict(self.data), **({"meta": {"specialty": self.specialty}} if self.specialty else {})}


@dataclass(frozen=True)
class DemoProject:
    """One project to make. ``annotated_first``: how many tasks the demo expert has done already.

    ``asks``: fields of a requirement beside the domain; ``rules``: those of the project's rules.
    """

    key: str
    title: str
    domain: str | None
    description: str
    expert_instruction: str
    label_config: str
    annotated_first: int
    tasks: Sequence[DemoTask]
    asks: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wanted(self) -> TargetState:
        """What it asks for, and its rules."""
        plain: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in self.asks.items()}
        return TargetState(Requirement(self.domain, **plain) if self.domain else None, Rules(**self.rules))


def demo_projects() -> list[DemoProject]:
    """All projects of the demo, by title."""
    folder = resources.files(__package__) / "content"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".json")), key=lambda entry: entry.name)
    projects = []
    for file in files:
        raw = json.loads(file.read_text(encoding="utf-8"))
        tasks = [DemoTask(**task) for task in raw.pop("tasks")]
        projects.append(DemoProject(**raw, tasks=tasks))
    return sorted(projects, key=lambda project: project.title)


def result_of(project: DemoProject, task: DemoTask) -> list[dict[str, Any]]:
    """The answer as a Label Studio annotation result. Raises ``ValueError`` for a span that is not in the text."""
    targets = _targets(project.label_config)
    result: list[dict[str, Any]] = []
    for control, chosen in task.answer.get("choices", {}).items():
        result.append(_item(control, targets, "choices", {"choices": list(chosen)}))
    for control, stars in task.answer.get("rating", {}).items():
        result.append(_item(control, targets, "rating", {"rating": stars}))
    for control, side in task.answer.get("pairwise", {}).items():
        result.append(_item(control, targets, "pairwise", {"selected": side}))
    for number, span in enumerate(task.answer.get("spans", [])):
        to_name, data_key = targets[span["control"]]
        start = _find(task.data[data_key], span["text"], span.get("occurrence", 0))
        value = {"start": start, "end": start + len(span["text"]), "text": span["text"], "labels": [span["label"]]}
        result.append({"id": f"demo{number}", "from_name": span["control"], "to_name": to_name, "type": "labels", "value": value})
    return result


def _item(control: str, targets: Mapping[str, tuple[str, str]], kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"demo-{control}", "from_name": control, "to_name": targets[control][0], "type": kind, "value": value}


def _targets(label_config: str) -> dict[str, tuple[str, str]]:
    """For each control: the object it names first, and the data field that object shows."""
    root = ElementTree.fromstring(label_config)  # noqa: S314  (our own files)
    shows = {element.get("name"): (element.get("value") or "").removeprefix("$") for element in root.iter() if element.get("value")}
    targets = {}
    for element in root.iter():
        name, to_name = element.get("name"), (element.get("toName") or "").split(",")[0].strip()
        if name and to_name:
            targets[name] = (to_name, shows.get(to_name, ""))
    return targets


def _find(text: str, quote: str, occurrence: int) -> int:
    at = -1
    for _ in range(occurrence + 1):
        at = text.find(quote, at + 1)
        if at < 0:
            raise ValueError(f"not in the text {occurrence + 1} times: {quote!r}")
    return at
