"""Makes an example set out of annotated tasks: which annotations count, and when there are enough of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ls_expert_plugin.agreement.blind import NO_BLIND_ARM, BlindArm
from ls_expert_plugin.ml_backend.label_config.annotation_results import reply_in
from ls_expert_plugin.ml_backend.label_config.controls import Control
from ls_expert_plugin.ml_backend.label_config.parser import read_controls, resolved
from ls_expert_plugin.ml_backend.label_config.task_content import texts_of
from ls_expert_plugin.ml_backend.learned import versions
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.llm.task_specialty import routed
from ls_expert_plugin.ml_backend.llm.written_answers import AGREED, agreed_only, has_written

MIN_EXAMPLES = 10
# The newest ones. Fitting 2,000 texts takes some 15 s, well inside the 100 s that Label Studio waits for a prediction.
MAX_EXAMPLES = 2_000


class TaskWithAnnotations(Protocol):
    """A task with what was submitted on it: dictionaries as Label Studio's API gives them."""

    @property
    def ls_task_id(self) -> int: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def meta(self) -> Mapping[str, Any] | None: ...
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
    ls_project_id: int, label_config: str, annotations: Iterable[TaskWithAnnotations], created_by: Collection[int], blind: BlindArm = NO_BLIND_ARM,
    specialty_field: str | None = None,
) -> ExampleSet | TooFew:
    """The example set of a project. ``specialty_field``: by which it routes tasks; examples then keep what they were routed by.

    Tasks of the blind arm (``blind``) are left out. ``created_by``: ids of the Label Studio users whose annotations count: the verified
    experts. Skipped annotations never count; of several by one person on a task, the last one does. Written answers count where two people agree.
    """
    controls = [control for control in read_controls(label_config) if control.object_kind != "image"]  # an address teaches nothing
    counted: dict[tuple[int, int], tuple[int, TaskWithAnnotations, list[Any]]] = {}
    for task in annotations:
        if blind.holds(ls_project_id, task.ls_task_id):
            continue  # what measures pre-labels must not make them
        for annotation in task.annotations:
            ls_user_id = _person(annotation.get("completed_by"))
            if annotation.get("was_cancelled") or ls_user_id not in created_by:
                continue
            key, ls_annotation_id = (task.ls_task_id, ls_user_id), int(annotation["id"])
            if _example(controls, task.data, annotation.get("result")) and (key not in counted or ls_annotation_id > counted[key][0]):
                counted[key] = (ls_annotation_id, task, annotation["result"])
    learnt = [(ls_annotation_id, example) for ls_annotation_id, example in _agreed(controls, counted, specialty_field) if example]
    newest = sorted(learnt, key=lambda each: each[0])[-MAX_EXAMPLES:]
    examples = tuple(example for _, example in newest)
    if len(examples) < MIN_EXAMPLES:
        return TooFew(len(examples))
    return ExampleSet(ls_project_id, versions.of_examples(label_config, examples), label_config, examples)


def _agreed(
    controls: Sequence[Control], counted: Mapping[tuple[int, int], tuple[int, TaskWithAnnotations, list[Any]]], specialty_field: str | None
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """(annotation id, example): of what one person wrote only what another wrote on the same task too; None when nothing is left."""
    by_task: dict[int, dict[int, list[Any]]] = defaultdict(dict)
    for (ls_task_id, ls_user_id), (_, _, result) in counted.items():
        by_task[ls_task_id][ls_user_id] = result
    for (ls_task_id, ls_user_id), (ls_annotation_id, task, result) in counted.items():
        kept = agreed_only(result, [other for who, other in by_task[ls_task_id].items() if who != ls_user_id])
        example = _example(controls, task.data, kept)
        if example is not None:
            example |= routed(specialty_field, {"data": task.data, "meta": task.meta})
            if has_written(example["result"]):
                example[AGREED] = True
        yield ls_annotation_id, example


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
