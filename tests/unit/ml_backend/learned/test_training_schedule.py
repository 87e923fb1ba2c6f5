"""When learning is attempted."""

from __future__ import annotations

import pytest

from ls_expert_plugin.ml_backend.learned.training_schedule import Progress, after_learning, after_too_few, is_first_due, is_relearning_due


def _progress(annotations: int, next_attempt: int = 0, attempted_experts: int = 0, examples: int | None = None) -> Progress:
    return Progress(3, "law", annotations, next_attempt, attempted_experts, examples)


@pytest.mark.parametrize(("progress", "experts", "due"), [
    (_progress(10), 1, True), (_progress(10), 0, False), (_progress(19, 20, 1), 1, False), (_progress(20, 20, 1), 1, True),
    (_progress(11, 20, 1), 2, True), (_progress(11, 20, 2), 1, False), (_progress(50_000, examples=10), 5, False),
])
def test_a_first_set_is_attempted_when_enough_came_in_or_with_more_experts(progress: Progress, experts: int, due: bool) -> None:
    """And never without an expert, or where there is a set."""
    assert is_first_due(progress, experts) is due


@pytest.mark.parametrize(("annotations", "found", "again_at"), [
    (10, 9, 12), (10, 0, 20), (12, 6, 20), (50_000, 0, 100_000), (50_000, 4, 100_000), (50_000, 9, 55_556), (10, 10, 11),
])
def test_an_attempt_that_found_too_little_is_repeated_when_it_may_find_enough(annotations: int, found: int, again_at: int) -> None:
    """By the share that could be used; at twice as many at the latest."""
    assert after_too_few(annotations, found, 10) == again_at


@pytest.mark.parametrize(("progress", "due"), [
    (_progress(50), False), (_progress(33, examples=14), False), (_progress(34, examples=14), True), (_progress(34, after_learning(14, 14), 1, 14), True),
    (_progress(50_000, examples=2_000), True), (_progress(50_499, after_learning(50_000, 2_000), 1, 2_000), False),
    (_progress(50_500, after_learning(50_000, 2_000), 1, 2_000), True), (_progress(53, after_learning(34, 14), 1, 14), False),
])
def test_a_newer_set_is_attempted_when_enough_came_in_since_the_last_attempt(progress: Progress, due: bool) -> None:
    """Twenty, or a quarter of the set: also where a set holds only the newest of very many."""
    assert is_relearning_due(progress) is due
