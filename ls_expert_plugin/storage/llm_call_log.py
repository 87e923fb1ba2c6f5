"""Audit log of calls to language models, in the service's database."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from ls_expert_plugin.llm.port import ModelCall
from ls_expert_plugin.storage.tables import Base, ModelCallRow
from ls_expert_plugin.storage.unit_of_work import Database

_TABLE = Base.metadata.tables[ModelCallRow.__tablename__]  # inserting rows by it takes half as long as by the class
logger = logging.getLogger(__name__)


class StoredCallLog:
    """A call is committed when ``record`` returns; calls that end together share one transaction.

    A database that does not take them costs a log line, never an interview. Safe to share between threads.
    """

    def __init__(self, store: Database, clock: Callable[[], dt.datetime]) -> None:
        self._store, self._clock = store, clock
        self._writing, self._adding = threading.Lock(), threading.Lock()
        self._waiting: list[dict[str, Any]] = []

    def record(self, call: ModelCall) -> None:
        """Write one call to a language model down."""
        row = {**asdict(call), "at_utc": self._clock()}
        with self._adding:
            self._waiting.append(row)
        with self._writing:  # whoever comes first writes for all who wait
            with self._adding:
                rows, self._waiting = self._waiting, []
            if rows:
                self._write(rows)

    def _write(self, rows: list[dict[str, Any]]) -> None:
        try:
            with self._store.begin() as unit:
                unit.session.execute(insert(_TABLE), rows)
        except SQLAlchemyError as problem:
            logger.error("%d calls to %s could not be logged: %s", len(rows), rows[0]["model"], type(problem).__name__)
