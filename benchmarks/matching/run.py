"""One size of the benchmark of matching: a plan from scratch by stages, baselines beside it, and single changes of it."""

from __future__ import annotations

import dataclasses
import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from benchmarks.matching.instances import expert, instance
from ls_expert_plugin.routing.matching.assignment import Problem, Solution, problem_of, violations
from ls_expert_plugin.routing.matching.baselines import first_come, greedy
from ls_expert_plugin.routing.matching.conditions import Conditions
from ls_expert_plugin.routing.matching.pairs import TIE_BREAKS, eligible_pairs
from ls_expert_plugin.routing.matching.plan import as_plan, make_plan
from ls_expert_plugin.routing.matching.population import Population, encode
from ls_expert_plugin.routing.matching.replanning import Change, Replanning
from ls_expert_plugin.routing.matching.solver import solve
from ls_expert_plugin.routing.matching.values import Expert, OpenProject

T = TypeVar("T")


def measured(count: int, seed: int, changes: int) -> None:
    """Print everything about one size: wall time and, in brackets, processor time."""
    experts, projects, rules = instance(count, count // 25, count * 2 // 5, seed)
    before = _memory_mib()
    print(f"\n{len(experts):,} people, {len(projects):,} projects, {sum(one.places_left for one in projects):,} places, seed {seed}")
    whole = _Clock()
    people = _timed("encoding people", lambda: encode(experts, rules))
    conditions = Conditions(people, rules)
    pairs = _timed("conditions and points", lambda: eligible_pairs(conditions, projects, rules))
    problem = problem_of(pairs, people, projects, rules)
    solution = _timed("solver", lambda: solve(problem))
    plan = _timed("plan, and what unfilled places cost", lambda: as_plan(people, projects, conditions, problem, solution))
    print(f"  whole plan: {whole}; {len(pairs):,} pairs, {pairs.left_out:,} left out; "
          f"memory {_memory_mib() - before:.0f} MiB above {before:.0f} with the input")
    print(f"  costs: {dict(plan.costs)}; waiting {plan.waiting}; optimal {plan.is_optimal}, bound {solution.bound.filled:,} filled")
    arrival = np.array([min(one.updated_at_utc for one in each.candidate.verifications).timestamp() for each in experts])
    for name, way in (("optimum", solution), ("greedy", greedy(problem)), ("first come", first_come(problem, arrival))):
        _worth(name, people, problem, way)
    again = make_plan(list(reversed(experts)), list(reversed(projects)), rules)
    print(f"  the same plan when people and projects come in another order: {again.offers == plan.offers}")
    _changes(experts, projects, people, Replanning(people, projects, rules, pairs, solution.chosen, conditions), changes, seed)


def _worth(name: str, people: Population, problem: Problem, solution: Solution) -> None:
    if found := violations(problem, solution.chosen):
        raise AssertionError(found)
    pairs, chosen = problem.pairs, solution.chosen
    served = np.zeros(len(people), bool)
    served[pairs.rows[chosen]] = True
    able = np.unique(pairs.rows)
    unserved = able[~served[able] & (people.projects_now[able] == 0)]
    print(
        f"  {name:10}: {len(chosen) / problem.places.sum():.1%} of places, fit {int(pairs.weights[chosen].sum(dtype=np.int64)) // TIE_BREAKS:,}, "
        f"{solution.value.waited_served:,} of {int(problem.waited[able].sum()):,} who waited served, "
        f"longest wait of those without anything {int(people.waiting_days[unserved].max(initial=0))} days, {len(unserved):,} of them"
    )


def _changes(
    experts: Sequence[Expert], projects: Sequence[OpenProject], people: Population, replanning: Replanning, count: int, seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311  # a benchmark, no secret
    ms: dict[str, list[tuple[float, float]]] = {"a person": [], "a project": []}
    moved = 0
    now_projects = {one.ls_project_id: one for one in projects}
    now_people = {one.ls_user_id: one for one in experts}
    for _ in range(count):
        who = chance.choice(experts).ls_user_id
        now_people[who] = expert(who, chance)
        project = now_projects[chance.choice(projects).ls_project_id]
        project = dataclasses.replace(project, places_left=max(0, project.places_left + chance.choice((-3, 3, 5))))
        now_projects[project.ls_project_id] = project
        steps: dict[str, Callable[[], Change]] = {
            "a person": partial(replanning.person, now_people[who]), "a project": partial(replanning.project, project),
        }
        for name, work in steps.items():
            began, used = time.perf_counter(), time.process_time()
            change = work()
            ms[name].append((1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)))
            moved += len(change.added) + len(change.dropped)
    for name, times in ms.items():
        wall, processor = zip(*times, strict=True)
        print(f"  change of {name}: median {statistics.median(wall):.1f} ms ({statistics.median(processor):.1f} ms), "
              f"worst {max(wall):.1f} ms ({max(processor):.1f} ms) of {count}")
    whole = make_plan(list(now_people.values()), list(now_projects.values()), replanning.rules)
    print(f"  after them {len(replanning.offers):,} places filled, {len(whole.offers):,} by a whole plan; {moved} offers came or went by the changes, "
          f"{len({one.pair for one in whole.offers} ^ replanning.offers):,} would by the whole plan")


class _Clock:
    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def __str__(self) -> str:
        return f"{time.perf_counter() - self._wall:.2f} s ({time.process_time() - self._processor:.2f} s)"


def _timed(name: str, work: Callable[[], T]) -> T:
    clock = _Clock()
    found = work()
    print(f"  {name}: {clock}", flush=True)
    return found


def _memory_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
