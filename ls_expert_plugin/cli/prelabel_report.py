"""``ls-expert prelabel-report``: what pre-labels do to a project's annotations, with them in sight and without, and who accepts them unread."""

from __future__ import annotations

from contextlib import closing
from typing import TextIO

from ls_expert_plugin.agreement.ab_metrics import STAMPS_TO_TELL, ArmMetrics, Figure, RubberStamping
from ls_expert_plugin.bootstrap import assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.prelabels.effect import LINES, measure
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.worker.queue import make_queue


def report(settings: Settings, ls_project_id: int, out: TextIO) -> int:
    """Print it; exit code 0. Raises ``NotFound``, ``LabelStudioError``."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        with parts.store.read() as unit:
            project = unit.projects.get(ls_project_id)
            names = {one.ls_user_id: one.shown_name for one, _ in unit.people.everybody()}
        if project is None:
            raise NotFound(f"There is no project {ls_project_id} in Label Studio.")
        found = measure(parts, ls_project_id)
        versions = sorted({one.version for one in found.outcomes})
        with parts.store.read() as unit:
            worth = {version: unit.prelabel_scores.calibration(ls_project_id, version) for version in versions}
    print(f"{project.title}: {found.count(False)} annotations by experts with a pre-label in sight, {found.count(True)} without "
          "(LS_EXPERT_BLIND_PERCENT).", file=out)
    if not found.outcomes:
        return 0
    print(f"{'':<38}{'with':<24}{'without':<24}", file=out)
    for name, title, is_share in LINES:
        print(f"{title:<38}{_said(found.shown, name, is_share):<24}{_said(found.blind, name, is_share):<24}".rstrip(), file=out)
    print("In brackets 95 %. More agreement with the pre-label in sight than without, and no more with others, is a pre-label that steers.", file=out)
    for one in found.stamps:
        print(_told(one, names[one.ls_user_id]), file=out)
    for version, learnt in worth.items():
        if learnt:
            print(f"Scores of {version} are what experts let stand, from {learnt.outcomes} annotations"
                  f"{' of tasks without it in sight' if learnt.is_blind else ''}.", file=out)
    if len(versions) > 1:
        print(f"Several versions are in it: {', '.join(versions)}.", file=out)
    return 0


def _told(one: RubberStamping, name: str) -> str:
    return (f"{name} accepted {one.stamped} of {one.shown} pre-labels faster than anybody reads. Look at the work before you ask; a task may have been "
            f"read before. Said from {STAMPS_TO_TELL} on.")


def _said(found: ArmMetrics, name: str, is_share: bool) -> str:
    figure: Figure = getattr(found, name)
    if figure.value is None or figure.low is None or figure.high is None:
        return "none"
    value, low, high = ((f"{100 * one:.0f} %" if is_share else f"{one:.1f}") for one in (figure.value, figure.low, figure.high))
    return f"{value} ({low}–{high})"
