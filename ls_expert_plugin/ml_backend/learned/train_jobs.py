"""Learning anew in the background: a newer example set, once there is enough that is new, and only where it does no worse.

It is held against the one before on annotations that neither was learnt from. It does not come into use: a new version makes Label Studio ask
for every task again, so that is somebody's decision, and the figures are there for whoever decides. What scores are worth is learnt here too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.agreement.blind import NO_BLIND_ARM, BlindArm
from ls_expert_plugin.agreement.measures import agreement
from ls_expert_plugin.ml_backend.label_config.controls import Control
from ls_expert_plugin.ml_backend.label_config.parser import read_controls
from ls_expert_plugin.ml_backend.label_config.prediction_format import prediction
from ls_expert_plugin.ml_backend.label_config.task_content import key_of
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet, HeldOutAccuracy
from ls_expert_plugin.ml_backend.learned.first_learning import learning_lease
from ls_expert_plugin.ml_backend.learned.models.model_registry import TrainedModels, fit
from ls_expert_plugin.ml_backend.learned.score_calibration import fit as calibrated
from ls_expert_plugin.ml_backend.learned.training_schedule import MIN_NEW, MIN_NEW_SHARE, Progress, after_learning, is_relearning_due
from ls_expert_plugin.ml_backend.learned.training_set import MIN_EXAMPLES, build

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.ls_client.sdk import SdkClient
    from ls_expert_plugin.storage.unit_of_work import Database

logger = logging.getLogger(__name__)
MAX_HELD_OUT = 200


def is_worthwhile(before: ExampleSet, newer: ExampleSet) -> bool:
    """Whether enough is new to learn from."""
    return len(_new(before, newer)) >= max(MIN_NEW, MIN_NEW_SHARE * len(before.examples))


def measured(before: ExampleSet, newer: ExampleSet) -> HeldOutAccuracy:
    """Half of what is new is held out, the same half each time; the newer set without it is learnt from, and both are asked about it."""
    new = sorted(_new(before, newer), key=lambda one: hashlib.sha256(key_of(one["data"]).encode()).digest())
    held = new[: min(len(new) // 2, MAX_HELD_OUT)]
    held_keys = {key_of(one["data"]) for one in held}
    without = replace(newer, version="", examples=tuple(one for one in newer.examples if key_of(one["data"]) not in held_keys))
    controls = read_controls(newer.label_config)
    return HeldOutAccuracy(len(held), _mean(fit(without), controls, held), _mean(fit(before), controls, held))


def learn_anew(store: Database, label_studio: SdkClient, now: dt.datetime, blind: BlindArm = NO_BLIND_ARM) -> list[str]:
    """Versions of the sets that were made. Raises ``LabelStudioError``; sets made before that stay. One project at a time is in memory."""
    with store.read() as unit:
        due = [one for one in unit.training_progress.all(MIN_EXAMPLES) if is_relearning_due(one)]
        experts = {domain: unit.verifications.verified_ls_user_ids(domain, now) for domain in {one.domain for one in due}}
    made = (_learn_anew(store, label_studio, progress, experts[progress.domain], now, blind) for progress in due)
    return [version for version in made if version]


def _learn_anew(store: Database, label_studio: SdkClient, progress: Progress, experts: Collection[int], now: dt.datetime, blind: BlindArm) -> str | None:
    """One project's newer set, if it is worthwhile and no worse; its version."""
    ls_project_id = progress.ls_project_id
    with store.hold(learning_lease(ls_project_id)) as held:
        if held is None:
            return None
        with store.read() as unit:
            project, before = unit.projects.get(ls_project_id), unit.examples.latest(ls_project_id)
        if project is None or before is None:
            return None
        config = label_studio.project(ls_project_id).label_config
        newer = build(ls_project_id, config, label_studio.annotated_tasks(ls_project_id), experts, blind, project.rules.specialty_field)
        found = None
        if isinstance(newer, ExampleSet) and newer.version != before.version and is_worthwhile(before, newer):
            found = measured(before, newer)
        with store.begin() as unit:
            if not unit.leases.holds(held.lease):
                return None
            unit.training_progress.attempted(ls_project_id, after_learning(progress.annotations, len(before.examples)), len(experts))
            if found is None or not isinstance(newer, ExampleSet):
                return None
            if found.is_worse:
                logger.info("project %d: %s is worse than %s (%.3f, %.3f on %d), and is not kept",
                            ls_project_id, newer.version, before.version, found.newer, found.before, found.tasks)
                return None
            if unit.examples.latest_version(ls_project_id) != before.version:
                return None
            unit.examples.add(newer, now, found)
        logger.info("project %d: learnt %s; it comes into use when somebody switches", ls_project_id, newer.version)
        return newer.version


def calibrate(store: Database, extension: ExtensionClient, now: dt.datetime) -> int:
    """Learn what scores are worth, from what verified experts submitted; how many versions it is known for now. Raises ``LabelStudioError``.

    Each annotation is read from Label Studio once, as it was submitted; from which people it counts is asked each time.
    """
    with store.read() as unit:
        domains = unit.prelabel_scores.projects()
    count = 0
    for ls_project_id, domain in sorted(domains.items()):
        _read_outcomes(store, extension, ls_project_id, now)
        with store.read() as unit:
            judged = unit.prelabel_scores.judged(ls_project_id, domain, now)
        learnt = {version: found for version, some in judged.items() if (found := calibrated(some)) is not None}
        with store.begin() as unit:
            for version, found in sorted(learnt.items()):
                unit.prelabel_scores.calibrate(ls_project_id, version, found, now)
        count += len(learnt)
    return count


def _read_outcomes(store: Database, extension: ExtensionClient, ls_project_id: int, now: dt.datetime) -> None:
    """What is new, a page a transaction: whatever stops in between, the next reading goes on there."""
    while True:
        with store.read() as unit:
            before = unit.prelabel_scores.read_through(ls_project_id)
        outcomes, after = extension.prelabel_outcomes_page(ls_project_id, before)
        if after == before:
            return
        with store.begin() as unit:
            unit.prelabel_scores.take_in(ls_project_id, before, outcomes, after, now)


def _new(before: ExampleSet, newer: ExampleSet) -> list[Mapping[str, Any]]:
    """Tasks that the one before does not know, with their newest answer; another answer to a known task is not new."""
    known = {key_of(one["data"]) for one in before.examples}
    return list({key_of(one["data"]): one for one in newer.examples if key_of(one["data"]) not in known}.values())


def _mean(learnt: TrainedModels, controls: Sequence[Control], held: Sequence[Mapping[str, Any]]) -> float:
    """Mean agreement with the held-out annotations; "don't know" agrees with none."""
    shares = []
    for one in held:
        answers = [answer for control in controls if (answer := learnt.answer(control, one["data"]))]
        share = agreement(prediction(answers, "").get("result", []), one["result"])
        shares.append(share if share is not None else 1.0)
    return sum(shares) / len(shares) if shares else 0.0
