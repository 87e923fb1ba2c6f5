"""The knowledge test: what is asked, what is never sent, when it ends, what it shows, when it may be taken again."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
from collections import Counter

import numpy
import pytest

from ls_expert_plugin.domains.items import Item
from ls_expert_plugin.domains.policy import KnowledgeTest, Retakes
from ls_expert_plugin.vetting.knowledge_test.rasch import LIMIT, estimate, information
from ls_expert_plugin.vetting.knowledge_test.retakes import Attempt, may_take
from ls_expert_plugin.vetting.knowledge_test.session import answer, curve, next_item, result, rules_of, scaled
from ls_expert_plugin.vetting.knowledge_test.shuffling import handle, present, rank, right_letter, sitting_key
from ls_expert_plugin.vetting.knowledge_test.values import AttemptRules, Difficulty, Letter, ScaledItem, Sitting

NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone.utc)
FIELDS = ("one", "two", "three", "four", "five", "six")
ITEMS = tuple(
    Item(id=f"i{n}", specialty=FIELDS[n % 6], stem=f"Stem {n}?", right=f"correct {n}", wrong=(f"x {n}", f"y {n}", f"z {n}"),
         rationale=f"Because {n}.", source=f"Book {n}", difficulty=-2.5 + 5 * n / 89)
    for n in range(90)
)
BANK = scaled(ITEMS, {})
BY_ID = {item.id: item for item in ITEMS}
BY_STEM = {item.stem: item for item in ITEMS}
RULES = AttemptRules()


def take(ability: float, seed: str, rules: AttemptRules = RULES, sitting: Sitting | None = None, bank: tuple[ScaledItem, ...] = BANK) -> Sitting:
    """A whole test of a simulated person."""
    sitting = sitting or Sitting(seed)
    while (asked := next_item(bank, sitting, rules)) is not None:
        item = BY_STEM[asked.stem]
        knows = rank(seed, "person", item.id) < 1 / (1 + math.exp(item.difficulty - ability))
        right = right_letter(item, sitting.seed)
        letter: Letter | None = right if knows else None
        sitting = answer(bank, sitting, rules, asked.handle, letter, NOW)
    return sitting


def test_an_item_is_sent_without_its_key() -> None:
    """Neither printed nor as JSON does it tell which option is right, why, from where, or how hard it is."""
    sent = next_item(BANK, Sitting("s"), RULES)
    assert sent is not None
    assert set(dataclasses.asdict(sent)) == {"handle", "number", "stem", "options"}
    item = BY_STEM[sent.stem]
    letter = right_letter(item, "s")
    for text in (repr(sent), str(dataclasses.asdict(sent)), json.dumps(dataclasses.asdict(sent))):
        assert item.id not in text.replace(item.stem, "") and item.rationale not in text and item.source not in text
        assert str(item.difficulty) not in text and "right" not in text
    assert dict(sent.options)[letter] == item.right and len(sent.options) == 4


def test_the_right_option_stands_anywhere() -> None:
    """Over many people each of the four places has it about equally often."""
    places = Counter(right_letter(ITEMS[0], f"person {n}") for n in range(2000))
    assert set(places) == set("abcd") and all(420 < count < 580 for count in places.values())


def test_two_people_get_another_order_and_one_person_the_same_again() -> None:
    """Items and options are shuffled per person; a page loaded again shows the same."""
    first, again, other = (take(0.3, seed) for seed in ("p1", "p1", "p2"))
    assert first == again
    assert [one.item_id for one in first.answers] != [one.item_id for one in other.answers]
    assert len({present(ITEMS[0], 1, f"p{n}").options for n in range(200)}) == 24
    assert next_item(BANK, Sitting("p1"), RULES) == next_item(BANK, Sitting("p1"), RULES)


def test_what_is_kept_of_a_sitting_does_not_tell_the_order() -> None:
    """The order needs the server's secret beside what stands in the database; another secret or another sitting gives another order."""
    orders = {
        tuple(right_letter(item, key) for item in ITEMS)
        for key in ("kept", sitting_key("one secret", 1, "kept"), sitting_key("other secret", 1, "kept"), sitting_key("one secret", 2, "kept"))
    }
    assert len(orders) == 4
    key = sitting_key("one secret", 1, "kept")
    assert "kept" not in key and handle(ITEMS[0], key) not in (handle(ITEMS[0], sitting_key("one secret", 2, "kept")), handle(ITEMS[1], key))


def test_no_item_is_seen_by_nearly_everybody() -> None:
    """Over 120 people the most used item is seen by at most three in four, and more than nine in ten of the items are used."""
    abilities = numpy.random.default_rng(7).normal(0, 1, 120)
    used = Counter(one.item_id for n, ability in enumerate(abilities) for one in take(float(ability), f"e{n}").answers)
    assert max(used.values()) / 120 <= 0.75
    assert len(used) > 0.9 * len(ITEMS)


