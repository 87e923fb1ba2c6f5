"""When the knowledge test may be taken again, and without which items. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ls_expert_plugin.domains.policy import Retakes
from ls_expert_plugin.vetting.knowledge_test.values import Outcome

YEAR = dt.timedelta(days=365)


@dataclass(frozen=True)
class Attempt:
    """A test that was taken. ``outcome`` is None for one that was begun and never finished; it counts."""

    started_at_utc: dt.datetime
    ended_at_utc: dt.datetime | None
    outcome: Outcome | None
    item_ids: tuple[str, ...]


@dataclass(frozen=True)
class MayTake:
    """Whether a test may begin now; if not, ``says`` why in words, and ``from_utc`` from when, if ever.

    ``excluded`` are the items that do not come again."""

    allowed: bool
    says: str
    from_utc: dt.datetime | None
    excluded: frozenset[str]


def may_take(attempts: Sequence[Attempt], rules: Retakes, now: dt.datetime) -> MayTake:
    """``attempts`` are all that this person has made in this domain, in any order; ``now`` in UTC."""
    latest = sorted(attempts, key=lambda one: one.started_at_utc, reverse=True)[: rules.no_repeat_attempts]
    excluded = frozenset(item for one in latest for item in one.item_ids)
    if any(one.outcome == "pass" for one in attempts):
        return MayTake(False, "You have passed this test; it need not be taken again.", None, excluded)
    if not attempts:
        return MayTake(True, "", now, excluded)
    recent = sorted(one.started_at_utc for one in attempts if now - one.started_at_utc < YEAR)
    waited = max(one.ended_at_utc or one.started_at_utc for one in attempts) + dt.timedelta(days=rules.wait_days)
    # The year is over for the oldest of those that leave no room.
    room = recent[-rules.attempts] + YEAR if len(recent) >= rules.attempts else now
    start = max(waited, room)
    if start <= now:
        return MayTake(True, "", now, excluded)
    why = f"{rules.attempts} attempts within a year are the limit" if room > waited else f"There are {rules.wait_days} days between two attempts"
    return MayTake(False, f"{why}. You may take the test again from {start:%d %B %Y}.", start, excluded)
