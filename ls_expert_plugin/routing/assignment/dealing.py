"""Dealing of tasks to experts: to each of them, or shared out, with who gets how many and what is left without anybody. Pure, deterministic.

Nobody is dealt a task twice, nor one that they have begun or are barred from, nor one of another specialty where the project routes by task.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ls_expert_plugin.routing.values import TaskAssignment

ANNOTATE = "annotate"
Shortage = Literal["no specialty", "all full", "nobody left"]
# Why a task has fewer people than it wants, as a manager reads it.
SHORTAGES: Mapping[Shortage, str] = {
    "no specialty": "who is left has another specialty", "all full": "who is left has as many open tasks as they may",
    "nobody left": "nobody is left who does not have it, or gave it back",
}


@dataclass(frozen=True)
class DealtTask:
    """A task as Label Studio has it. ``specialty``: the text of the project's specialty field, in small letters; None: it is nobody's there.

    ``overlap``: how many annotations Label Studio wants of it. ``begun_by``: who has an annotation or a draft there; ``done_by``: of those, who has
    submitted or skipped it.
    """

    ls_task_id: int
    made_at_utc: dt.datetime
    overlap: int = 1
    specialty: str | None = ""
    begun_by: frozenset[int] = frozenset()
    done_by: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Assignee:
    """Somebody who may be dealt tasks. ``specialties`` None: the project does not route by task. ``open_tasks``: assigned and not done, before."""

    ls_user_id: int
    specialties: frozenset[str] | None = None
    open_tasks: int = 0


@dataclass(frozen=True)
class Wish:
    """How tasks are dealt. ``to_each``: everybody named gets every task; else each task gets people up to ``overlap`` (None: Label Studio's of the task).

    ``at_most``: open tasks a person, those from before included; None: no limit.
    """

    to_each: bool = False
    overlap: int | None = None
    at_most: int | None = None


# As many people for each task as Label Studio wants annotations of it.
SHARED = Wish()


@dataclass(frozen=True)
class Dealing:
    """What is dealt: (person, task) in the order of tasks, and the tasks that have fewer people than they want, with why."""

    dealt: tuple[tuple[int, int], ...]
    short: Mapping[int, Shortage]

    @property
    def by_person(self) -> Mapping[int, int]:
        """How many tasks each person gets; without those who get none."""
        return Counter(who for who, _ in self.dealt)


def deal(tasks: Sequence[DealtTask], people: Collection[Assignee], existing: Iterable[TaskAssignment], wish: Wish, now: dt.datetime) -> Dealing:
    """Deal these tasks to these people. Whoever has least is dealt first, then the lower number. ``existing``: the project's, ended ones included."""
    held: dict[int, set[int]] = defaultdict(set)
    barred: dict[int, set[int]] = defaultdict(set)
    for before in existing:
        if before.in_force(now):
            held[before.ls_task_id].add(before.ls_user_id)
        elif before.barred:
            barred[before.ls_task_id].add(before.ls_user_id)
    load = {one.ls_user_id: one.open_tasks for one in people}
    dealt: list[tuple[int, int]] = []
    short: dict[int, Shortage] = {}
    for task in tasks:
        has = held[task.ls_task_id] | task.begun_by
        without = [one for one in people if one.ls_user_id not in has]
        wanted = len(without) if wish.to_each else (wish.overlap or task.overlap) - len(has)
        if wanted <= 0:
            continue
        able = [one for one in without if _is_of_specialty(one, task)]
        free = [one for one in able if one.ls_user_id not in barred[task.ls_task_id]]
        takers = sorted(
            (one for one in free if wish.at_most is None or load[one.ls_user_id] < wish.at_most), key=lambda one: (load[one.ls_user_id], one.ls_user_id),
        )[:wanted]
        for one in takers:
            load[one.ls_user_id] += 1
            dealt.append((one.ls_user_id, task.ls_task_id))
        if len(takers) < wanted:
            short[task.ls_task_id] = "all full" if len(free) > len(takers) else "no specialty" if len(able) < len(without) else "nobody left"
    return Dealing(tuple(dealt), short)


def rows(pairs: Iterable[tuple[int, int]], made_at: Mapping[int, dt.datetime], ls_project_id: int, existing: Iterable[TaskAssignment],
         until: dt.datetime | None = None) -> list[TaskAssignment]:
    """The assignments that give these (person, task) the task, each with the next revision."""
    before = {one.pair: one for one in existing}
    return [
        TaskAssignment(who, task, ls_project_id, ANNOTATE, True, False, until, made_at[task], before[who, task].revision + 1 if (who, task) in before else 1)
        for who, task in pairs
    ]


def ended(some: Iterable[TaskAssignment], *, barred: bool = False) -> list[TaskAssignment]:
    """These, ended, each with the next revision. ``barred``: for good, whatever was begun."""
    return [replace(one, active=False, barred=barred, revision=one.revision + 1) for one in some]


def open_counts(existing: Iterable[TaskAssignment], done: Mapping[int, frozenset[int]], now: dt.datetime) -> Counter[int]:
    """How many tasks each person has that they have not done. ``done``: by task, who has submitted it."""
    return Counter(one.ls_user_id for one in existing if one.in_force(now) and one.ls_user_id not in done.get(one.ls_task_id, ()))


def _is_of_specialty(one: Assignee, task: DealtTask) -> bool:
    return one.specialties is None or (task.specialty is not None and task.specialty in one.specialties)
