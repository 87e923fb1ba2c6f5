"""Makes an example set out of annotated tasks: which annotations count, and when there are enough of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ls_expert_plugin.agreement.blind import NO_BLIND_ARM, BlindArm
from ls_expert_plugin.ml_backend import versions
from ls_expert_plugin.ml_backend.annotated import reply_in, texts_of
from ls_expert_plugin.ml_backend.controls import Control
from ls_expert_plugin.ml_backend.examples import ExampleSet
from ls_expert_plugin.ml_backend.label_config import read_controls, resolved

MIN_EXAMPLES = 10
# The newest ones. Fitting 2,000 texts takes some 15 s, well inside the 100 s that Label Studio waits for a prediction.
MAX_EXAMPLES = 2_000


class AnnotatedTask(Protocol):
    """A task with what was submitted on it: dictionaries as Label Studio's API gives them."""

    @property
    def ls_task_id(self) -> int: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def annotations(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class TooFew:
    """There is not enough to learn from yet."""

    found: int

    def __str__(self) -> str:
        return (
            f"{self.found} annotations can be learnt from, and it takes {MIN_EXAMPLES}. Submitted annotations of verified "
            "experts count, on anything but regions of pages and dialogues, and rankings."
        )


def build(
    ls_project_id: int, label_config: str, annotations: Iterable[AnnotatedTask], created_by: Collection[int], blind: BlindArm = NO_BLIND_ARM,
) -> ExampleSet | TooFew:
    """The example set of a project.

    Tasks of the blind arm (``blind``) are left out. ``created_by``: ids of the Label Studio users whose annotations count: the verified
    experts. Skipped annotations never count; of several by one person on a task, the last one does.
    """
    controls = [control for control in read_controls(label_config) if control.object_kind != "image"]  # an address teaches nothing
    counted: dict[tuple[int, int], tuple[int, dict[str, Any]]] = {}
    for task in annotations:
        if blind.holds(ls_project_id, task.ls_task_id):
            continue  # what measures pre-labels must not make them
        for annotation in task.annotations:
            ls_user_id = _person(annotation.get("completed_by"))
            if annotation.get("was_cancelled") or ls_user_id not in created_by:
                continue
            example = _example(controls, task.data, annotation.get("result"))
            key, ls_annotation_id = (task.ls_task_id, ls_user_id), int(annotation["id"])
            if example and ls_annotation_id > counted.get(key, (-1, {}))[0]:
                counted[key] = (ls_annotation_id, example)
    newest = sorted(counted.values(), key=lambda each: each[0])[-MAX_EXAMPLES:]
    examples = tuple(example for _, example in newest)
    if len(examples) < MIN_EXAMPLES:
        return TooFew(len(examples))
    return ExampleSet(ls_project_id, versions.of_examples(label_config, examples), label_config, examples)


def _person(completed_by: Any) -> int:
    """A user's id; Label Studio gives the id, or the user. -1 for nobody."""
    named = completed_by.get("id") if isinstance(completed_by, Mapping) else completed_by
    return named if isinstance(named, int) else -1


def _example(controls: Iterable[Control], data: Any, result: Any) -> dict[str, Any] | None:
    """Only what is learnt from: the texts and the answers of supported controls. None when there is no answer.

    For Labels no span is an answer too: there was nothing to mark.
    """
    if not isinstance(result, list):
        return None
    answered = [
        control for control in controls
        if texts_of(control, data) and (offered := resolved(control, data)) and reply_in(offered, data, result) is not None
    ]
    if not answered:
        return None
    names = {control.name for control in answered}
    kept = [
        {key: item[key] for key in ("from_name", "to_name", "type", "value")}
        for item in result
        if isinstance(item, Mapping) and item.get("from_name") in names and {"to_name", "type", "value"} <= item.keys()
    ]
    options = [control.options_key for control in answered if control.options_key]
    return {"data": {key: data[key] for control in answered for key in (*control.data_keys, *options)}, "result": kept}
