"""Telling Label Studio what has been decided: rules of projects first, then memberships, then assignments.

The database is changed in one transaction; Label Studio is told afterwards. What could not be told stays marked as not
pushed, and the next push, by whoever, tells it. Pushing twice changes nothing there: it goes by revision.

While directory synchronisation is on hold, Label Studio may be another one than before, where the numbers are other people's: then endings of access
alone are told, and whatever would let somebody in waits.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import Busy, LabelStudioError

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.routing.values import Membership, ProjectRules, TaskAssignment
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
PUSH_ROWS = 500
# A page that somebody waits for pushes this long; the rest is a job's.
PATIENCE_S = 3.0
# Who does not wait for somebody's page waits this long for another push to end; what is left is the next sweep's.
TURN_PATIENCE_S, TURN_POLL_S = 10.0, 0.05
FIRST_DELAY_S, LONGEST_DELAY_S = 1.0, 60.0


def push(store: Database, client: ExtensionClient, *, patience_s: float | None = None, surprised: Callable[[], None] = lambda: None) -> bool:
    """Tell Label Studio everything it has not been told. False: it did not take it, or ``patience_s`` is over; the rows wait.

    On PostgreSQL one pushes at a time, on however many machines: who comes beside it waits, and finds little or nothing left. ``surprised``
    is called when Label Studio had a newer row: somebody edited it there, or a backup was restored here.
    """
    until = time.monotonic() + (TURN_PATIENCE_S if patience_s is None else patience_s)
    while time.monotonic() < until:
        with store.push_turn() as is_ours:
            if is_ours:
                return _push(store, client, None if patience_s is None else until, surprised)
        time.sleep(TURN_POLL_S)
    return False


def _push(store: Database, client: ExtensionClient, until: float | None, surprised: Callable[[], None]) -> bool:
    while until is None or time.monotonic() < until:
        with store.read() as unit:
            is_held = unit.directory_holds.current() is not None
            # Assignments and memberships first: whatever is read here was committed with its project's rules, which are read after it.
            assignments = unit.task_assignments.unpushed(PUSH_ROWS, endings_alone=is_held)
            memberships = unit.memberships.unpushed(PUSH_ROWS, endings_alone=is_held)
            rules = [] if is_held else unit.projects.unpushed(PUSH_ROWS)
            waits = is_held and bool(unit.memberships.unpushed(1) or unit.task_assignments.unpushed(1) or unit.projects.unpushed(1))
        if not memberships and not rules and not assignments:
            return not waits
        try:
            ignored = client.push_projects(rules) if rules else 0
            if len(rules) < PUSH_ROWS and memberships:
                # In one order, so that two pushes never wait for each other's rows in Label Studio's database.
                ignored += client.push(sorted(memberships, key=lambda one: (one.ls_user_id, one.ls_project_id)))
            if len(rules) < PUSH_ROWS and assignments:
                ignored += client.push_assignments(sorted(assignments, key=lambda one: one.pair))
        except LabelStudioError as problem:
            logger.warning("memberships wait to be pushed: %s", problem.message)
            return False

        def mark(
            unit: UnitOfWork, rules: list[ProjectRules] = rules, memberships: list[Membership] = memberships,
            assignments: list[TaskAssignment] = assignments,
        ) -> None:
            unit.memberships.take_turn(alone=False)  # whoever has it alone writes memberships in an order of their own
            unit.projects.mark_pushed(rules)
            if len(rules) < PUSH_ROWS:
                unit.memberships.mark_pushed(memberships)
                unit.task_assignments.mark_pushed(assignments)

        try:
            store.run(mark)
        except Busy:
            logger.warning("what was pushed is not noted: others are changing it. It is pushed again")
            return False
        if ignored:
            surprised()
    return False


def delay_s(attempt: int, chance: float) -> float:
    """How long to wait before the next attempt, in seconds: 1, 2, 4 … 60, half of it left to ``chance`` (0 to 1). Pure.

    Attempts count from 0.
    """
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(attempt, 16))
    return longest * (0.5 + 0.5 * chance)
