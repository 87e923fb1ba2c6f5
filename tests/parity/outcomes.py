"""What two runs of the same tests say of each other. Pure; ``report.py`` puts it into words.

A test is *lost* when it passes on stock and does not pass with the extension. That is the one thing that must not be.
"""

from __future__ import annotations

import json
import operator
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PASSED, SKIPPED, FAILED, ERROR = "passed", "skipped", "failed", "error"
_WORSE = (PASSED, SKIPPED, FAILED, ERROR)


class BrokenOff(Exception):
    """A run did not come to its end, so that nothing can be said; the sentence says which, and where to look."""


@dataclass(frozen=True)
class Side:
    """One finished run. ``outcomes`` by test id; ``why`` holds what failed tests said; ``facts`` is the plugin's last line."""

    outcomes: Mapping[str, str]
    why: Mapping[str, str]
    facts: Mapping[str, Any]

    def counts(self) -> dict[str, int]:
        """How many of each outcome, those with none included."""
        counted = Counter(self.outcomes.values())
        return {outcome: counted[outcome] for outcome in _WORSE}


# (stock, extended)
Round = tuple[Side, Side]


@dataclass(frozen=True)
class Difference:
    """Tests by name. ``failing``: on stock too. ``excepted``: lost, and listed with a reason. ``stale``: listed without need."""

    lost: Sequence[str]
    gained: Sequence[str]
    flaky: Sequence[str]
    failing: Sequence[str]
    excepted: Mapping[str, str]
    stale: Sequence[str]
    why: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_parity(self) -> bool:
        """Whether everything that passes on stock passes with the extension, and the list of exceptions is true."""
        return not self.lost and not self.stale


def read_side(name: str, lines: Iterable[str]) -> Side:
    """The plugin's lines. Raises ``BrokenOff`` when the last one is missing."""
    outcomes: dict[str, str] = {}
    why: dict[str, str] = {}
    facts: dict[str, Any] | None = None
    for line in lines:
        said = json.loads(line)
        if "finished" in said:
            facts = said["finished"]
        elif "id" in said:
            test = said["id"]
            if _WORSE.index(said["outcome"]) >= _WORSE.index(outcomes.get(test, PASSED)):
                outcomes[test] = said["outcome"]
                why[test] = said["why"]
    if facts is None:
        last = next(reversed(outcomes), "none")
        raise BrokenOff(f"The run of {name} broke off after {len(outcomes)} tests; the last one that ended was {last}.")
    return Side(outcomes, why, facts)


def check_sides(stock: Side, extended: Side, database: str) -> None:
    """That each run was what it should be. Raises ``BrokenOff``: a comparison of stock with stock would always be equal."""
    if stock.facts["modules_of_ours"] or stock.facts["enforcement"] is not None:
        raise BrokenOff(f"The stock run had modules of the extension loaded: {stock.facts['modules_of_ours'][:3]}.")
    said = {name: extended.facts[name] for name in ("settings", "enforcement", "default_role")}
    if said != {"settings": "ls_expert_plugin.label_studio.settings", "enforcement": "enforce", "default_role": "manager"}:
        raise BrokenOff(f"The extended run was not under enforce with everybody a manager: {said}.")
    if not any(name.endswith(".label_studio.middleware") for name in extended.facts["modules_of_ours"]):
        raise BrokenOff("The extended run never loaded the extension's middleware.")
    for name, side in (("stock", stock), ("extended", extended)):
        if not side.facts["database"].startswith(database):
            raise BrokenOff(f"The {name} run was on {side.facts['database']}, not on {database}.")
    if not any(outcome == PASSED for outcome in stock.outcomes.values()):
        raise BrokenOff("No test passed on stock, so there is nothing to compare.")


def undecided(rounds: Sequence[Round]) -> list[str]:
    """Tests to run once more: those that only one side has passed yet; after the first round also those that fail on both.

    The latter may have failed for want of time on a busy machine. As long as they fail on stock, a comparison says nothing of them.
    """
    tests = [test for test in _tests(rounds) if operator.xor(*_ever_passed(rounds, test))]
    return sorted(tests + (_failing(rounds) if len(rounds) == 1 else []))


def compare(rounds: Sequence[Round], exceptions: Mapping[str, str]) -> Difference:
    """The whole run, then the repetitions of what was undecided.

    A test that differed and has passed on both sides at some time is flaky. One that stock passed at some time and the extension
    never did is lost, even if alone it fails on both.
    """
    lost, gained, flaky, excepted, why = [], [], [], {}, {}
    for test in _tests(rounds):
        on_stock, on_extended = _ever_passed(rounds, test)
        if on_stock and not on_extended:
            if test in exceptions:
                excepted[test] = exceptions[test]
            else:
                lost.append(test)
                why[test] = next((extended.why[test] for _, extended in rounds if extended.why.get(test)), "It was not run.")
        elif on_extended and not on_stock:
            gained.append(test)
        elif any(operator.xor(*_ever_passed([one], test)) for one in rounds):
            flaky.append(test)
    stale = [test for test in sorted(exceptions) if test in rounds[0][0].outcomes and test not in excepted and test not in flaky]
    return Difference(lost, gained, flaky, _failing(rounds), excepted, stale, why)


def _tests(rounds: Sequence[Round]) -> list[str]:
    return sorted({test for one in rounds for side in one for test in side.outcomes})


def _ever_passed(rounds: Sequence[Round], test: str) -> tuple[bool, bool]:
    """On stock, with the extension."""
    return any(stock.outcomes.get(test) == PASSED for stock, _ in rounds), any(extended.outcomes.get(test) == PASSED for _, extended in rounds)


def _failing(rounds: Sequence[Round]) -> list[str]:
    """Tests that fail on stock and that neither side has passed."""
    stock = rounds[0][0]
    return [test for test, outcome in sorted(stock.outcomes.items()) if outcome in (FAILED, ERROR) and not any(_ever_passed(rounds, test))]
