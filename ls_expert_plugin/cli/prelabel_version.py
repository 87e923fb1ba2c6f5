"""``ls-expert prelabel-version``: what projects are pre-labelled by, what there would be today, and switching, which is somebody's decision."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import TextIO

from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.prelabels.switching import Offer, put_into_use
from ls_expert_plugin.prelabels.versions import VersionState, _learnt, answerable, load_version_state
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.worker.queue import make_queue


def show(settings: Settings, only: int | None, out: TextIO) -> int:
    """A few lines for each project with a domain; exit code 0."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        with parts.store.read() as unit:
            known = [one.ls_project_id for one in unit.projects.all() if one.domain]
        for ls_project_id in [only] if only else known:
            _print(load_version_state(parts, ls_project_id), settings, out)
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


def offer(parts: Components, ls_project_id: int) -> Offer:
    """What there is to switch to at this moment. Raises as ``load_version_state``."""
    now = load_version_state(parts, ls_project_id)
    config = answerable(parts.settings, now.label_config)
    return Offer(ls_project_id, now.title, now.active, now.today, config, now.tasks, now.why_not, now.measured)


def _print(one: VersionState, settings: Settings, out: TextIO) -> None:
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
