"""Dealing of tasks: evenly, nobody twice, only of one's specialties, up to a limit; what is left without somebody is told with why."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import pytest

from ls_expert_plugin.routing.assignment.dealing import Assignee, DealtTask, Wish, deal, ended, open_counts, rows
from ls_expert_plugin.routing.values import TaskAssignment

NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone.utc)
PROJECT = 3


def _tasks(count: int, **more: object) -> list[DealtTask]:
    return [DealtTask(number, NOW, **more) for number in range(1, count + 1)]  # type: ignore[arg-type]


def _people(*numbers: int, **more: object) -> list[Assignee]:
    return [Assignee(number, **more) for number in numbers]  # type: ignore[arg-type]


def _given(who: int, task: int, **more: object) -> TaskAssignment:
    return dataclasses.replace(TaskAssignment(who, task, PROJECT, "annotate", True, False, None, NOW, 1), **more)  # type: ignore[arg-type]


def test_tasks_are_shared_out_evenly() -> None:
    """Ten tasks for three people: four, three and three; the same each time."""
    dealt = deal(_tasks(10), _people(9, 7, 8), [], Wish(), NOW)
    assert dealt.by_person == {7: 4, 8: 3, 9: 3} and dealt.short == {}
    assert dealt == deal(_tasks(10), _people(8, 9, 7), [], Wish(), NOW)
    assert len({task for _, task in dealt.dealt}) == 10


def test_whoever_has_least_is_dealt_first() -> None:
    """What people have open counts, and the limit with it."""
    people = [Assignee(7, None, 5), Assignee(8, None, 0)]
    assert deal(_tasks(3), people, [], Wish(), NOW).by_person == {8: 3}
    dealt = deal(_tasks(9), people, [], Wish(at_most=6), NOW)
    assert dealt.by_person == {7: 1, 8: 6} and dealt.short == {8: "all full", 9: "all full"}


def test_everybody_may_get_every_task() -> None:
    """Whoever has one, or has begun it, does not get it again."""
    tasks = [*_tasks(2), DealtTask(3, NOW, begun_by=frozenset({7}))]
    dealt = deal(tasks, _people(7, 8), [_given(8, 1)], Wish(to_each=True), NOW)
    assert sorted(dealt.dealt) == [(7, 1), (7, 2), (8, 2), (8, 3)] and dealt.short == {}


def test_overlap_is_label_studios_unless_another_is_wished() -> None:
    """Those who have a task or have begun it count; ended and expired assignments do not."""
    before = [_given(7, 1), _given(8, 1, active=False), _given(9, 1, valid_until_utc=NOW)]
    assert deal(_tasks(1, overlap=2), _people(7, 8, 9), before, Wish(), NOW).dealt == ((8, 1),)
    assert deal(_tasks(1, overlap=2), _people(7, 8, 9), before, Wish(overlap=3), NOW).dealt == ((8, 1), (9, 1))
    assert deal(_tasks(1, overlap=2, begun_by=frozenset({5})), _people(7, 8, 9), before, Wish(), NOW).dealt == ()


def test_a_task_that_was_given_back_never_comes_again() -> None:
    """It goes to the next person, and where there is none it is told."""
    before = [_given(7, 1, active=False, barred=True)]
    assert deal(_tasks(1), _people(7, 8), before, Wish(), NOW).dealt == ((8, 1),)
    dealt = deal(_tasks(1), _people(7), before, Wish(), NOW)
    assert (dealt.dealt, dealt.short) == ((), {1: "nobody left"})


def test_specialties_are_kept_to() -> None:
    """A task of no specialty of theirs is dealt to nobody; None as a task's is nobody's, empty is everybody's only if they have it."""
    tasks = [DealtTask(1, NOW, specialty="cardio"), DealtTask(2, NOW, specialty="neuro"), DealtTask(3, NOW, specialty=None)]
    people = [Assignee(7, frozenset({"cardio"})), Assignee(8, frozenset({"cardio", ""}))]
    dealt = deal(tasks, people, [], Wish(to_each=True), NOW)
    assert dealt.dealt == ((7, 1), (8, 1)) and dealt.short == {2: "no specialty", 3: "no specialty"}


@pytest.mark.parametrize("seed", range(200))
def test_whatever_is_dealt_keeps_to_every_rule(seed: int) -> None:
    """Nobody twice, nobody barred, no other specialty, no more than the overlap, no more than may be open."""
    chance = random.Random(seed)
    words = ("a", "b", "c")
    everybody = range(1, chance.randint(2, 7))
    tasks = [
        DealtTask(n, NOW, chance.randint(1, 3), chance.choice((*words, None)), frozenset(who for who in everybody if chance.random() < 0.1))
        for n in range(1, 30)
    ]
    before = [
        _given(who, task.ls_task_id, active=chance.random() < 0.5, barred=chance.random() < 0.3)
        for task in tasks for who in everybody if chance.random() < 0.15
    ]
    people = [Assignee(who, frozenset(chance.sample(words, 2)), chance.randint(0, 3)) for who in everybody if chance.random() < 0.8]
    at_most = chance.choice((None, 4, 9))
    dealt = deal(tasks, people, before, Wish(at_most=at_most), NOW)
    by_id, had = {task.ls_task_id: task for task in tasks}, {one.pair for one in before if one.in_force(NOW)}
    barred, persons = {one.pair for one in before if one.barred}, {one.ls_user_id: one for one in people}
    assert len(set(dealt.dealt)) == len(dealt.dealt) and not set(dealt.dealt) & (had | barred)
    for who, number in dealt.dealt:
        assert who not in by_id[number].begun_by and by_id[number].specialty in (persons[who].specialties or ())
    for task in tasks:
        has = {who for who, of in (*had, *dealt.dealt) if of == task.ls_task_id} | task.begun_by
        got = sum(of == task.ls_task_id for _, of in dealt.dealt)
        assert not got or len(has) <= task.overlap
        assert (len(has) < task.overlap) == (task.ls_task_id in dealt.short)
    for one in people:
        assert at_most is None or dealt.by_person.get(one.ls_user_id, 0) <= max(0, at_most - one.open_tasks)


def test_rows_carry_the_next_revision() -> None:
    """One that there was before comes back with the number above; ending raises it again."""
    given = rows([(7, 1), (8, 1)], {1: NOW}, PROJECT, [_given(7, 1, active=False, revision=4)])
    assert [(one.ls_user_id, one.revision, one.active) for one in given] == [(7, 5, True), (8, 1, True)]
    assert [(one.revision, one.active, one.barred) for one in ended(given, barred=True)] == [(6, False, True), (2, False, True)]


def test_open_tasks_are_those_in_force_and_not_done() -> None:
    """A task that somebody has submitted is open to them no longer."""
    before = [_given(7, 1), _given(7, 2), _given(7, 3, active=False), _given(8, 1, valid_until_utc=NOW)]
    assert open_counts(before, {2: frozenset({7})}, NOW) == {7: 1}