def test_an_item_never_comes_twice_nor_when_it_is_excluded() -> None:
    """What was seen in the last attempt does not come again."""
    first = take(0.0, "a")
    seen = frozenset(one.item_id for one in first.answers)
    assert len(seen) == len(first.answers)
    second = take(0.0, "b", sitting=Sitting("b", excluded=seen))
    assert second.answers and not seen & {one.item_id for one in second.answers}


def test_items_are_spread_over_specialties_with_more_of_ones_own() -> None:
    """Somebody of one specialty gets more of it, and some of each other."""
    rules = AttemptRules(min_items=32, max_items=32, max_exposure=1.0)
    plain = Counter(BY_ID[one.item_id].specialty for one in take(0.0, "c", rules).answers)
    assert max(plain.values()) - min(plain.values()) <= 1
    own = Counter(BY_ID[one.item_id].specialty for one in take(0.0, "c", rules, Sitting("c", specialties=("two",))).answers)
    assert own["two"] == 12 and all(own[field] == 4 for field in FIELDS if field != "two")


@pytest.mark.parametrize("ability", [-2.5, 0.0, 2.5])
@pytest.mark.parametrize("theirs", [("two",), ("two", "five")])
def test_a_first_test_holds_five_items_of_ones_own(ability: float, theirs: tuple[str, ...]) -> None:
    """Also the shortest, also when a part of the bank is held back, and also where the specialty has only seven: nobody passes on other fields alone."""
    few = scaled(tuple(item for item in ITEMS if item.specialty != "two" or int(item.id[1:]) < 42), {})
    for number in range(10):
        seed = f"own{ability}{number}"
        answers = take(ability, seed, sitting=Sitting(seed, specialties=theirs), bank=few).answers
        assert sum(BY_ID[one.item_id].specialty in theirs for one in answers[:10]) >= 5, seed


def test_a_test_that_is_taken_again_is_decided_without_own_items_where_none_are_left() -> None:
    """The last attempt has used them up."""
    seen = frozenset(item.id for item in ITEMS if item.specialty == "two")
    ended = result(BANK, take(2.5, "again", sitting=Sitting("again", specialties=("two",), excluded=seen)), RULES)
    assert ended is not None and ended.outcome == "pass" and not seen & set(ended.item_ids)


def test_the_next_item_fits_the_answers_so_far() -> None:
    """Who answers well gets harder items than who answers badly."""
    means = [
        numpy.mean([BY_ID[one.item_id].difficulty for one in take(ability, "d", AttemptRules(min_items=20, max_items=20)).answers]) for ability in (-1.5, 1.5)
    ]
    assert means[1] - means[0] > 1


def test_a_test_stops_as_soon_as_the_cut_lies_outside_the_interval() -> None:
    """One answer earlier it did not, or there were too few."""
    for seed, ability in (("x", 2.5), ("y", -2.5)):
        sitting = take(ability, seed)
        ended = result(BANK, sitting, RULES)
        assert ended is not None and ended.ended_by == "cut" and ended.outcome == ("pass" if ability > 0 else "fail")
        low, high = ended.estimate.interval
        assert low > 0 or high < 0
        low, high = ended.curve[-2].interval
        assert low <= 0 <= high or len(ended.item_ids) == RULES.min_items
        assert len(ended.curve) == len(ended.item_ids) == len(sitting.answers) and ended.curve[-1] == ended.estimate


def test_at_the_cut_the_budget_ends_the_test_undecided() -> None:
    """That is neither passed nor refused."""
    ends = [result(BANK, take(0.0, f"z{n}"), RULES) for n in range(20)]
    undecided = [one for one in ends if one and one.outcome == "undecided"]
    assert len(undecided) > 10
    assert all(one.ended_by in ("budget", "bank") and len(one.item_ids) <= RULES.max_items for one in undecided)


def test_without_items_left_the_test_ends() -> None:
    """An empty bank gives an undecided result instead of a failure."""
    nothing = result((), Sitting("s"), RULES)
    assert nothing is not None and (nothing.outcome, nothing.ended_by, nothing.curve) == ("undecided", "bank", ())
    assert result(BANK, Sitting("s"), RULES) is None


def test_an_answer_to_another_item_is_not_taken() -> None:
    """Neither an earlier item, nor one not asked, nor a fifth letter, nor anything after the end."""
    asked = next_item(BANK, Sitting("s"), RULES)
    assert asked is not None
    other = next(handle(item, "s") for item in ITEMS if item.stem != asked.stem)
    with pytest.raises(ValueError, match="not the one being asked"):
        answer(BANK, Sitting("s"), RULES, other, "a", NOW)
    with pytest.raises(ValueError, match="one of the four"):
        answer(BANK, Sitting("s"), RULES, asked.handle, "e", NOW)  # type: ignore[arg-type]
    once = answer(BANK, Sitting("s"), RULES, asked.handle, "a", NOW)
    assert once.answers[0].answered_at_utc == NOW
    with pytest.raises(ValueError, match="Load the page again"):
        answer(BANK, once, RULES, asked.handle, "b", NOW)
    done = take(3.0, "s")
    with pytest.raises(ValueError, match="not the one being asked"):
        answer(BANK, done, RULES, handle(BY_ID[done.answers[-1].item_id], "s"), "a", NOW)


