"""The log of calls to language models, in the service's database."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import asdict

from sqlalchemy.exc import SQLAlchemyError

from ls_expert_plugin.llm.port import ModelCall
from ls_expert_plugin.storage.store import Store
from ls_expert_plugin.storage.tables import ModelCallRow

logger = logging.getLogger(__name__)


class StoredCallLog:
    """Each call in a transaction of its own. A database that does not take it costs a log line, never an interview."""

    def __init__(self, store: Store, clock: Callable[[], dt.datetime]) -> None:
        self._store, self._clock = store, clock

    def record(self, call: ModelCall) -> None:
        """Write one call down."""
        try:
            with self._store.begin() as unit:
                unit.session.add(ModelCallRow(**asdict(call), at_utc=self._clock()))
        except SQLAlchemyError as problem:
            logger.error("a call to %s could not be logged: %s", call.model, type(problem).__name__)
