"""What must fit together in the items of a knowledge test, and what is allowed but weak. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.domains.validation.text_normalization import plain, repeated
from ls_expert_plugin.reading.validation_errors import Location, Mistake

MIN_BANK = 80  # a test of 40 items that shows nobody more than two thirds of the bank, and leaves others for the next attempt
MAX_LONGEST_SHARE = 0.35  # by chance it is a quarter; whoever guesses the longest option should gain little


def item_mistakes(pack: Pack) -> Iterator[Mistake]:
    """Items that lead nowhere or say the same twice, and a test that cannot be held."""
    specialties = [one.id for one in pack.specialties]
    for number, item in enumerate(pack.items):
        at: Location = ("items", number)
        if item.specialty not in specialties:
            says = f'"{item.specialty}" is not the id of a specialty; write one of: {", ".join(specialties)}'
            yield Mistake((*at, "specialty"), says)
        for position, first in repeated([plain(text) for text in (item.right, *item.wrong)]):
            same = f"wrong[{first - 1}]" if first else "right"
            yield Mistake((*at, "wrong", position - 1), f"says the same as {same}; write another option")
    for position, first in repeated([plain(item.stem) for item in pack.items]):
        yield Mistake(("items", position, "stem"), f"is already the stem of items[{first}]; ask something else")
    test = pack.policy.test
    if test.min_items > test.max_items:
        yield Mistake(("policy", "test", "min_items"), f"is more than max_items, {test.max_items}; make it smaller")
    if pack.policy.test_required and len(pack.items) < test.max_items:
        says = f"asks for a test of up to {test.max_items} items, and the pack has {len(pack.items)}; write more, or set it to false"
        yield Mistake(("policy", "test_required"), says)


def item_weaknesses(pack: Pack) -> Iterator[Mistake]:
    """What makes a bank easy to learn by heart or to guess. A pack without items has no test, and nothing is said."""
    if not pack.items:
        return
    if len(pack.items) < MIN_BANK:
        yield Mistake(("items",), f"are only {len(pack.items)}; with {MIN_BANK} or more, a test can be taken again with other items")
    for number, specialty in enumerate(pack.specialties):
        if not any(item.specialty == specialty.id for item in pack.items):
            yield Mistake(("specialties", number), f'"{specialty.id}" has no item, so its people are tested on other specialties')
    longest = sum(len(item.right) > max(map(len, item.wrong)) for item in pack.items)
    if longest > MAX_LONGEST_SHARE * len(pack.items):
        yield Mistake(("items",), f"give themselves away: the right option is the longest in {longest} of {len(pack.items)}; lengthen wrong ones")
