"""Making a project's first example set, as soon as verified experts have submitted enough.

Only the first: a new version makes Label Studio ask for every task again, so later ones are somebody's decision.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection
from typing import TYPE_CHECKING

from ls_expert_plugin.agreement.blind import NO_BLIND_ARM, BlindArm
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.training_schedule import Progress, after_learning, after_too_few, is_first_due
from ls_expert_plugin.ml_backend.learned.training_set import MIN_EXAMPLES, TooFew, build

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.sdk import SdkClient
    from ls_expert_plugin.storage.unit_of_work import Database

logger = logging.getLogger(__name__)


def learning_lease(ls_project_id: int) -> str:
    """The lease under which a project's annotations are learnt from."""
    return f"learning:{ls_project_id}"


def learn_new_projects(store: Database, label_studio: SdkClient, now: dt.datetime, blind: BlindArm = NO_BLIND_ARM) -> list[str]:
    """Versions of the sets that were made. Raises ``LabelStudioError``; sets made before that stay. One project at a time is in memory."""
    with store.read() as unit:
        without = [one for one in unit.training_progress.all(MIN_EXAMPLES) if one.examples is None]
        experts = {domain: unit.verifications.verified_ls_user_ids(domain, now) for domain in {one.domain for one in without}}
    due = [one for one in without if is_first_due(one, len(experts[one.domain]))]
    made = (_learn(store, label_studio, progress, experts[progress.domain], now, blind) for progress in due)
    return [version for version in made if version]


def _learn(store: Database, label_studio: SdkClient, progress: Progress, experts: Collection[int], now: dt.datetime, blind: BlindArm) -> str | None:
    """The version of one project's; None: too little, or somebody else is at it."""
    ls_project_id = progress.ls_project_id
    with store.hold(learning_lease(ls_project_id)) as held:
        if held is None:
            return None
        with store.read() as unit:
            project = unit.projects.get(ls_project_id)
        if project is None:
            return None
        config, tasks = label_studio.project(ls_project_id).label_config, label_studio.annotated_tasks(ls_project_id)
        built = build(ls_project_id, config, tasks, experts, blind, project.rules.specialty_field)
        with store.begin() as unit:
            if not unit.leases.holds(held.lease):
                return None
            unit.training_progress.attempted(ls_project_id, _next_attempt(progress.annotations, built), len(experts))
            if not isinstance(built, ExampleSet):
                logger.info("project %d: nothing learnt yet: %s", ls_project_id, built)
                return None
            if unit.examples.latest_version(ls_project_id) is not None:
                return None
            unit.examples.add(built, now)
        logger.info("project %d: learnt %s from %d annotations", ls_project_id, built.version, len(built.examples))
        return built.version


def _next_attempt(annotations: int, built: ExampleSet | TooFew) -> int:
    if isinstance(built, TooFew):
        return after_too_few(annotations, built.found, MIN_EXAMPLES)
    return after_learning(annotations, len(built.examples))
