"""The decision form: what is read from it, by the decision it is sent for."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest
from werkzeug.datastructures import MultiDict

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.review.decisions.submissions import Action, end_date, level
from ls_expert_plugin.web.admin.review.decision_form import DONE, read_submission

SENT = MultiDict([("note", "the note"), ("reason", "the reason"), ("revision", "4"), ("specialties", "a"), ("specialties", "b"), ("level", "3")])


@pytest.mark.parametrize(("action", "text"), [
    ("verify", "the note"), ("renew", "the note"), ("resume", "the note"), ("take_up", ""), ("decline", "the reason"), ("ask_more", "the reason"),
    ("revoke", "the reason"), ("amend", "the reason"), ("suspend", "the reason"),
])
def test_each_decision_reads_its_own_words(action: Action, text: str) -> None:
    """The page has several forms, and each sends its words in one field."""
    sent = read_submission(action, SENT)
    assert (sent.text, sent.revision, sent.specialties, sent.level) == (text, "4", ("a", "b"), "3")


def test_every_decision_says_that_it_was_taken() -> None:
    """None ends without a sentence on the page."""
    assert set(DONE) == set(get_args(Action))


def test_a_level_is_one_digit_or_none_and_a_date_is_a_date() -> None:
    """What is no level is one that is refused later; what is no date is refused at once."""
    assert [level(text) for text in ("", "3", "12", "x", "٣")] == [None, 3, 0, 0, 0]
    assert end_date("2027-06-30") == dt.date(2027, 6, 30)
    with pytest.raises(BadInput, match="Valid until: choose a date"):
        end_date("30.06.2027")


def test_a_licence_check_is_read_by_the_number_of_its_entry() -> None:
    """Where and when, beside the tick; what is no number of an entry is left out."""
    sent = MultiDict([("seen_on-7", "2026-03-01"), ("where-7", "A register"), ("seen_on-8", ""), ("seen_on-x", "2026-03-01"), ("where-9", "Elsewhere")])
    assert read_submission("verify", sent).lookups == {7: ("A register", "2026-03-01"), 8: ("", "")}
