"""The items of a knowledge test in a pack: the banks that come along, and what is said about wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from ls_expert_plugin.domains.loader import BUILT_IN_DIR, examine, load_pack
from tests.support.builders.starter_pack import line_of, told
from tests.support.builders.tax_pack import GOOD

BANKS = sorted(path.parent.name for path in BUILT_IN_DIR.glob("*/items.yaml"))
TWO = GOOD + """\
items:
  - {id: t1, specialty: vat, stem: "One?", right: "Yes", wrong: ["No, never", "Perhaps so", "At times"], rationale: So., source: Book, difficulty: -0.8}
  - {id: t2, specialty: vat, stem: "Two?", right: "Two", wrong: ["Three", "Five", "Seven"], rationale: So., source: Book, difficulty: 1}
"""


@pytest.mark.parametrize("name", BANKS)
def test_a_bank_that_comes_along_is_large_and_well_spread(name: str) -> None:
    """At least 80 items over at least six specialties, from easy to hard, many near the cut, and the right option is not the longest too often."""
    examined = examine(BUILT_IN_DIR / name)
    assert examined.pack is not None and not examined.mistakes
    assert not [str(one) for one in examined.weaknesses if "item" in str(one.says) or one.where == ("items",)]
    items = examined.pack.items
    assert len(items) >= 80 and len({one.specialty for one in items}) >= 6
    assert sum(-0.5 <= one.difficulty <= 1.5 for one in items) >= 20
    assert min(one.difficulty for one in items) <= -2 and max(one.difficulty for one in items) >= 2


def test_difficulties_may_be_decimals(tmp_path: Path) -> None:
    """Written as -0.8 or as 1; a pack without items is right too."""
    path = tmp_path / "tax.yaml"
    path.write_text(TWO, encoding="utf-8")
    assert [one.difficulty for one in load_pack(path).items] == [-0.8, 1.0]
    path.write_text(GOOD, encoding="utf-8")
    assert load_pack(path).items == ()


@pytest.mark.parametrize(("old", "new", "says"), [
    ("difficulty: -0.8", "difficulty: hard", "items[0].difficulty: must be a number like -0.8"),
    ("difficulty: -0.8", 'difficulty: "-0,8"', "items[0].difficulty: must be a number like -0.8"),
    ("difficulty: -0.8", "difficulty: true", "items[0].difficulty: must be a number like -0.8; this is true"),
    ("difficulty: -0.8", "difficulty: 4.5", "items[0].difficulty: must be at most 4"),
    (', "At times"]', "]", "items[0].wrong: has 2 options; write three that are wrong, beside the one in right"),
    ('"At times"]', '"yes"]', "items[0].wrong[2]: says the same as right; write another option"),
    ('"At times"]', '"perhaps  so"]', "items[0].wrong[2]: says the same as wrong[1]; write another option"),
    ("t1, specialty: vat", "t1, specialty: nothing", 'items[0].specialty: "nothing" is not the id of a specialty; write one of: vat, payroll'),
    ("id: t2", "id: t1", 'items[1].id: "t1" is already the id of items[0]; choose another'),
    ('"Two?"', '"one?"', "items[1].stem: is already the stem of items[0]; ask something else"),
    (", source: Book, difficulty: 1", ", difficulty: 1", "items[1].source: is missing; add it"),
])
def test_a_wrong_item_is_told_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    """File, line, field, and what to do."""
    wrong, _ = told(tmp_path, (old, new), text=TWO)
    line = line_of("id: t2" if says.startswith("items[1]") else "id: t1", TWO)
    assert len(wrong) == 1 and wrong[0].startswith(f"{line}: {says}")


def test_a_test_that_cannot_be_held_is_a_mistake(tmp_path: Path) -> None:
    """Required without enough items, or with more items at least than at most."""
    wrong, _ = told(tmp_path, text=TWO + "policy: {test_required: true}\n")
    assert len(wrong) == 1 and "asks for a test of up to 40 items, and the pack has 2" in wrong[0]
    wrong, _ = told(tmp_path, text=TWO + "policy: {test: {min_items: 30, max_items: 20}}\n")
    assert len(wrong) == 1 and "is more than max_items, 20" in wrong[0]


def test_a_weak_bank_is_warned_of(tmp_path: Path) -> None:
    """Few items, a specialty without any, and right options that are the longest."""
    _, weak = told(tmp_path, ('right: "Yes"', 'right: "Yes, and here is why"'), text=TWO)
    told_of = " ".join(weak)
    assert "are only 2; with 80 or more" in told_of and '"payroll" has no item' in told_of and "longest in 1 of 2" in told_of
    _, none = told(tmp_path, text=GOOD)
    assert "item" not in " ".join(none)
