"""What scores are worth. Here and not under unit/, because scikit-learn takes seconds to import."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ls_expert_plugin.ml_backend.learned.score_calibration import MIN_OUTCOMES, Calibration, Judged, fit


def _judged(shares: dict[float, float], each: int, is_blind: bool = False) -> list[Judged]:
    """For each score, ``each`` outcomes of which that share stood."""
    return [Judged(score, number < share * each, is_blind) for score, share in shares.items() for number in range(each)]


def test_a_score_becomes_the_share_that_experts_let_stand() -> None:
    """Three samples that agree are right in 70 % here, two of three in 40 %: that is what is shown then, not 1 and 0.67."""
    learnt = fit(_judged({1.0: 0.7, 0.6667: 0.4}, 100))
    assert learnt is not None and learnt.of(1.0) == pytest.approx(0.7, abs=0.03) and learnt.of(0.6667) == pytest.approx(0.4, abs=0.03)
    assert learnt.applied({"result": [], "score": 1.0})["score"] == round(learnt.of(1.0), 4)
    assert learnt.applied({"result": []}) == {"result": []} and learnt.applied({}) == {}


def test_too_few_outcomes_say_nothing_and_blind_ones_count_alone_where_they_are_enough() -> None:
    """Who sees a pre-label accepts it more easily: that says less."""
    shown = _judged({0.9: 1.0}, 200)
    assert fit(shown[: MIN_OUTCOMES - 1]) is None
    both = fit([*shown, *_judged({0.9: 0.5}, MIN_OUTCOMES, is_blind=True)])
    assert both is not None and both.is_blind and both.outcomes == MIN_OUTCOMES and both.of(0.9) == pytest.approx(0.5, abs=0.03)
    few = fit([*shown, *_judged({0.9: 0.5}, 10, is_blind=True)])
    assert few is not None and not few.is_blind and few.outcomes == 210


def test_a_score_that_says_nothing_is_worth_the_same_everywhere() -> None:
    """Also one that says the contrary; and nothing is ever certain."""
    learnt = fit(_judged({0.9: 0.3, 0.4: 0.6}, 50))
    assert learnt is not None and learnt.of(0.99) == learnt.of(0.1) == pytest.approx(0.45, abs=0.02)
    always = fit(_judged({0.9: 1.0}, MIN_OUTCOMES))
    assert always is not None and 0.9 < always.of(0.9) < 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_score_is_never_worth_less(seed: int, one: float, other: float) -> None:
    """Whatever came out: worth grows with the score, and is a share."""
    chance = random.Random(seed)
    learnt = fit([Judged(chance.random(), chance.random() < 0.5, False) for _ in range(60)])
    assert isinstance(learnt, Calibration)
    low, high = sorted((one, other))
    assert 0 <= learnt.of(low) <= learnt.of(high) <= 1
