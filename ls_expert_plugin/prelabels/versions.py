"""Use case: the version of pre-labels that a project has, and the one that there would be today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import BadInput, NotFound, SettingError
from ls_expert_plugin.ml_backend.label_config.controls import LabelConfig
from ls_expert_plugin.ml_backend.label_config.parser import read
from ls_expert_plugin.ml_backend.learned import training_set
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet, HeldOutAccuracy
from ls_expert_plugin.ml_backend.llm import prompt
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec, why_not_servable

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components


@dataclass(frozen=True)
class VersionState:
    """What a project is pre-labelled by. ``why_not``: why its pre-labels cannot be made any more; empty: they can.

    ``measured``: how today's example set did beside the one before, where it was learnt in the background.
    """

    ls_project_id: int
    title: str
    active: PredictorSpec
    today: PredictorSpec
    label_config: str
    tasks: int
    why_not: str
    measured: HeldOutAccuracy | None = None


def load_version_state(parts: Components, ls_project_id: int) -> VersionState:
    """Raises ``SettingError`` (no token), ``NotFound``, ``LabelStudioError``."""
    if parts.label_studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set. Make a personal access token in Label Studio, Account & Settings.")
    with parts.store.read() as unit:
        known, active = unit.projects.get(ls_project_id), unit.ml_projects.active(ls_project_id) or PredictorSpec()
        newest = unit.examples.latest_version(ls_project_id)
        measured = unit.examples.measured(ls_project_id, newest) if newest else None
        has_examples = bool(active.examples and unit.examples.of_version(ls_project_id, active.examples))
    if known is None:
        raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
    there = parts.label_studio.project(ls_project_id)
    settings, model = parts.settings, parts.prelabel_model
    pack = parts.packs.get(known.domain) if known.domain else None
    instruction = "\n".join(filter(None, (pack.prelabel_instruction if pack else None, there.expert_instruction)))
    today = PredictorSpec(model, prompt.PROMPT_VERSION if model else "", newest, instruction if model else "", settings.prelabel_samples if model else 1)
    why_not = "" if active.is_empty else why_not_servable(active, today, has_examples)
    return VersionState(ls_project_id, there.title, active, today, there.label_config, there.tasks, why_not, measured)


def begin(parts: Components, now: VersionState) -> VersionState:
    """A project that has no version yet begins with what there is today, its instruction included; nobody has seen a pre-label there."""
    if not now.active.is_empty or now.today.is_empty:
        return now
    with parts.store.begin() as unit:
        unit.ml_projects.switch(now.ls_project_id, now.today, parts.clock(), only_first=True)
    return load_version_state(parts, now.ls_project_id)


def learn_now(parts: Components, ls_project_id: int) -> ExampleSet:
    """An example set of the annotations submitted by now, not stored yet. Raises ``SettingError`` (no token), ``BadInput`` (too few), ``LabelStudioError``."""
    if parts.label_studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set.")
    with parts.store.read() as unit:
        project = unit.projects.get(ls_project_id)
        experts = unit.verifications.verified_ls_user_ids(project.domain, parts.clock()) if project and project.domain else frozenset()
    config = parts.label_studio.project(ls_project_id).label_config
    tasks, field = parts.label_studio.annotated_tasks(ls_project_id), project.rules.specialty_field if project else None
    built = training_set.build(ls_project_id, config, tasks, experts, blind_arm(parts.settings), field)
    if not isinstance(built, ExampleSet):
        raise BadInput(str(built))
    return built


def answerable(settings: Settings, label_config: str) -> LabelConfig:
    """What of a label config gets pre-labels under these settings."""
    sees = settings.prelabel_pictures and settings.prelabel_model and settings.label_studio_token
    return read(label_config) if sees else read(label_config).without_pictures()
