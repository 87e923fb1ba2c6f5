"""What an e-mail says: subject, greeting, each piece of news with its next step, in text and as HTML."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import pytest

from ls_expert_plugin.notifications.html_part import html
from ls_expert_plugin.notifications.messages import SUBJECT_MAX_CHARS, News, greeting_of, news, plain_text, subject_of
from ls_expert_plugin.notifications.values import FOR_MANAGERS, Digest, Kind, Notification
from ls_expert_plugin.vetting.lifecycle.status_catalogue import CATALOGUE

NOW = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.timezone.utc)
TITLES = {"medicine": "Medicine", "law": "Law", "finance": "Finance"}
PORTAL = "https://experts.example.org"
KINDS: tuple[Kind, ...] = get_args(Kind)


def _told(*kinds: Kind | tuple[Kind, str] | tuple[Kind, str, int], ends: dict[str, dt.datetime] | None = None) -> tuple[News, ...]:
    rows = [(kind, "medicine") if isinstance(kind, str) else kind for kind in kinds]
    found = [Notification(number, 1, row[0], row[1], row[2] if len(row) > 2 else 1, NOW) for number, row in enumerate(rows)]
    return news(Digest(tuple(found), ends or {}), TITLES)


@pytest.mark.parametrize(("kinds", "subject"), [
    (("verified",), "You're verified in Medicine"),
    (("verified", ("projects", "", 3)), "You're verified in Medicine: 3 projects are open to you"),
    (("verified", ("verified", "law"), ("projects", "", 1)), "You're verified in Medicine; you're verified in Law: 1 project is open to you"),
    (("more_asked",), "Action needed: more information for your Medicine application"),
    (("declined",), "Your Medicine application has been decided"),
    (("reminder",), "Action needed: your Medicine verification expires on 5 March 2027"),
    ((("reminder", "law"),), "Action needed: your Law verification will expire"),
    (("to_review",), "1 candidate is waiting for review"),
    (("to_review", "to_review", "to_review"), "3 candidates are waiting for review"),
    (("suspended", "more_asked"), "Action needed: more information for your Medicine application; your Medicine verification is suspended"),
    (("to_review", "person_asked"), "1 candidate is waiting for review; 1 candidate requests a human interviewer"),
    ((("verified", "tax"),), "You're verified in tax"),
])
def test_a_subject_says_what_the_message_is_about(kinds: tuple[Kind, ...], subject: str) -> None:
    """Also of several messages in one: what has to be done first. A domain without a pack goes by its id."""
    assert subject_of(_told(*kinds, ends={"medicine": dt.datetime(2027, 3, 5, 23, 59, tzinfo=dt.timezone.utc)})) == subject


def test_a_subject_that_would_be_too_long_counts_the_rest() -> None:
    """Nothing is cut off within a word."""
    told = _told(*(("expired", domain) for domain in TITLES), "suspended", "revoked", "declined")
    assert len(subject_of(told)) <= SUBJECT_MAX_CHARS + len("; 9 more") and subject_of(told).endswith("; 3 more")


@pytest.mark.parametrize(("name", "greeting"), [
    ("Ada Lovelace", "Hello Ada Lovelace,"), ("  Dr.  J. O'Neill-Gómez ", "Hello Dr. J. O'Neill-Gómez,"),
    ("देवी शर्मा", "Hello देवी शर्मा,"), ("李小龍", "Hello 李小龍,"),
    ("", "Hello,"), ("www.evil.example", "Hello,"), ("Win 1000 dollars", "Hello,"), ("a@b", "Hello,"), ("http://evil", "Hello,"), ("\u202eadA", "Hello,"),
    ("Your account has been closed call us at once please", "Hello,"), ("<b>Ada</b>", "Hello,"), ("x" * 61, "Hello,"),
])
def test_people_are_greeted_by_their_names_and_by_nothing_else(name: str, greeting: str) -> None:
    """Whoever signs up with another's address cannot send them a link or a sentence as a name."""
    assert greeting_of(name) == greeting


@pytest.mark.parametrize("kind", KINDS)
def test_each_piece_of_news_says_what_comes_next_and_links_there(kind: Kind) -> None:
    """Managers to the queue, others to their portal or the result of the domain; both parts say the same."""
    (one,) = told = _told(kind)
    text, page = plain_text(told, "Hello,", "Saint Mary", PORTAL), html(told, subject_of(told), "Hello,", "Saint Mary", PORTAL)
    assert one.action and one.text.endswith(".") and (one.path == "/admin/review") == (kind in FOR_MANAGERS)
    assert f"{one.action}: {PORTAL}{one.path}\n" in text and f'href="{PORTAL}{one.path}"' in page
    for part in (text, page.replace("&#39;", "'")):
        assert one.title in part and one.text in part and one.action in part and "Saint Mary" in part
        assert "because you turned on e-mail notifications" in part and f"{PORTAL}/consent" in part and "Replies to this address are not read" in part


def test_the_mailbox_is_not_told_which_decision_there_is_where_it_is_a_refusal() -> None:
    """Neither by the badge nor by what may be done about it."""
    told = _told("declined")
    both = plain_text(told, "", "", PORTAL) + html(told, subject_of(told), "", "", PORTAL)
    assert "eclined" not in both and "not verified" not in both and "apply again" not in both


@pytest.mark.parametrize("kind", ["verified", "more_asked", "expired", "suspended", "revoked"])
def test_what_a_status_is_called_and_means_is_the_catalogues(kind: Kind) -> None:
    """As on the pages; a decision and its explanation read alike everywhere."""
    (one,) = _told(kind)
    words = next(text for status, text in CATALOGUE.items() if status == kind)
    assert one.status == words.label and one.text.startswith(words.explanation)


def test_who_is_verified_before_there_are_projects_is_not_sent_to_them() -> None:
    """There may be none yet."""
    assert "projects that are open" in _told("verified", ("projects", ""))[0].text and "projects that are open" not in _told("verified")[0].text


def test_of_several_that_lead_to_one_page_one_has_the_link() -> None:
    """Nobody has to wonder whether two buttons differ."""
    assert [one.action for one in _told("verified", ("projects", ""), ("suspended", "law"), "verified")] == ["", "See your projects", "Read why"]


def test_the_page_loads_nothing_and_escapes_what_others_wrote() -> None:
    """Reading tells nobody that it was read; the title of a domain is text."""
    told = news(Digest((Notification(1, 1, "verified", "x", 1, NOW),), {}), {"x": "<img src=//evil>"})
    page = html(told, subject_of(told), "Hello,", "<i>", PORTAL)
    assert "<img" not in page and "<i>" not in page and "src=" not in page.replace("&lt;img src=//evil&gt;", "") and "url(" not in page
    assert "prefers-color-scheme: dark" in page and '<meta name="color-scheme" content="light dark">' in page
