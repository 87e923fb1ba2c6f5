"""Projects that admit the same people, because they ask for the same: decided once, and compared with what is stored by the database. Pure."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.access.allocation import changes, decide
from ls_expert_plugin.routing.values import Candidate, Membership, Project, Requirement

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

# Different requirements decided at a time: bounds the memory.
_REQUIREMENTS_AT_A_TIME = 50


@dataclass(frozen=True)
class SharedAccess:
    """``wanted``: a membership for each who may work on all of these projects, as the first of them should have it; its revision means nothing."""

    ls_project_ids: tuple[int, ...]
    wanted: tuple[Membership, ...]


def is_shared(project: Project) -> bool:
    """Whether what a project asks for says by itself who is admitted: no list of its own, no questions, no number of places."""
    asked = project.requirement
    return asked is None or (asked.mode == "open" and not asked.add_on and asked.max_experts is None)


def shared_access(
    candidates: Collection[Candidate], projects: Iterable[Project], now: dt.datetime, packs: Mapping[str, Pack], *, open_by_default: bool,
) -> Iterator[SharedAccess]:
    """Those of these projects that ``is_shared``, put together by what they ask for. ``candidates`` are everybody."""
    alike: dict[tuple[Requirement | None, bool], list[Project]] = defaultdict(list)
    for project in projects:
        if is_shared(project):
            alike[project.requirement, project.rules.specialty_field is not None].append(project)
    waiting = iter(alike.values())
    while some := list(itertools.islice(waiting, _REQUIREMENTS_AT_A_TIME)):
        first = {group[0].ls_project_id: group[0] for group in some}
        decided = decide(candidates, first.values(), {}, now, open_by_default=open_by_default)
        for group in some:
            one = group[0].ls_project_id
            wanted = tuple(changes({one: decided[one].admitted}, (), first, packs))
            yield SharedAccess(tuple(project.ls_project_id for project in group), wanted)
