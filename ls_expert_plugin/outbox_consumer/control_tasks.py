"""Counting answers to control tasks: Label Studio compares, the service keeps what came of it.

A fair queue: whoever has worked since they were counted, and everybody once a day, because a ground truth that comes later changes the count of those who
answered before. Who was tried last comes last, so that nobody waits behind people whose count takes too long.
"""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import LabelStudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.storage.unit_of_work import Database

logger = logging.getLogger(__name__)
# Older answers say little of how somebody works now.
LATEST = 200
# A call counts some tenths of a second for each of them, in Label Studio.
PEOPLE_AT_A_TIME = 5
LONGEST_CALL_S = 60.0
# Then it is not these people, it is Label Studio.
FAILURES_IN_A_ROW = 3
AT_LEAST_EVERY = dt.timedelta(days=1)
# The clocks of the two sides may differ by so much.
CLOCKS_DIFFER = dt.timedelta(minutes=5)
_PAGE = 500


def count_control_answers(store: Database, client: ExtensionClient, clock: Callable[[], dt.datetime]) -> int:
    """Count for everybody whose turn it is; how many people. Raises ``LabelStudioError`` when several calls fail in a row: the others' turn comes next time."""
    counted, failures = 0, 0
    for some in _by_turns(store, clock()):
        began = clock()
        with store.begin() as unit:
            unit.control.tried(some, began)
        try:
            counts = client.control_answers(some, LATEST, timeout_s=LONGEST_CALL_S)
        except LabelStudioError as problem:
            failures += 1
            if failures == FAILURES_IN_A_ROW:
                raise
            logger.warning("answers to control tasks of %s are counted another time: %s", ", ".join(map(str, some)), problem.message)
            continue
        failures = 0
        with store.begin() as unit:
            unit.control.put(some, counts, began, began - CLOCKS_DIFFER)
        counted += len(some)
    return counted


def _by_turns(store: Database, begun: dt.datetime) -> Iterator[tuple[int, ...]]:
    """Whose turn it is, a few at a time, each once."""
    while True:
        with store.read() as unit:
            waiting = unit.control.waiting(begun, begun - AT_LEAST_EVERY, _PAGE)
        if not waiting:
            return
        for start in range(0, len(waiting), PEOPLE_AT_A_TIME):
            yield waiting[start : start + PEOPLE_AT_A_TIME]
