"""Prediction cache in the database, shared by all backends: whoever makes an answer holds a lease on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.ml_backend.serving.single_flight import PredictionKey

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork
from ls_expert_plugin.storage.repositories.prelabels.predictions import AT_A_TIME, TAKEN_FOR, key_columns


class StoredPredictionCache:
    """A ``Shelf`` in the service's database."""

    def __init__(self, store: Database, clock: Callable[[], dt.datetime], taken_for: dt.timedelta = TAKEN_FOR) -> None:
        self._store, self._clock, self._taken_for = store, clock, taken_for

    def take(self, keys: Sequence[PredictionKey]) -> tuple[dict[PredictionKey, dict[str, Any]], set[PredictionKey]]:
        """Those that are ready, and those that are the caller's now. When it cannot be said of all, none is: what was taken is given back."""
        found, mine = dict[PredictionKey, dict[str, Any]](), set[PredictionKey]()
        try:
            for some in _pages(sorted(keys, key=key_columns)):
                ready, taken = self._store.run(lambda unit, some=some: unit.prelabels.take(some, self._clock(), self._taken_for))  # type: ignore[misc]
                found |= ready
                mine |= taken
        except BaseException:
            self.put(dict.fromkeys(mine))
            raise
        return found, mine

    def ready(self, keys: Sequence[PredictionKey]) -> tuple[dict[PredictionKey, dict[str, Any]], set[PredictionKey]]:
        """Those that are ready, and those under way."""
        found, rest = dict[PredictionKey, dict[str, Any]](), set[PredictionKey]()
        for some in _pages(keys):
            with self._store.read() as unit:
                rows = unit.prelabels.those(some)
            found |= {key: result for key, (result, _) in rows.items() if result is not None}
            rest |= {key for key, (result, _) in rows.items() if result is None}
        return found, rest

    def put(self, made: Mapping[PredictionKey, dict[str, Any] | None]) -> None:
        """Keep these; what could not be made is forgotten."""
        def work(unit: UnitOfWork, some: Mapping[PredictionKey, dict[str, Any] | None]) -> None:
            unit.prelabels.put(some, self._clock())
            unit.prelabel_scores.put(some, self._clock())

        for some in _pages(sorted(made, key=key_columns)):
            self._store.run(partial(work, some={key: made[key] for key in some}))


def _pages(keys: Sequence[PredictionKey]) -> list[Sequence[PredictionKey]]:
    return [keys[start : start + AT_A_TIME] for start in range(0, len(keys), AT_A_TIME)]
