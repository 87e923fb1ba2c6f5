"""How often the knowledge test decides wrongly, and after how many items, by the distance of the true ability from the cut.

    python -m benchmarks.knowledge_test [people]

Simulated people answer by the Rasch model, on a bank of 100 even items with an unbounded budget ("free") and with the default rules.
For comparison, a pass or fail at 95 % with one look at the end needs 16, 25 and 62 items at 1.0, 0.8 and 0.5 logit.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
import sys

from ls_expert_plugin.domains.items import Item
from ls_expert_plugin.vetting.knowledge_test.session import answer, next_item, result, scaled
from ls_expert_plugin.vetting.knowledge_test.shuffling import rank, right_letter
from ls_expert_plugin.vetting.knowledge_test.values import AttemptRules, Result, Sitting

ITEMS = {
    f"i{n}": Item(id=f"i{n}", specialty=f"s{n % 8}", stem=f"{n}?", right="r", wrong=("x", "y", "z"), rationale="-", source="-", difficulty=-2.5 + n / 20)
    for n in range(101)
}
BANK = scaled(tuple(ITEMS.values()), {})


def held(ability: float, seed: str, rules: AttemptRules) -> Result:
    """One simulated test."""
    sitting = Sitting(seed)
    while (asked := next_item(BANK, sitting, rules)) is not None:
        item = ITEMS[asked.item_id]
        knows = rank(seed, "person", item.id) < 1 / (1 + math.exp(item.difficulty - ability))
        letter = right_letter(item, seed) if knows else None
        sitting = answer(BANK, sitting, rules, item.id, letter, dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc))
    ended = result(BANK, sitting, rules)
    if ended is None:
        raise AssertionError("the test has no next item and no result")
    return ended


def main(people: int) -> None:
    """Print one line for each rules and distance."""
    print("rules    distance  wrong   undecided  items: median  90 %")
    for name, rules in (("free", AttemptRules(max_items=101, max_exposure=1.0)), ("default", AttemptRules())):
        for distance, needed in ((1.0, 16), (0.8, 25), (0.5, 62)):
            ends = [held(sign * distance, f"{name}{distance}{sign}{n}", rules) for n in range(people // 2) for sign in (1, -1)]
            wrong = sum(end.outcome == ("fail" if n % 2 == 0 else "pass") for n, end in enumerate(ends))
            counts = sorted(len(end.item_ids) for end in ends)
            undecided = sum(end.outcome == "undecided" for end in ends)
            print(f"{name:8} {distance:8} {wrong / len(ends):6.1%} {undecided / len(ends):10.1%} {statistics.median(counts):14.0f} "
                  f"{counts[int(0.9 * len(counts))]:5}   (fixed length: {needed})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
