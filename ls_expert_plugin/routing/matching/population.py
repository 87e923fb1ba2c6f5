"""Feature encoding of people: what conditions and points are computed from, as arrays with a row for each expert. Pure.

What few have (a specialty, a licence of a place, an excluded client) is kept as an inverted index: a key leads to the rows that have it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ls_expert_plugin.routing.access.eligibility import plain_name
from ls_expert_plugin.routing.matching.values import Expert, MatchingRules

# Hours of whoever has not said how many: more than any project asks for.
HOURS_UNSAID = 10_000
QUALITY_UNKNOWN = -1.0


@dataclass(frozen=True)
class Population:
    """Experts as arrays of length n, in the order of ``ls_user_ids`` (int64).

    ``slots`` are projects they can still take, ``hours_free`` hours a week that are left (``HOURS_UNSAID`` where they have not said how many),
    ``projects_now`` those they have, ``waiting_days`` since they were last given or offered one, ``quality`` 0 to 1 or ``QUALITY_UNKNOWN``.
    ``paused_to`` is an ordinal of a date, 0 without a pause. ``rows`` maps a key to the rows (int32, ascending) that have it.
    """

    ls_user_ids: np.ndarray
    slots: np.ndarray
    hours_free: np.ndarray
    projects_now: np.ndarray
    waiting_days: np.ndarray
    quality: np.ndarray
    paused_to: np.ndarray
    levels: dict[str, np.ndarray]
    rows: dict[Hashable, np.ndarray]

    def __len__(self) -> int:
        return len(self.ls_user_ids)

    def having(self, *keys: Hashable) -> np.ndarray:
        """Which rows have any of these keys: bool of length n."""
        mask = np.zeros(len(self), bool)
        for key in keys:
            if (found := self.rows.get(key)) is not None:
                mask[found] = True
        return mask

    def rows_of(self, ls_user_ids: Iterable[int]) -> np.ndarray:
        """The rows of those of these people who are there, ascending."""
        there = self._row_of
        return np.array(sorted({there[who] for who in ls_user_ids if who in there}), np.int64)

    @cached_property
    def _row_of(self) -> dict[int, int]:
        return {who: row for row, who in enumerate(self.ls_user_ids.tolist())}


def encode(experts: Sequence[Expert], rules: MatchingRules) -> Population:
    """The arrays of these people at ``rules.now``; verifications and licences that are over by then are left out."""
    rows: dict[Hashable, list[int]] = defaultdict(list)
    count = len(experts)
    slots, free, has, waiting, paused = (np.zeros(count, np.int32) for _ in range(5))
    quality, levels = np.full(count, QUALITY_UNKNOWN), defaultdict(lambda: np.zeros(count, np.int8))
    for row, expert in enumerate(experts):
        said, has[row] = expert.availability, expert.projects_now
        most = rules.usual_most_projects if said.most_projects is None else said.most_projects
        slots[row] = max(0, most - expert.projects_now)
        free[row] = HOURS_UNSAID if said.hours_a_week is None else max(0, said.hours_a_week - expert.hours_now)
        waiting[row] = max(0, (rules.today - expert.waiting_since).days) if expert.waiting_since else 0
        paused[row] = said.paused_until.toordinal() if said.paused_until else 0
        if expert.quality is not None:
            quality[row] = expert.quality
        for key in _keys(expert, rules):
            rows[key].append(row)
        for domain, level in _levels(expert, rules):
            levels[domain][row] = level
    return Population(
        np.fromiter((one.ls_user_id for one in experts), np.int64, count), slots, free, has, waiting, quality, paused, dict(levels),
        {key: np.array(found, np.int32) for key, found in rows.items()},
    )


def _keys(expert: Expert, rules: MatchingRules) -> set[Hashable]:
    candidate, said = expert.candidate, expert.availability
    keys: set[Hashable] = {("manager",)} if candidate.is_manager else set()
    seen: set[str] = set()
    for verification in candidate.verifications:
        if verification.domain not in seen and verification.in_force(rules.now):
            seen.add(verification.domain)  # the first in force counts, as in access/eligibility.py
            keys.add(("domain", verification.domain))
            keys.update(("specialty", verification.domain, one) for one in verification.specialties)
    keys.update(
        ("licence", one.kind, plain_name(one.jurisdiction)) for one in candidate.credentials
        if one.valid_until_utc is None or rules.now < one.valid_until_utc
    )
    keys.update(("language", one.code) for one in candidate.languages)
    keys.update(("prefers", one) for one in (*said.preferred_specialties, *said.preferred_kinds))
    keys.update(("unwanted", one) for one in (*said.unwanted_specialties, *said.unwanted_kinds))
    if said.preferred_specialties or said.preferred_kinds:
        keys.add(("has preferences",))
    if said.languages:
        keys.add(("chose languages",))
        keys.update(("works in", code) for code in said.languages)
    keys.update(("excludes client", plain_name(one)) for one in said.excluded_clients)
    keys.update(("excludes use", plain_name(one)) for one in said.excluded_uses)
    return keys


def _levels(expert: Expert, rules: MatchingRules) -> Iterable[tuple[str, int]]:
    seen: set[str] = set()
    for verification in expert.candidate.verifications:
        if verification.domain not in seen and verification.in_force(rules.now):
            seen.add(verification.domain)
            yield verification.domain, verification.level or 0
