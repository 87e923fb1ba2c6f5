"""Use case: the metrics of a project's page of pre-labels: versions against the truth, help and harm, and what there is to switch to.

The worker makes them and writes them down; the page shows what was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.prelabels.effect import PrelabelEffect, measure
from ls_expert_plugin.prelabels.evaluation import VersionScores, ask, askable, draw, there
from ls_expert_plugin.prelabels.project_metrics import (
    ArmComparison,
    ControlMetrics,
    EffectMetrics,
    LabelMetrics,
    ProjectMetrics,
    Standing,
    VersionMetrics,
)
from ls_expert_plugin.prelabels.versions import VersionState, answerable, load_version_state

if TYPE_CHECKING:
    from ls_expert_plugin.agreement.ab_metrics import Figure
    from ls_expert_plugin.agreement.classification_metrics import ControlScore
    from ls_expert_plugin.bootstrap import Components

SAMPLE = 500
LABELS_SHOWN = 12


def carry_out(parts: Components, ls_project_id: int) -> None:
    """Make them and write them down; what went wrong is written down too. With tasks to ask about, today's version is asked."""
    with parts.store.read() as unit:
        wanted = unit.prelabel_figures.of(ls_project_id)
    if wanted is None:
        return
    try:
        metrics = compute(parts, ls_project_id, wanted.ask_tasks)
    except ExpertError as problem:
        metrics = ProjectMetrics(problem=problem.message)
    with parts.store.begin() as unit:
        unit.prelabel_figures.put(ls_project_id, metrics.as_json(), parts.clock())


def compute(parts: Components, ls_project_id: int, ask_tasks: int) -> ProjectMetrics:
    """All of it, as of now. ``ask_tasks``: about so many today's version is asked, which may cost money.

    Raises ``SettingError``, ``NotFound``, ``LabelStudioError``.
    """
    now = load_version_state(parts, ls_project_id)
    drawn, of = draw(parts, ls_project_id, SAMPLE)
    versions = there(drawn)
    maker, asked = askable(parts, now, drawn)
    if asked and (ask_tasks or maker.language_model is None):
        versions.append(ask(maker, asked[: ask_tasks or len(asked)], parts.settings.prelabel_concurrency))
    return ProjectMetrics(
        _standing(parts, now), of, len(asked) if maker.language_model is not None else 0, tuple(_version(scores) for scores in versions),
        _effect(measure(parts, ls_project_id)),
    )


def _standing(parts: Components, now: VersionState) -> Standing:
    config = answerable(parts.settings, now.label_config)
    return Standing(
        now.active.version(config), now.today.version(config), now.today != now.active and not now.today.is_empty, now.tasks, now.why_not,
        tuple(config.refused), now.measured,
    )


def _version(scores: VersionScores) -> VersionMetrics:
    return VersionMetrics(scores.version, scores.is_today, scores.tasks, tuple(_control(name, score) for name, score in scores.controls.items()))


def _control(name: str, score: ControlScore) -> ControlMetrics:
    labels = score.by_frequency()
    shown = tuple(LabelMetrics(label, counts.f1, counts.hits, counts.extra, counts.missed) for label, counts in labels[:LABELS_SHOWN])
    return ControlMetrics(name, _known(score.accuracy), score.f1, score.has_regions, len(labels) - len(shown), shown)


def _effect(found: PrelabelEffect) -> EffectMetrics:
    rows = tuple(ArmComparison(row.measure, row.is_share, _known(row.shown), _known(row.blind)) for row in found.measures())
    return EffectMetrics(found.count(False), found.count(True), len(found.stamps), rows)


def _known(figure: Figure) -> Figure | None:
    return figure if figure.value is not None else None
