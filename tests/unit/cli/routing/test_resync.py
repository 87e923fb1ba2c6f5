"""What ``ls-expert resync`` says that it would take over."""

from __future__ import annotations

from ls_expert_plugin.cli.routing.resync import LINES_SHOWN, NOTHING, SHIFTED, preview
from ls_expert_plugin.outbox_consumer.resync import Resync
from ls_expert_plugin.routing.sync.directory_sync import DirectoryChange

LEFT = DirectoryChange("left", 7, "ada@example.org")


def test_dates_that_are_told_for_the_first_time_are_one_line() -> None:
    """After an update that is everybody: nothing about them is otherwise, and whoever really left is still named."""
    learnt = (*(DirectoryChange("account dated", who, "") for who in range(1, 900)), DirectoryChange("project dated", 3, "Clauses"))
    words = "900 accounts and projects whose date of creation is told for the first time."
    assert preview(Resync(learnt, (), 0)) == f"{words}\n"
    assert preview(Resync((LEFT, *learnt), (), 0)) == f"left: person 7 (ada@example.org)\n1 left, {words}\n"


def test_what_differs_is_named_and_counted_up_to_an_end() -> None:
    """Lines, how many more, how many of each kind; nothing where nothing differs."""
    said = preview(Resync((LEFT,) * (LINES_SHOWN + 2), (), 4))
    assert said.count("left: person 7") == LINES_SHOWN and "… and 2 more" in said and f"{LINES_SHOWN + 2} left, 4 annotations not on record." in said
    assert preview(Resync((), (), 0)) == f"{NOTHING}\n"


def test_shifted_dates_are_asked_about_until_somebody_has_said_that_they_are_the_same() -> None:
    """Which of the two it is cannot be told from the dates."""
    assert SHIFTED in preview(Resync((DirectoryChange("replaced", 7, ""),), (), 0, is_shifted=True))
    said = preview(Resync((), (), 0, is_shifted=True, same=18))
    assert SHIFTED not in said and "18 accounts and projects stay the same" in said
