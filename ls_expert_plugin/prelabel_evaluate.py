"""``ls-expert evaluate``: pre-labels against what experts found, by version, before one is switched on."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TextIO

from ls_expert_plugin.agreement.scores import ControlScore, score
from ls_expert_plugin.assembly import Parts, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import BadInput, SettingError
from ls_expert_plugin.jobs import make_queue
from ls_expert_plugin.ml_backend.annotated import key_of
from ls_expert_plugin.ml_backend.model import ExpertPrelabeller
from ls_expert_plugin.prelabel_run import costs, prelabeller
from ls_expert_plugin.prelabel_versions import Standing, standing
from ls_expert_plugin.processes import require_migrated

MAX_SAMPLE = 5000
LABELS_SHOWN = 12


@dataclass(frozen=True)
class Truth:
    """A task with what is held for true. ``predictions``: by version, the newest of each."""

    ls_task_id: int
    data: Mapping[str, Any]
    result: Sequence[Mapping[str, Any]]
    predictions: Mapping[str, Sequence[Mapping[str, Any]]]
    meta: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Scored:
    """A version against what is held for true, control by control. ``is_today``: it was asked just now, and is not in use."""

    version: str
    is_today: bool
    tasks: int
    controls: Mapping[str, ControlScore]


def evaluate(settings: Settings, ls_project_id: int, sample: int, out: TextIO, *, agreed: Callable[[str], bool]) -> int:
    """Score the versions that have pre-labels in Label Studio, and what there is today by asking for it now. Exit code 0; 3: nothing was asked."""
    if not 1 <= sample <= MAX_SAMPLE:
        raise BadInput(f"--sample: write a whole number from 1 to {MAX_SAMPLE}.")
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        now = standing(parts, ls_project_id)
        drawn, of = draw(parts, ls_project_id, sample)
        if not drawn:
            raise BadInput("No task has a ground truth, or an annotation by a verified expert, to be held against.")
        print(f"{now.title}: {len(drawn)} tasks of {of} with a ground truth or an expert's annotation.", file=out)
        for one in there(drawn):
            _print(one, out)
        return _today(parts, now, drawn, out, agreed)


def draw(parts: Parts, ls_project_id: int, sample: int) -> tuple[list[Truth], int]:
    """At most so many tasks with a truth, the same ones each time; and how many there are."""
    truths = list(_truths(parts, ls_project_id))
    return sorted(truths, key=lambda one: hashlib.sha256(f"{ls_project_id}/{one.ls_task_id}".encode()).digest())[:sample], len(truths)


def there(drawn: Sequence[Truth]) -> list[Scored]:
    """The versions that have pre-labels in Label Studio."""
    found = []
    for version in sorted({version for one in drawn for version in one.predictions}):
        theirs = [one for one in drawn if version in one.predictions]
        found.append(Scored(version, False, len(theirs), score((one.predictions[version], one.result) for one in theirs)))
    return found


def askable(parts: Parts, now: Standing, drawn: Sequence[Truth]) -> tuple[ExpertPrelabeller, list[Truth]]:
    """What there is today, and the tasks that it can be asked about: none that it was learnt from, and none where its pre-labels are there."""
    made = prelabeller(parts, now.ls_project_id, now.label_config, now.today)
    if now.today.is_empty or not made.config.controls:
        return made, []
    with parts.store.read() as unit:
        examples = unit.examples.of_version(now.ls_project_id, now.today.examples) if now.today.examples else None
    known = {key_of(one["data"]) for one in examples.examples} if examples else set[str]()
    asked = [one for one in drawn if not _is_known(one.data, examples.examples[0]["data"].keys() if examples else (), known)]
    return made, [] if made.version in {version for one in asked for version in one.predictions} else asked


def ask(made: ExpertPrelabeller, asked: Sequence[Truth], concurrency: int) -> Scored:
    """Ask about these now. Costs what asking costs; nothing of it goes to Label Studio."""
    results = _made(made, asked, concurrency)
    return Scored(made.version, True, len(asked), score((results[one.ls_task_id], one.result) for one in asked))


def _today(parts: Parts, now: Standing, drawn: Sequence[Truth], out: TextIO, agreed: Callable[[str], bool]) -> int:
    made, asked = askable(parts, now, drawn)
    if not asked:
        return 0
    if len(asked) < len(drawn):
        print(f"Today's is asked about {len(asked)}; it was made from the others.", file=out)
    if made.language_model is not None:
        for line in costs(parts, now.ls_project_id, made, len(asked)):
            print(line, file=out)
        if not agreed(f"Ask {made.version} about {len(asked)} tasks now? [y/N] "):
            return 3
    begun = time.monotonic()
    _print(ask(made, asked, parts.settings.prelabel_concurrency), out)
    print(f"{time.monotonic() - begun:.0f} s for {len(asked)} tasks. ls-expert prelabel-version --project {now.ls_project_id} --switch puts it into use.",
          file=out)
    return 0


def _is_known(data: Mapping[str, Any], fields: Collection[str], known: set[str]) -> bool:
    return bool(fields) and key_of({field: data[field] for field in fields if field in data}) in known


def _made(maker: ExpertPrelabeller, asked: Sequence[Truth], concurrency: int) -> dict[int, Sequence[Mapping[str, Any]]]:
    with ThreadPoolExecutor(concurrency) as threads:
        answers = list(threads.map(lambda one: maker.make({"id": one.ls_task_id, "data": one.data, "meta": one.meta}), asked))
    return {one.ls_task_id: (answer or {}).get("result", ()) for one, answer in zip(asked, answers, strict=True)}


def _truths(parts: Parts, ls_project_id: int) -> Iterator[Truth]:
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
            yield Truth(task.ls_task_id, task.data, newest["result"], predictions, task.meta)


def _who(annotation: Mapping[str, Any]) -> Any:
    person = annotation.get("completed_by")
    return person.get("id") if isinstance(person, Mapping) else person


def _print(scored: Scored, out: TextIO) -> None:
    print(f"\n{scored.version}{' (today)' if scored.is_today else ''}: {scored.tasks} tasks", file=out)
    for name, one in scored.controls.items():
        print(f"  {name}: {_accuracy(one)}{_f1(one)}", file=out)
        most = sorted(one.labels.items(), key=lambda pair: (-(pair[1].hits + pair[1].missed), pair[0]))
        for label, counts in most[:LABELS_SHOWN] if len(most) > 1 or one.has_regions else ():
            f1 = "none" if counts.f1 is None else f"{counts.f1:.2f}"
            print(f"    {label[:40]:<40}  F1 {f1}   {counts.hits} right, {counts.extra} too many, {counts.missed} missed", file=out)
        if len(most) > LABELS_SHOWN:
            print(f"    and {len(most) - LABELS_SHOWN} labels more", file=out)


def _accuracy(one: ControlScore) -> str:
    figure = one.accuracy
    if figure.value is None or figure.low is None or figure.high is None:
        return "nothing to compare"
    return f"{100 * figure.value:.0f} % right ({100 * figure.low:.0f}–{100 * figure.high:.0f})"


def _f1(one: ControlScore) -> str:
    return f", F1 {one.f1:.2f}" if one.f1 is not None else ""