def test_answers_are_marked_by_what_the_person_saw() -> None:
    """The letter counts in this person's order, and no answer counts as wrong."""
    asked = next_item(BANK, Sitting("s"), RULES)
    assert asked is not None
    right = right_letter(BY_STEM[asked.stem], "s")
    marks = {letter: answer(BANK, Sitting("s"), RULES, asked.handle, letter, NOW).answers[0].right for letter in ("a", "b", "c", "d", None)}
    assert [letter for letter, mark in marks.items() if mark] == [right]


def test_abilities_are_recovered() -> None:
    """Over 80 simulated people the estimates are right on average, and the interval holds the truth about 95 times in 100."""
    rules = AttemptRules(min_items=40, max_items=40, nearest=1, max_exposure=1.0)
    truths = numpy.random.default_rng(3).uniform(-1.5, 1.5, 80)
    found = [curve(BANK, take(float(truth), f"r{n}", rules))[-1] for n, truth in enumerate(truths)]
    misses = numpy.array([one.ability for one in found]) - truths
    assert abs(misses.mean()) < 0.12 and misses.std() < 0.45
    held = numpy.mean([one.interval[0] < truth < one.interval[1] for one, truth in zip(found, truths, strict=True)])
    assert held > 0.9


def test_all_right_or_all_wrong_is_uncertain() -> None:
    """There is no finite estimate then: it is held at the limit, with a large error, and before any answer the error is infinite."""
    high, low = estimate([0.0, 0.5], [True, True]), estimate([0.0, 0.5], [False, False])
    assert (high.ability, low.ability) == (LIMIT, -LIMIT) and min(high.standard_error, low.standard_error) > 3
    assert estimate([], []).standard_error == math.inf
    even = estimate([-1.0, 1.0], [True, False])
    assert abs(even.ability) < 0.01 and even.standard_error == pytest.approx(1 / math.sqrt(2 * 0.1966), rel=0.01)
    assert information(0.0, [0.0]) == [0.25]


def test_a_calibrated_difficulty_takes_the_place_of_the_authors() -> None:
    """And each says where it comes from."""
    bank = scaled(ITEMS[:2], {"i1": Difficulty(1.5, 0.2, 240)})
    assert [(one.difficulty.logits, one.difficulty.label) for one in bank] == [(-2.5, "author's estimate"), (1.5, "from 240 answers")]


def test_the_pack_sets_cut_and_budget() -> None:
    """Its policy is what counts."""
    rules = rules_of(KnowledgeTest(cut=0.5, min_items=12, max_items=30))
    assert (rules.cut, rules.min_items, rules.max_items) == (0.5, 12, 30)


# --- taking it again


def tried(days_ago: int, outcome: str | None = "fail", *items: str) -> Attempt:
    start = NOW - dt.timedelta(days=days_ago)
    return Attempt(start, start + dt.timedelta(hours=1) if outcome else None, outcome, items)  # type: ignore[arg-type]


def test_the_first_attempt_may_begin_at_once() -> None:
    """Nothing stands in its way."""
    assert may_take([], Retakes(), NOW).allowed


def test_there_is_a_wait_after_an_attempt() -> None:
    """It is said until when; then another may begin, without the items of the last."""
    held = may_take([tried(5, "fail", "i1", "i2")], Retakes(wait_days=14), NOW)
    assert not held.allowed and held.from_utc == NOW + dt.timedelta(days=9, hours=1) and "14 days" in held.says and "10 March 2026" in held.says
    free = may_take([tried(15, "undecided", "i1", "i2"), tried(40, "fail", "i3")], Retakes(wait_days=14), NOW)
    assert free.allowed and free.excluded == {"i1", "i2"}
    assert may_take([tried(15, "fail", "i1"), tried(40, "fail", "i3")], Retakes(no_repeat_attempts=2), NOW).excluded == {"i1", "i3"}
    assert may_take([tried(15, "fail", "i1")], Retakes(no_repeat_attempts=0), NOW).excluded == frozenset()


def test_attempts_within_a_year_are_counted() -> None:
    """Those begun and not finished count; a year after the first of them there is room again."""
    rules = Retakes(attempts=2, wait_days=0)
    full = may_take([tried(100), tried(30, None)], rules, NOW)
    assert not full.allowed and full.from_utc == NOW + dt.timedelta(days=265) and "2 attempts" in full.says
    assert may_take([tried(366), tried(30)], rules, NOW).allowed


def test_a_passed_test_is_not_taken_again() -> None:
    """However long ago."""
    passed = may_take([tried(500, "pass")], Retakes(), NOW)
    assert not passed.allowed and passed.from_utc is None and "passed" in passed.says
