"""The comparison behind ``make parity``: what counts as lost, what as flaky, and what is no comparison at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.parity.exceptions import FILE, read_exceptions
from tests.parity.outcomes import BrokenOff, Side, check_sides, compare, read_side, undecided
from tests.parity.report import told

STOCK = {"settings": "core.settings.label_studio", "database": "sqlite3", "enforcement": None, "default_role": None, "modules_of_ours": []}
EXTENDED = {
    "settings": "ls_expert_plugin.label_studio.settings", "database": "sqlite3", "enforcement": "enforce", "default_role": "manager",
    "modules_of_ours": ["ls_expert_plugin", "ls_expert_plugin.label_studio.middleware"],
}


def _side(facts: dict[str, Any] | None = None, **outcomes: str) -> Side:
    return Side(outcomes, {test: f"{test} said why" for test, outcome in outcomes.items() if outcome != "passed"}, facts or {"processor_s": 61})


def test_a_test_that_only_stock_passes_is_lost_and_named_with_its_reason() -> None:
    """The one thing that must not be makes the comparison fail and says which test and why."""
    stock, extended = _side(a="passed", b="failed"), _side(a="failed", b="failed")
    difference = compare([(stock, extended)], {})
    assert difference.lost == ["a"] and not difference.is_parity
    report = told(stock, extended, difference)
    assert "a said why" in report and "No parity." in report and "1 passed" in report and "1 fail on stock, too\n          b\n" in report


def test_tests_that_are_skipped_or_missing_with_the_extension_are_lost_too() -> None:
    """Whoever skips a test has not passed it."""
    difference = compare([(_side(a="passed", b="passed", c="passed"), _side(a="skipped", b="error"))], {})
    assert difference.lost == ["a", "b", "c"] and difference.why["c"] == "It was not run."


def test_failing_on_both_sides_is_parity_and_passing_only_with_us_is_told() -> None:
    """What Label Studio fails by itself is not our doing; a gain is named."""
    difference = compare([(_side(a="failed", b="failed", c="passed"), _side(a="error", b="passed", c="passed"))], {})
    assert difference.is_parity and difference.gained == ["b"]


def test_a_test_that_passes_with_the_extension_when_run_again_is_flaky() -> None:
    """A difference that does not last is named and does not count."""
    rounds = [(_side(a="passed", b="failed"), _side(a="failed", b="passed")), (_side(a="passed", b="passed"), _side(a="passed", b="passed"))]
    difference = compare(rounds, {})
    assert difference.is_parity and difference.flaky == ["a", "b"] and undecided(rounds) == []


def test_failing_on_both_sides_when_run_alone_does_not_excuse_a_lost_test() -> None:
    """Stock passed it once, the extension never: lost."""
    rounds = [(_side(a="passed"), _side(a="failed")), (_side(a="failed"), _side(a="failed"))]
    assert compare(rounds, {}).lost == ["a"]


def test_only_what_is_undecided_is_run_once_more() -> None:
    """Repetitions get fewer; what fails on both sides gets one more chance to say something."""
    first = _side(a="passed", b="passed", c="passed", d="failed", e="skipped"), _side(a="failed", b="failed", c="passed", d="failed", e="skipped")
    second = _side(a="passed", b="passed", d="failed"), _side(a="failed", b="passed", d="failed")
    assert undecided([first]) == ["a", "b", "d"] and undecided([first, second]) == ["a"]


def test_a_test_that_failed_on_both_sides_is_lost_when_only_stock_passes_it_alone() -> None:
    """A busy machine does not hide what the extension breaks."""
    first = _side(a="failed", b="failed", c="failed"), _side(a="failed", b="failed", c="failed")
    second = _side(a="passed", b="passed", c="failed"), _side(a="failed", b="passed", c="failed")
    difference = compare([first, second], {})
    assert difference.lost == ["a"] and difference.failing == ["c"] and difference.flaky == []


def test_an_exception_with_a_reason_excuses_and_an_unneeded_one_fails() -> None:
    """The list stays as short as truth allows."""
    stock, extended = _side(a="passed", b="passed"), _side(a="failed", b="passed")
    excused = compare([(stock, extended)], {"a": "on purpose", "z": "a test of another part"})
    assert excused.is_parity and excused.excepted == {"a": "on purpose"} and "a: on purpose" in told(stock, extended, excused)
    assert compare([(stock, extended)], {"a": "on purpose", "b": "no longer"}).stale == ["b"]


def test_exceptions_are_read_with_their_reasons() -> None:
    """One test a line, its reason indented below it, on one line or more."""
    assert read_exceptions("# why\n\na::b[c d]\n  first\n  second\ne::f\n  third\n") == {"a::b[c d]": "first second", "e::f": "third"}
    read_exceptions(FILE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", ["a::b\n", "a::b\nc::d\n  why\n", "  why\n", "a::b\n  why\na::b\n  why\n"])
def test_an_exception_without_a_reason_or_twice_is_refused(text: str) -> None:
    """Nobody is excused without saying why."""
    with pytest.raises(ValueError, match="reason|twice"):
        read_exceptions(text)


def test_a_run_that_did_not_end_is_no_comparison() -> None:
    """A crash is not read as tests that passed."""
    lines = [json.dumps({"collected": 2}), json.dumps({"id": "a", "outcome": "passed", "seconds": 1, "why": ""})]
    with pytest.raises(BrokenOff, match="stock broke off after 1 tests; the last one that ended was a"):
        read_side("stock", lines)


def test_the_worse_outcome_stands_for_two_tests_of_one_name() -> None:
    """A failure does not hide behind a namesake that passes."""
    said = [{"id": "a", "outcome": outcome, "seconds": 1, "why": outcome} for outcome in ("failed", "passed")]
    side = read_side("stock", [json.dumps(line) for line in [*said, {"finished": STOCK}]])
    assert side.outcomes == {"a": "failed"} and side.why == {"a": "failed"}


@pytest.mark.parametrize("stock, extended, said", [
    ({"modules_of_ours": ["ls_expert_plugin"]}, {}, "stock run had modules"),
    ({}, {"enforcement": "audit"}, "not under enforce"),
    ({}, {"default_role": "expert"}, "not under enforce"),
    ({}, {"settings": "core.settings.label_studio"}, "not under enforce"),
    ({}, {"modules_of_ours": ["ls_expert_plugin"]}, "middleware"),
    ({"database": "postgresql"}, {}, "stock run was on postgresql"),
])
def test_runs_that_were_not_what_they_should_be_are_refused(stock: dict[str, Any], extended: dict[str, Any], said: str) -> None:
    """Stock compared with stock, or with an extension that enforces nothing, proves nothing."""
    check_sides(_side(STOCK, a="passed"), _side(EXTENDED, a="passed"), "sqlite")
    with pytest.raises(BrokenOff, match=said):
        check_sides(_side({**STOCK, **stock}, a="passed"), _side({**EXTENDED, **extended}, a="passed"), "sqlite")


def test_a_run_in_which_nothing_passed_is_refused() -> None:
    """Two runs that fail everything are equal, and say nothing."""
    with pytest.raises(BrokenOff, match="No test passed"):
        check_sides(_side(STOCK, a="error"), _side(EXTENDED, a="error"), "sqlite")
