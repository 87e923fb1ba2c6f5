"""What ``ls-expert assign`` and ``take-back`` read and print."""

from __future__ import annotations

import pytest

from ls_expert_plugin.cli.routing.assign import lines, task_ids
from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.routing.assignment.service import AssignmentPlan
from ls_expert_plugin.routing.values import Project, Rules


def test_ids_of_tasks_are_numbers_and_ranges() -> None:
    """With blanks, in any order, each once."""
    assert task_ids("101, 105-107,101") == {101, 105, 106, 107}


@pytest.mark.parametrize("written", ["", "a", "1,,2", "1-", "-5", "1-2-3", "٣", "12345678901", "1-999999999"])
def test_what_is_no_id_is_said(written: str) -> None:
    """And nothing is guessed, nor a thousand million tasks asked for."""
    with pytest.raises(BadInput, match="--tasks"):
        task_ids(written)


def test_a_plan_says_who_gets_how_many_and_what_is_left() -> None:
    """People without a new task, tasks without people by reason, and that an open project hides nothing."""
    project = Project(12, "Clause\ntypes", None, Rules(assignment="assigned"))
    plan = AssignmentPlan(project, ((7, 1), (7, 2), (8, 1)), {3: "all full", 4: "all full", 5: "no specialty"}, (9,))
    assert list(lines(plan, {7: "ada@example.org", 9: "eve@example.org"})) == [
        "Project 12 “Clause types”", "  ada@example.org: 2 tasks", "  8: 1 task", "  eve@example.org: no new task",
        "  1 task without enough people: who is left has another specialty",
        "  2 tasks without enough people: who is left has as many open tasks as they may",
    ]
    opened = AssignmentPlan(Project(12, "Open", None), (), {}, ())
    assert "experts see all its tasks all the same" in list(lines(opened, {}))[-1]
