"""The review queue: tabs, search, who has taken what; and what the dossier says of the next candidate and of what is new."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.review_pages import candidate_in_review, revision_of, send_decision
from tests.support.clients.portal import CANDIDATE, CREATOR, MANAGER, OTHER, Browser, Portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """The portal."""
    return Portal(sqlite_store)


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """A reviewer; another signs in as ``CREATOR``."""
    return portal.browser(MANAGER)


def _counts(page: str) -> dict[str, int]:
    return {title: int(count) for title, count in re.findall(r'tab=\w+[^>]*>([\w -]+) <span class="count">(\d+)<', page)}


def test_each_tab_has_what_waits_there_with_its_count(portal: Portal, manager: Browser) -> None:
    """New, then waiting for the candidate, then decided, then an appeal."""
    candidate = candidate_in_review(portal)
    nothing = {"New": 0, "Waiting for candidate": 0, "Human interview": 0, "Appeals": 0, "Re-review": 0}
    assert _counts(manager.page("/admin/review")) == {**nothing, "New": 1}
    send_decision(manager, "ask_more", reason="Which court?")
    page = manager.page("/admin/review?tab=candidate")
    assert _counts(page) == {**nothing, "Waiting for candidate": 1} and "Ada Quill" in page and "Which court?" in page
    send_decision(manager, "take_up")
    send_decision(manager, "decline", reason="No.")
    assert _counts(manager.page("/admin/review")) == nothing
    candidate.send("/domains/law/result/appeal", text="You overlooked the second answer.")
    page = manager.page("/admin/review?tab=appeals")
    assert _counts(page) == {**nothing, "Appeals": 1} and "Ada Quill" in page


def test_the_queue_is_searched_and_says_when_nobody_matches(portal: Portal, manager: Browser) -> None:
    """By name or e-mail; counts are of what matches; what cannot be meant is left out."""
    candidate_in_review(portal, CANDIDATE)
    candidate_in_review(portal, OTHER)
    page = manager.page("/admin/review?q=quill&tab=nonsense&sort=nonsense&page=x")
    assert "Ada Quill" in page and "Ben Ochre" not in page and _counts(page)["New"] == 1
    assert "Ben Ochre" in manager.page("/admin/review?q=ben@example.org")
    assert "Nobody matches under New." in manager.page("/admin/review?q=nobody")


def test_a_review_is_taken_seen_by_others_taken_over_knowingly_and_given_back(portal: Portal, manager: Browser) -> None:
    """Of two who take it at once one is told; a decision ends it."""
    candidate_in_review(portal)
    other = portal.browser(CREATOR)
    back = "/admin/review?tab=new"
    assert manager.send("/admin/review/1/assign", back=back).headers["Location"] == back
    assert "Assigned to you" in manager.page("/admin/review?mine=1") and "Assigned to boss@example.org" in other.page("/admin/review")
    assert "Nobody matches" in other.page("/admin/review?mine=1")
    refused = other.send("/admin/review/1/assign")
    assert refused.status_code == 409 and "has taken this review since you opened the page" in refused.text
    instead = re.search(r'name="instead_of" value="(\d+)"', other.page("/admin/review/1"))
    assert instead is not None and other.send("/admin/review/1/assign", instead_of=instead[1]).status_code == 303
    manager.send("/admin/review/1/unassign")
    assert "Assigned to Fay First" in manager.page("/admin/review/1"), "only whoever has it gives it back"
    other.send("/admin/review/1/unassign")
    assert "Assigned to nobody." in manager.page("/admin/review/1")
    manager.send("/admin/review/1/assign")
    send_decision(manager, "decline", reason="No.")
    assert "Assigned to you" not in manager.page("/admin/review/1")
    assert portal.browser(CANDIDATE).send("/admin/review/1/assign").status_code == 403


def test_the_dossier_leads_to_the_next_candidate(portal: Portal, manager: Browser) -> None:
    """Also from one that has just been decided; not to one that somebody else has taken."""
    candidate_in_review(portal, OTHER)
    portal.now += dt.timedelta(hours=1)
    candidate_in_review(portal, CANDIDATE)
    manager = portal.browser(MANAGER)
    page = manager.page("/admin/review/1")
    assert "Next candidate: Ada Quill" in page and "data-previous" not in page
    assert "Next candidate: Ada Quill" in send_decision(manager, "decline", reason="No.")
    portal.browser(CREATOR).send("/admin/review/2/assign")
    assert "Next candidate: " not in manager.page("/admin/review/1")


def test_what_is_new_since_my_last_look_is_told(portal: Portal, manager: Browser) -> None:
    """Nothing at the first look; then what others did, for as long as the visit lasts; what I did myself is not news."""
    candidate = candidate_in_review(portal)
    assert "New since your last look" not in manager.page("/admin/review/1")
    send_decision(manager, "ask_more", reason="Which court?")
    portal.now += dt.timedelta(hours=2)
    candidate = portal.browser(CANDIDATE)
    candidate.send("/domains/law/result/answer", text="The regional court.")
    manager = portal.browser(MANAGER)
    for _ in range(2):
        new = manager.page("/admin/review/1").partition("New since your last look")[2].partition("</section>")[0]
        assert "The candidate replied" in new and "Status: In review" in new and "Information requested" not in new
    portal.now += dt.timedelta(hours=2)
    assert "New since your last look" not in portal.browser(MANAGER).page("/admin/review/1")


def test_private_notes_are_for_reviewers_and_in_the_export_once_it_is_decided(portal: Portal, manager: Browser) -> None:
    """The candidate's pages have no word of it; who wrote it removes it; the law gives it to the person in the end."""
    candidate = candidate_in_review(portal)
    refused = manager.send("/admin/review/1/notes", note_text="  ")
    assert refused.status_code == 400 and "Private note: write something first." in refused.text and 'id="note-wrong"' in refused.text
    assert manager.send("/admin/review/1/notes", note_text="Ask about the gap in 2019.").status_code == 303
    other = portal.browser(CREATOR)
    assert "Ask about the gap in 2019." in other.page("/admin/review/1")
    portal.now += dt.timedelta(hours=2)
    candidate, manager, other = portal.browser(CANDIDATE), portal.browser(MANAGER), portal.browser(CREATOR)
    assert manager.send("/admin/review/1/notes", note_text="And in 2021.").status_code == 303
    assert '<a href="#notes">Private note</a>' in other.page("/admin/review/1") and "Private note</a>" not in manager.page("/admin/review/1")
    assert other.send("/admin/review/1/notes/1/remove").status_code == 403
    assert candidate.send("/admin/review/1/notes", note_text="x").status_code == 403
    assert "the gap in 2019" not in candidate.page("/domains/law/result") and "the gap in 2019" not in candidate.page("/my-data.json")
    send_decision(manager, "decline", reason="No.")
    assert "Ask about the gap in 2019." in candidate.page("/my-data.json") and "the gap in 2019" not in candidate.page("/domains/law/result")
    assert manager.send("/admin/review/1/notes/1/remove").status_code == 303 and "the gap in 2019" not in manager.page("/admin/review/1")


def test_templates_ship_and_the_team_keeps_its_own(portal: Portal, manager: Browser) -> None:
    """A reason is kept with its decision or on the page of templates; others find it in the form; it is removed again."""
    candidate_in_review(portal)
    page = manager.page("/admin/review/1")
    assert '<option value="We could not find your licence in the register' in page
    sent = manager.send("/admin/review/1/ask_more", revision=revision_of(page), reason="Which clinic?", keep_template="yes")
    assert sent.status_code == 303 and "Which clinic?" in portal.browser(CREATOR).page("/admin/review/templates")
    refused = manager.send("/admin/review/templates", action="decline", text=" ")
    assert refused.status_code == 400 and "Text: write the template." in refused.text
    assert manager.send("/admin/review/templates", action="decline", text="Too early.").status_code == 303
    manager.send("/admin/review/templates/1/remove")
    page = manager.page("/admin/review/templates")
    assert "Which clinic?" not in page and "Too early." in page
