"""Use case: a version of pre-labels held against what verified experts submitted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.agreement.classification_metrics import ControlScore, score
from ls_expert_plugin.errors import SettingError
from ls_expert_plugin.ml_backend.label_config.task_content import key_of
from ls_expert_plugin.ml_backend.serving.predictor import ExpertPrelabeller
from ls_expert_plugin.prelabels.batch_run import prelabeller
from ls_expert_plugin.prelabels.versions import VersionState

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components


@dataclass(frozen=True)
class ReferenceTask:
    """A task with what is held for true. ``predictions``: by version, the newest of each."""

    ls_task_id: int
    data: Mapping[str, Any]
    result: Sequence[Mapping[str, Any]]
    predictions: Mapping[str, Sequence[Mapping[str, Any]]]
    meta: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class VersionScores:
    """A version against what is held for true, control by control. ``is_today``: it was asked just now, and is not in use."""

    version: str
    is_today: bool
    tasks: int
    controls: Mapping[str, ControlScore]


def draw(parts: Components, ls_project_id: int, sample: int) -> tuple[list[ReferenceTask], int]:
    """At most so many tasks with a truth, the same ones each time; and how many there are."""
    truths = list(_truths(parts, ls_project_id))
    return sorted(truths, key=lambda one: hashlib.sha256(f"{ls_project_id}/{one.ls_task_id}".encode()).digest())[:sample], len(truths)


def there(drawn: Sequence[ReferenceTask]) -> list[VersionScores]:
    """The versions that have pre-labels in Label Studio."""
    found = []
    for version in sorted({version for one in drawn for version in one.predictions}):
        theirs = [one for one in drawn if version in one.predictions]
        found.append(VersionScores(version, False, len(theirs), score((one.predictions[version], one.result) for one in theirs)))
    return found


def askable(parts: Components, now: VersionState, drawn: Sequence[ReferenceTask]) -> tuple[ExpertPrelabeller, list[ReferenceTask]]:
    """What there is today, and the tasks that it can be asked about: none that it was learnt from, and none where its pre-labels are there."""
    made = prelabeller(parts, now.ls_project_id, now.label_config, now.today)
    if now.today.is_empty or not made.config.controls:
        return made, []
    with parts.store.read() as unit:
        examples = unit.examples.of_version(now.ls_project_id, now.today.examples) if now.today.examples else None
    known = {key_of(one["data"]) for one in examples.examples} if examples else set[str]()
    asked = [one for one in drawn if not _is_known(one.data, examples.examples[0]["data"].keys() if examples else (), known)]
    return made, [] if made.version in {version for one in asked for version in one.predictions} else asked


def ask(made: ExpertPrelabeller, asked: Sequence[ReferenceTask], concurrency: int) -> VersionScores:
    """Ask about these now. Costs what asking costs; nothing of it goes to Label Studio."""
    results = _made(made, asked, concurrency)
    return VersionScores(made.version, True, len(asked), score((results[one.ls_task_id], one.result) for one in asked))


def _is_known(data: Mapping[str, Any], fields: Collection[str], known: set[str]) -> bool:
    return bool(fields) and key_of({field: data[field] for field in fields if field in data}) in known


def _made(maker: ExpertPrelabeller, asked: Sequence[ReferenceTask], concurrency: int) -> dict[int, Sequence[Mapping[str, Any]]]:
    with ThreadPoolExecutor(concurrency) as threads:
        answers = list(threads.map(lambda one: maker.make({"id": one.ls_task_id, "data": one.data, "meta": one.meta}), asked))
    return {one.ls_task_id: (answer or {}).get("result", ()) for one, answer in zip(asked, answers, strict=True)}


def _truths(parts: Components, ls_project_id: int) -> Iterator[ReferenceTask]:
    """The ground truth of a task, or else the newest annotation by a verified expert."""
    if parts.label_studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set.")
    with parts.store.read() as unit:
        project = unit.projects.get(ls_project_id)
        experts = unit.verifications.verified_ls_user_ids(project.domain, parts.clock()) if project and project.domain else frozenset()
    for task in parts.label_studio.annotated_tasks(ls_project_id):
        done = [one for one in task.annotations if not one.get("was_cancelled") and isinstance(one.get("result"), list)]
        true = [one for one in done if one.get("ground_truth")] or [one for one in done if _who(one) in experts]
        if true:
            newest = max(true, key=lambda one: int(one["id"]))
            predictions = {str(one.get("model_version") or ""): one["result"] for one in task.predictions if isinstance(one.get("result"), list)}
            yield ReferenceTask(task.ls_task_id, task.data, newest["result"], predictions, task.meta)


def _who(annotation: Mapping[str, Any]) -> Any:
    person = annotation.get("completed_by")
    return person.get("id") if isinstance(person, Mapping) else person
