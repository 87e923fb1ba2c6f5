"""Results of health checks: each that is not all right has a cure, and a report counts them."""

from __future__ import annotations

from typing import get_args

import pytest

from ls_expert_plugin.cli.setup.doctor import line
from ls_expert_plugin.health_checks.check_result import TITLES, Area, CheckResult, results_of, summary


def test_what_is_not_ok_says_what_to_do() -> None:
    """And what is ok has nothing to be done."""
    for status in ("warn", "fail"):
        with pytest.raises(ValueError, match="without a cure"):
            CheckResult("mail", status, "no mail server answers")
    with pytest.raises(ValueError, match="with a cure"):
        CheckResult("mail", "ok", "the mail server answers", "Start it.")


def test_a_report_counts_its_results_and_puts_each_cure_below() -> None:
    """OK, WARN and FAIL, in words that can be searched for."""
    ok, warn, fail = results_of("outbox")
    results = [ok("all is read"), warn("not read yet", "Start the worker."), fail("a gap", "See docs/backup.md."), ok("no gap")]
    assert str(summary(results)) == "2 OK, 1 WARN, 1 FAIL"
    assert [line(result) for result in results[:3]] == [
        "OK    all is read", "WARN  not read yet\n      → Start the worker.", "FAIL  a gap\n      → See docs/backup.md.",
    ]


def test_every_area_has_a_title() -> None:
    """As a page calls it."""
    assert set(TITLES) == set(get_args(Area))
