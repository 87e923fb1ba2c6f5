"""A run over a whole project as the page and the worker see it. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

# A worker says that it is there far more often; after this it is gone, and another goes on.
GONE_AFTER = dt.timedelta(minutes=3)
# What a worker learns when it tells how far it is: a manager stopped the run; somebody else has taken it over.
Told = Literal["go on", "stop", "lost"]


@dataclass(frozen=True)
class PrelabelRun:
    """``tasks``: of the project when it began, 0 until then. ``outcome``: "" while it goes on, then done, stopped or failed.

    ``token``: of the lease, for whoever has taken the run.
    """

    id: int
    ls_project_id: int
    only_missing: bool
    begun_at_utc: dt.datetime
    seen_at_utc: dt.datetime | None
    ended_at_utc: dt.datetime | None
    outcome: str
    said: str
    tasks: int
    made: int
    empty: int
    failed: int
    is_to_stop: bool
    token: str = ""

    @property
    def done(self) -> int:
        return self.made + self.empty + self.failed
