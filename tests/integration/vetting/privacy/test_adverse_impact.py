"""Whether groups are verified at like rates: voluntary answers, the report, and what it must not tell."""

from __future__ import annotations

import io

import pytest

from ls_expert_plugin.cli.people.impact_report import impact_report
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.privacy.adverse_impact import DecidedCase, Group, report
from tests.support.clients.portal import CANDIDATE, MANAGER, Portal


def _outcomes(**groups: tuple[int, int]) -> list[DecidedCase]:
    """By age: (decided, verified)."""
    return [
        DecidedCase({"age": age.removeprefix("a")}, number < verified) for age, (decided, verified) in groups.items() for number in range(decided)
    ]


def _ages(outcomes: list[DecidedCase]) -> dict[str, Group]:
    return {one.option: one for one in report(outcomes) if one.question == "age"}


def test_a_rate_below_four_fifths_of_the_highest_is_marked() -> None:
    """Exactly four fifths is not."""
    found = _ages(_outcomes(aunder_30=(10, 10), a30_44=(10, 8), a45_59=(100, 79)))
    assert [(one.rate, one.ratio, one.is_marked) for one in found.values()] == [(1.0, 1.0, False), (0.8, 0.8, False), (0.79, 0.79, True)]


@pytest.mark.parametrize(("groups", "hidden"), [
    ({"aunder_30": (4, 4), "a30_44": (9, 3), "a45_59": (20, 9)}, {"under_30", "30_44"}),
    ({"aunder_30": (4, 4), "a30_44": (3, 3), "a45_59": (20, 9)}, {"under_30", "30_44"}),
    ({"aunder_30": (5, 4), "a30_44": (9, 3)}, set()), ({"aunder_30": (1, 1)}, {"under_30"}),
])
def test_small_groups_are_left_out_and_cannot_be_worked_out(groups: dict[str, tuple[int, int]], hidden: set[str]) -> None:
    """One that would be alone in hiding takes the next smallest along."""
    found = _ages(_outcomes(**groups))
    assert {option for option, one in found.items() if one.decided is None} == hidden
    assert all(one.rate is None and one.verified is None for option, one in found.items() if option in hidden)


def test_nobody_verified_is_no_ratio() -> None:
    """And nobody answered is no group."""
    assert _ages(_outcomes(aunder_30=(6, 0)))["under_30"].ratio is None and report([]) == ()


def test_i_answer_if_i_like_and_take_it_back(sqlite_store: Database) -> None:
    """The page is there only where an installation asks; the dossier has no word of it; nothing chosen removes it."""
    off = Portal(sqlite_store)
    assert off.browser(CANDIDATE).client.get("/fairness").status_code == 404
    portal = Portal(sqlite_store, LS_EXPERT_FAIRNESS_QUESTIONS="true")
    browser = portal.browser(CANDIDATE)
    assert "Equality monitoring (optional)" in browser.page("/consent")
    assert browser.send("/fairness", age="30_44", gender="woman").status_code == 303
    assert '<option value="30_44" selected>' in browser.page("/fairness")
    assert browser.send("/fairness", age="a hundred").status_code == 400
    browser.send("/domains/law/interest")
    page = portal.browser(MANAGER).page("/admin/review/1")
    assert "30 to 44" not in page and "30_44" not in page
    browser.send("/fairness", age="", gender="")
    with portal.store.read() as unit:
        assert unit.fairness.answers(1) == {}


def test_the_report_counts_first_decisions(sqlite_store: Database) -> None:
    """Verified or declined, once for each person and domain, of those who answered."""
    portal = Portal(sqlite_store)
    for number in range(6):
        portal.member(40 + number, f"Person {number}", domain="law")
    with portal.store.begin() as unit:
        for person in unit.people.all()[:5]:
            unit.fairness.set_answers(person.id, {"gender": "woman"}, portal.now)
        assert [one.verified for one in unit.fairness.outcomes("law")] == [True] * 5 and unit.fairness.outcomes("medicine") == ()
        assert len(unit.fairness.outcomes(None)) == 5


def test_the_command_prints_it(tmp_path: object, sqlite_store: Database) -> None:
    """With nobody there it says so, and what a mark means."""
    from ls_expert_plugin.config import load
    from ls_expert_plugin.storage.migrate import migrate
    from tests.support.clients.portal import SECRETS

    settings = load({**SECRETS, "LS_EXPERT_DATA_DIR": str(tmp_path), "LS_EXPERT_LABEL_STUDIO_URL": "http://127.0.0.1:9"})
    migrate(settings.database_url)
    out = io.StringIO()
    assert impact_report(settings, "law", out) == 0
    assert "Fewer than 5 first decisions in Law" in out.getvalue() and "Gender: nobody answered" in out.getvalue()
