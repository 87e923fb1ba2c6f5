"""The keystroke-level model of ``benchmarks/walks``: what a walk's operators add up to."""

from __future__ import annotations

from benchmarks.walks.keystroke_model import SECONDS, Tally


def test_a_walk_takes_the_sum_of_its_operators() -> None:
    """Two clicks and one word: three times prepared for, twice pointed, once from the mouse to the keys; scrolling and pages have no operator."""
    tally = Tally(clicks=2, keys=6, points=2, homings=1, preparations=3, pages=2, screens=4)
    assert SECONDS == {"K": 0.28, "P": 1.1, "H": 0.4, "M": 1.35}
    assert round(tally.seconds, 2) == round(8 * 0.28 + 2 * 1.1 + 0.4 + 3 * 1.35, 2)
    assert tally.as_json()["seconds"] == 8.9 and tally.as_json()["screens"] == 4
