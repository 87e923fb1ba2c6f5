"""Use case of the page and the command alike: put the version that there would be today into use, if it is still the one that was shown.

What there is today is read from Label Studio and the settings in that moment. Figures that were stored, however old, are only something to
look at: between them and a switch the instruction, the model, the prompt or the examples may have changed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Conflict
from ls_expert_plugin.ml_backend.label_config.controls import LabelConfig
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet, HeldOutAccuracy
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.prelabels.versions import answerable, load_version_state

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Offer:
    """What a project is pre-labelled by and what there would be today, as of now. ``config``: what of its label config can be answered.

    ``why_not``: why pre-labels of what is in use cannot be made any more; empty: they can. ``learnt``: a set that was made for this, stored with it.
    """

    ls_project_id: int
    title: str
    active: PredictorSpec
    today: PredictorSpec
    config: LabelConfig
    tasks: int
    why_not: str = ""
    measured: HeldOutAccuracy | None = None
    learnt: ExampleSet | None = None

    @property
    def active_version(self) -> str:
        return self.active.version(self.config)

    @property
    def version(self) -> str:
        """The version that would come into use."""
        return self.today.version(self.config)

    @property
    def is_other(self) -> bool:
        """Whether there is anything to switch to."""
        return not self.today.is_empty and (self.today != self.active or bool(self.why_not))

    def with_learnt(self, learnt: ExampleSet) -> Offer:
        """The same with a newer example set."""
        return replace(self, today=replace(self.today, examples=learnt.version), learnt=learnt)


def load_offer(parts: Components, ls_project_id: int) -> Offer:
    """What there is to switch to at this moment. Raises ``SettingError`` (no token), ``NotFound``, ``LabelStudioError``."""
    now = load_version_state(parts, ls_project_id)
    config = answerable(parts.settings, now.label_config)
    return Offer(ls_project_id, now.title, now.active, now.today, config, now.tasks, now.why_not, now.measured)


def switch(parts: Components, seen: Offer) -> None:
    """Put into use what somebody has looked at as ``seen``, who may have thought for long: what there is is read again. Raises as ``put_into_use``."""
    fresh = load_offer(parts, seen.ls_project_id)
    with parts.store.begin() as unit:
        put_into_use(unit, fresh.with_learnt(seen.learnt) if seen.learnt else fresh, seen.version, parts.clock())


def put_into_use(unit: UnitOfWork, offer: Offer, version_seen: str, now: dt.datetime) -> None:
    """Switch a project to what ``offer`` has for today, which somebody looked at as ``version_seen``. ``offer`` was read just now.

    Raises ``BadInput`` (nothing to make pre-labels with), ``Conflict`` (in use already, or another version by now).
    """
    if offer.today.is_empty:
        raise BadInput("There is nothing to make pre-labels with yet: no language model is set up, and nothing was learnt.")
    if not offer.is_other:
        raise Conflict("That is in use already. Nothing was done.")
    newest = offer.learnt.version if offer.learnt else unit.examples.latest_version(offer.ls_project_id)
    is_same = (unit.ml_projects.active(offer.ls_project_id) or PredictorSpec()) == offer.active and newest == offer.today.examples
    if version_seen != offer.version or not is_same:
        raise Conflict("There is another version by now. Look at it again before you switch.")
    if offer.learnt:
        unit.examples.add(offer.learnt, now)
    unit.ml_projects.switch(offer.ls_project_id, offer.today, now)
