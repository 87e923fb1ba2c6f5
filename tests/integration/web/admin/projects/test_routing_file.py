"""Requirements as YAML on the page: what goes out comes in again, and what would change is seen before it does."""

from __future__ import annotations

import io

import pytest

from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.project_pages import LAW, asked, hidden, inside, portal_with_projects
from tests.support.clients.portal import CANDIDATE, MANAGER, Browser, Portal

PATH = "/admin/projects/routing-file"
WANTED = "version: 1\nprojects:\n  - project: 3\n    domain: law\n    minimum_level: 3\n  - project: 4\n    domain: law\n    max_experts: 1\n"


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """Cora (level 4) and Dan (level 2) are verified in Law; project 3 asks for Law, project 4 for nothing."""
    return portal_with_projects(sqlite_store)


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """The manager's browser."""
    return portal.browser(MANAGER)


def test_what_is_downloaded_changes_nothing_when_it_is_uploaded(portal: Portal, manager: Browser) -> None:
    """Of all projects, or of those selected."""
    everything = manager.get(f"{PATH}/download")
    assert everything.mimetype == "application/yaml" and "project: 3  # Clauses" in everything.text and "project: 4" in everything.text
    some = manager.send(f"{PATH}/download", id=["4"])
    assert "project: 4" in some.text and "project: 3" not in some.text
    assert "Nothing would change" in manager.send(PATH, step="preview", text=everything.text).text


def test_a_file_is_looked_at_then_applied(portal: Portal, manager: Browser) -> None:
    """Uploaded as a file; who gains and who loses is shown; saved, projects that got a domain are connected; it can be undone."""
    portal.jobs.clear()
    sent = {"csrf_token": manager.token(), "step": "preview", "file": (io.BytesIO(b"\xef\xbb\xbf" + WANTED.encode()), "routing.yaml")}
    looked = manager.client.post(PATH, data=sent, content_type="multipart/form-data")
    assert looked.status_code == 200 and "1 person loses access" in looked.text and "1 person gains access" in looked.text and "2 projects" in looked.text
    assert asked(portal, 3) == LAW and hidden(looked.text)["text"] == [WANTED]
    back = manager.send(PATH, **{**hidden(looked.text), "step": "back"}).text
    assert "minimum_level: 3" in back
    saved = manager.send(PATH, **{**hidden(looked.text), "step": "save"})
    assert saved.status_code == 200 and ">Undo</button>" in saved.text and portal.jobs == [("connect", {})]
    assert asked(portal, 3) == Requirement("law", minimum_level=3) and asked(portal, 4) == Requirement("law", max_experts=1) and len(inside(portal, 4)) == 1


def test_mistakes_name_their_line_and_the_text_stays(portal: Portal, manager: Browser) -> None:
    """All of them at once; one mistake, and nothing is changed. What is no YAML, no text or nothing at all says so."""
    wrong = manager.send(PATH, step="preview", text=WANTED.replace("domain: law\n    max", "domain: astrology\n    max").replace("project: 3", "project: 33"))
    assert wrong.status_code == 400 and "Line 3: projects[0].project: there is no project 33" in wrong.text and "Line 7: " in wrong.text
    assert "<title>Error: " in wrong.text and "astrology</textarea>" not in wrong.text and "domain: astrology" in wrong.text
    assert "Line 2: " in manager.send(PATH, step="preview", text="version: 1\n\tprojects: []\n").text
    assert "Choose a file, or paste its text." in manager.send(PATH, step="preview", text=" ").text
    latin = {"csrf_token": manager.token(), "step": "preview", "file": (io.BytesIO(b"version: 1\n# \xe9\n"), "routing.yaml")}
    assert "Line 2: is not UTF-8" in manager.client.post(PATH, data=latin, content_type="multipart/form-data").text
    assert asked(portal, 3) == LAW and asked(portal, 4) is None


def test_a_file_that_was_not_seen_or_is_outdated_is_not_applied(portal: Portal, manager: Browser) -> None:
    """As with the form: no save without a preview, and one that would do something else now is shown again."""
    assert manager.send(PATH, step="save", text=WANTED).status_code == 409
    looked = manager.send(PATH, step="preview", text=WANTED)
    portal.member(22, "Eve Reed", domain="law", level=2)
    again = manager.send(PATH, **{**hidden(looked.text), "step": "save"})
    assert again.status_code == 409 and "something has changed since you looked" in again.text and asked(portal, 4) is None


def test_a_file_as_large_as_the_command_takes_is_taken(portal: Portal, manager: Browser) -> None:
    """A megabyte more than any other form may have; what is larger than a file may be is refused."""
    assert "Nothing would change" in manager.send(PATH, step="preview", text="version: 1\nprojects: []\n" + "# a comment\n" * 250_000).text
    assert "send it in parts" in manager.send(PATH, step="preview", text="#" * 4_000_001).text


def test_routing_files_are_for_managers(portal: Portal) -> None:
    """Neither out nor in."""
    expert = portal.browser(CANDIDATE)
    assert {expert.get(PATH).status_code, expert.get(f"{PATH}/download").status_code, expert.send(PATH, step="preview", text=WANTED).status_code,
            expert.send(f"{PATH}/download").status_code} == {403}
