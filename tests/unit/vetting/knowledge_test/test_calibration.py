"""Difficulties from answers: recovered where there are enough, the author's estimate where not."""

from __future__ import annotations

import numpy
import pytest

from ls_expert_plugin.vetting.knowledge_test.calibration import Marked, calibrate


def answers(people: int, truth: dict[str, float], share: float = 1.0, mean: float = 0.0) -> list[Marked]:
    """Simulated: abilities normal around ``mean``, each item seen by ``share`` of the people."""
    chance = numpy.random.default_rng(11)
    found = []
    for person, ability in enumerate(chance.normal(mean, 1.2, people)):
        for item, logits in truth.items():
            if chance.random() < share:
                found.append(Marked(str(person), item, bool(chance.random() < 1 / (1 + numpy.exp(logits - ability)))))
    return found


TRUTH = {f"i{n}": -2.0 + 4 * n / 29 for n in range(30)}


def test_true_difficulties_are_recovered() -> None:
    """From answers of people who each saw half of the items, although the authors were far off and the people above the average."""
    noise = numpy.random.default_rng(5).normal(0, 0.8, len(TRUTH))
    noise -= noise.mean()
    authors = {item: logits + float(off) for (item, logits), off in zip(TRUTH.items(), noise, strict=True)}
    found = calibrate(answers(600, TRUTH, 0.5, mean=0.7), authors)
    misses = numpy.array([found[item].logits - TRUTH[item] for item in TRUTH])
    errors = numpy.array([found[item].standard_error for item in TRUTH])
    assert numpy.sqrt((misses**2).mean()) < 0.2 < 0.6 < numpy.sqrt((noise**2).mean())
    assert (numpy.abs(misses) < 1.96 * errors).mean() > 0.8 and errors.max() < 0.3
    assert all(one.label.endswith("answers") for one in found.values())


def test_the_mean_stays_where_the_authors_put_it() -> None:
    """So that the cut goes on meaning the same."""
    found = calibrate(answers(200, TRUTH), {item: logits + 0.5 for item, logits in TRUTH.items()})
    assert numpy.mean([one.logits for one in found.values()]) == pytest.approx(0.5, abs=1e-6)


def test_with_few_answers_it_stays_the_authors_estimate() -> None:
    """Also with none, and where everybody was right."""
    found = calibrate(answers(99, TRUTH), TRUTH)
    assert {one.label for one in found.values()} == {"author's estimate"} and found["i3"].logits == TRUTH["i3"] and found["i3"].answers == 99
    assert calibrate([], TRUTH)["i0"].answers == 0
    everybody = [Marked(str(n), "i0", True) for n in range(200)]
    assert calibrate(everybody, TRUTH)["i0"].label == "author's estimate"


def test_only_the_first_answer_of_a_person_to_an_item_counts() -> None:
    """Who sees it again may remember it; and an item that is no longer in the bank is left out."""
    given = answers(150, TRUTH)
    again = [Marked(one.person, one.item_id, True) for one in given]
    assert calibrate(given + again + [Marked("1", "gone", True)], TRUTH) == calibrate(given, TRUTH)
