"""``ls-expert prelabel-version``: what projects are pre-labelled by, what there would be today, and switching, which is somebody's decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TextIO

from ls_expert_plugin.agreement.blind import blind_arm
from ls_expert_plugin.assembly import Parts, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import BadInput, NotFound, SettingError
from ls_expert_plugin.jobs import make_queue
from ls_expert_plugin.ml_backend import asked, learn
from ls_expert_plugin.ml_backend.controls import LabelConfig
from ls_expert_plugin.ml_backend.examples import ExampleSet
from ls_expert_plugin.ml_backend.label_config import read
from ls_expert_plugin.ml_backend.recipe import Recipe, can_be_made
from ls_expert_plugin.prelabels.switching import Offer, put_into_use
from ls_expert_plugin.processes import require_migrated


@dataclass(frozen=True)
class Standing:
    """What a project is pre-labelled by. ``why_not``: why its pre-labels cannot be made any more; empty: they can.

    ``measured``: how today's example set did beside the one before, where it was learnt in the background.
    """

    ls_project_id: int
    title: str
    active: Recipe
    today: Recipe
    label_config: str
    tasks: int
    why_not: str
    measured: Mapping[str, Any] | None = None


def show(settings: Settings, only: int | None, out: TextIO) -> int:
    """A few lines for each project with a domain; exit code 0."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        with parts.store.read() as unit:
            known = [one.ls_project_id for one in unit.projects.all() if one.domain]
        for ls_project_id in [only] if only else known:
            _print(standing(parts, ls_project_id), settings, out)
        if not known and only is None:
            print("No project asks for a domain yet.", file=out)
    return 0


def switch(settings: Settings, ls_project_id: int, out: TextIO, *, learns: bool, agreed: Callable[[str], bool]) -> int:
    """Put what there is today into use; with ``learns``, after learning from the annotations submitted by now. Exit code 3: nothing was done."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        now = offer(parts, ls_project_id)
        now = now.with_learnt(_learnt(parts, ls_project_id)) if learns else now
        if now.today.is_empty:
            raise BadInput("There is nothing to make pre-labels with yet: no language model is set up, and nothing was learnt. --learn learns now.")
        if not now.is_other:
            print("That is in use already. Nothing was done.", file=out)
            return 3
        print(f"{now.title}: from {now.active_version} to {now.version}", file=out)
        if not agreed(f"Label Studio then asks anew for each of the {now.tasks} tasks when it is opened or retrieved. Go on? [y/N] "):
            print("Nothing was done.", file=out)
            return 3
        fresh = offer(parts, ls_project_id)  # somebody may have thought for long
        with parts.store.begin() as unit:
            put_into_use(unit, fresh.with_learnt(now.learnt) if now.learnt else fresh, now.version, parts.clock())
        print("In use within seconds.", file=out)
    return 0


def offer(parts: Parts, ls_project_id: int) -> Offer:
    """What there is to switch to at this moment. Raises as ``standing``."""
    now = standing(parts, ls_project_id)
    config = answerable(parts.settings, now.label_config)
    return Offer(ls_project_id, now.title, now.active, now.today, config, now.tasks, now.why_not, now.measured)


def standing(parts: Parts, ls_project_id: int) -> Standing:
    """Raises ``SettingError`` (no token), ``NotFound``, ``LabelStudioError``."""
    if parts.label_studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set. Make a personal access token in Label Studio, Account & Settings.")
    with parts.store.read() as unit:
        known, active = unit.projects.get(ls_project_id), unit.ml_projects.active(ls_project_id) or Recipe()
        newest = unit.examples.latest_version(ls_project_id)
        measured = unit.examples.measured(ls_project_id, newest) if newest else None
        has_examples = bool(active.examples and unit.examples.of_version(ls_project_id, active.examples))
    if known is None:
        raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
    there = parts.label_studio.project(ls_project_id)
    settings, model = parts.settings, parts.prelabel_model
    pack = parts.packs.get(known.domain) if known.domain else None
    instruction = "\n".join(filter(None, (pack.prelabel_instruction if pack else None, there.expert_instruction)))
    today = Recipe(model, asked.PROMPT_VERSION if model else "", newest, instruction if model else "", settings.prelabel_samples if model else 1)
    why_not = "" if active.is_empty else can_be_made(active, today, has_examples)
    return Standing(ls_project_id, there.title, active, today, there.label_config, there.tasks, why_not, measured)


def begin(parts: Parts, now: Standing) -> Standing:
    """A project that has no version yet begins with what there is today, its instruction included; nobody has seen a pre-label there."""
    if not now.active.is_empty or now.today.is_empty:
        return now
    with parts.store.begin() as unit:
        unit.ml_projects.switch(now.ls_project_id, now.today, parts.clock(), only_first=True)
    return standing(parts, now.ls_project_id)


def _learnt(parts: Parts, ls_project_id: int) -> ExampleSet:
    if parts.label_studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set.")
    with parts.store.read() as unit:
        project = unit.projects.get(ls_project_id)
        experts = unit.verifications.verified_ls_user_ids(project.domain, parts.clock()) if project and project.domain else frozenset()
    config = parts.label_studio.project(ls_project_id).label_config
    tasks, field = parts.label_studio.annotated_tasks(ls_project_id), project.rules.specialty_field if project else None
    built = learn.build(ls_project_id, config, tasks, experts, blind_arm(parts.settings), field)
    if not isinstance(built, ExampleSet):
        raise BadInput(str(built))
    return built


def answerable(settings: Settings, label_config: str) -> LabelConfig:
    """What of a label config gets pre-labels under these settings."""
    sees = settings.prelabel_pictures and settings.prelabel_model and settings.label_studio_token
    return read(label_config) if sees else read(label_config).without_pictures()


def _print(one: Standing, settings: Settings, out: TextIO) -> None:
    config = answerable(settings, one.label_config)
    active, today = one.active.version(config), one.today.version(config)
    print(f"{one.ls_project_id} {one.title}: {one.tasks} tasks", file=out)
    print(f"  in use    {active}" + (f"\n  but no pre-labels come: {one.why_not}" if one.why_not else ""), file=out)
    if today != active:
        print(f"  today     {today}   (--switch puts it into use)", file=out)
        if found := one.measured:
            print(f"            learnt anew: {found['newer']:.0%} right on {found['tasks']} annotations that neither was learnt from; the one before "
                  f"{found['before']:.0%}", file=out)
    for sentence in config.refused:
        print(f"  {sentence}", file=out)
