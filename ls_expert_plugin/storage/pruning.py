"""Pruning and roll-up of tables that would grow for ever: a few thousand rows a transaction, so that nobody waits long for it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
# Deleting so many takes some tenths of a second on SQLite, where everybody who writes waits for it.
ROWS_AT_A_TIME = 5_000


def prune(store: Database, now: dt.datetime, *, model_call_days: int, prelabel_score_days: int) -> None:
    """Roll up calls of days that are over, and delete what has been kept long enough. Interrupted, the next one goes on."""
    with store.begin() as unit:
        unit.notifications.forget(now)
    _again(store, lambda unit: int(unit.prelabels.forget(now, ROWS_AT_A_TIME)))
    _again(store, lambda unit: unit.prelabel_scores.forget(now - dt.timedelta(days=prelabel_score_days), ROWS_AT_A_TIME))
    days = _again(store, lambda unit: int(unit.usage.roll_up(now)))
    calls = _again(store, lambda unit: unit.usage.forget_calls(now - dt.timedelta(days=model_call_days), ROWS_AT_A_TIME))
    if days or calls:
        logger.info("calls to language models: %d days summed up, %d calls of earlier days deleted", days, calls)


def _again(store: Database, step: Callable[[UnitOfWork], int]) -> int:
    """Do it until it finds nothing more, each time in a transaction of its own; how much in all."""
    total = 0
    while True:
        with store.begin() as unit:
            done = step(unit)
        if not done:
            return total
        total += done
