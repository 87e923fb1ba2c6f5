"""Making a project's first example set, as soon as verified experts have submitted enough.

Only the first: a new version makes Label Studio ask for every task again, so later ones are somebody's decision.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from ls_expert_plugin.agreement.blind import NO_BLIND_ARM, BlindArm
from ls_expert_plugin.ml_backend.examples import ExampleSet
from ls_expert_plugin.ml_backend.learn import MIN_EXAMPLES, build

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.studio import Studio
    from ls_expert_plugin.storage.store import Store

logger = logging.getLogger(__name__)


def learn_new_projects(store: Store, label_studio: Studio, now: dt.datetime, blind: BlindArm = NO_BLIND_ARM) -> list[ExampleSet]:
    """The sets that were made. Raises ``LabelStudioError``; sets made before that stay."""
    with store.read() as unit:
        enough = unit.events.projects_with("annotation_created", MIN_EXAMPLES)
        ripe = [
            project for project in unit.projects.those(enough) if project.domain and unit.examples.latest(project.ls_project_id) is None
        ]
        experts = {project.domain: unit.verifications.verified_ls_user_ids(project.domain or "", now) for project in ripe}
    made = []
    for project in ripe:
        studio_project = label_studio.project(project.ls_project_id)
        tasks = list(label_studio.annotated_tasks(project.ls_project_id))
        built = build(project.ls_project_id, studio_project.label_config, tasks, experts[project.domain], blind, project.rules.specialty_field)
        if not isinstance(built, ExampleSet):
            logger.info("project %d: nothing learnt yet: %s", project.ls_project_id, built)
            continue
        with store.begin() as unit:
            if unit.examples.latest(project.ls_project_id) is None:
                unit.examples.add(built, now)
                made.append(built)
                logger.info("project %d: learnt %s from %d annotations", project.ls_project_id, built.version, len(built.examples))
    return made
