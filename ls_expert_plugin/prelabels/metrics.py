"""The figures of a project's pre-labels for its page: what there is today, versions against the truth, the help and the harm. Made by the worker."""

from __future__ import annotations

import dataclasses
from typing import Any

from ls_expert_plugin.agreement.ab_metrics import ArmMetrics, Figure
from ls_expert_plugin.agreement.classification_metrics import ControlScore
from ls_expert_plugin.bootstrap import Components
from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.prelabels.effect import LINES, PrelabelEffect, measure
from ls_expert_plugin.prelabels.evaluation import VersionScores, ask, askable, draw, there
from ls_expert_plugin.prelabels.versions import VersionState, answerable, load_version_state

SAMPLE = 500
LABELS_SHOWN = 12


def carry_out(parts: Components, ls_project_id: int) -> None:
    """Make them and write them down; what went wrong is written down too. With tasks to ask about, today's version is asked."""
    with parts.store.read() as unit:
        wanted = unit.prelabel_figures.of(ls_project_id)
    if wanted is None:
        return
    try:
        figures = made(parts, ls_project_id, wanted.ask_tasks)
    except ExpertError as problem:
        figures = {"problem": problem.message}
    with parts.store.begin() as unit:
        unit.prelabel_figures.put(ls_project_id, figures, parts.clock())


def made(parts: Components, ls_project_id: int, ask_tasks: int) -> dict[str, Any]:
    """Raises ``SettingError``, ``NotFound``, ``LabelStudioError``. ``ask_tasks``: about so many today's version is asked, which may cost money."""
    now = load_version_state(parts, ls_project_id)
    drawn, of = draw(parts, ls_project_id, SAMPLE)
    versions = there(drawn)
    maker, asked = askable(parts, now, drawn)
    if asked and (ask_tasks or maker.language_model is None):
        versions.append(ask(maker, asked[: ask_tasks or len(asked)], parts.settings.prelabel_concurrency))
    return {
        "standing": _standing(parts, now), "truths": of, "askable": len(asked) if maker.language_model is not None else 0,
        "versions": [_version(one) for one in versions], "help": _help(measure(parts, ls_project_id)),
    }


def _standing(parts: Components, now: VersionState) -> dict[str, Any]:
    config = answerable(parts.settings, now.label_config)
    return {
        "active": now.active.version(config), "today": now.today.version(config), "is_other": now.today != now.active and not now.today.is_empty,
        "recipe": now.today.as_json(), "tasks": now.tasks, "why_not": now.why_not, "refused": list(config.refused),
        "measured": dict(now.measured) if now.measured else None,
    }


def _version(one: VersionScores) -> dict[str, Any]:
    return {"version": one.version, "is_today": one.is_today, "tasks": one.tasks,
            "controls": [_control(name, score) for name, score in one.controls.items()]}


def _control(name: str, score: ControlScore) -> dict[str, Any]:
    most = sorted(score.labels.items(), key=lambda pair: (-(pair[1].hits + pair[1].missed), pair[0]))
    return {
        "name": name, "right": _figure(score.accuracy), "f1": score.f1, "has_regions": score.has_regions, "more_labels": max(len(most) - LABELS_SHOWN, 0),
        "labels": [{"label": label, "f1": counts.f1, **dataclasses.asdict(counts)} for label, counts in most[:LABELS_SHOWN]],
    }


def _help(found: PrelabelEffect) -> dict[str, Any]:
    return {
        "shown": found.count(False), "blind": found.count(True), "stamping": len(found.stamps),
        "rows": [
            {"name": name, "is_share": is_share, "with": _of(found.shown, name), "without": _of(found.blind, name)} for name, _, is_share in LINES
        ],
    }


def _of(arm: ArmMetrics, name: str) -> dict[str, Any] | None:
    figure: Figure = getattr(arm, name)
    return _figure(figure)


def _figure(figure: Figure) -> dict[str, Any] | None:
    return dataclasses.asdict(figure) if figure.value is not None else None
