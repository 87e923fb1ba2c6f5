"""The form of requirements: preview, save, undo, and what happens when something changed meanwhile."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.values import AddOnQuestion
from tests.support.adversarial.races import at_each_gap
from tests.support.builders.project_pages import LAW, asked, fields_of, hidden, inside, portal_with_projects, preview
from tests.support.clients.portal import CANDIDATE, MANAGER, Browser, Portal


@pytest.fixture
def portal(sqlite_store: Database) -> Portal:
    """Two domains; Cora (level 4, Contracts) and Dan (level 2) are verified in Law; a project of Law, and one that asks for nothing."""
    return portal_with_projects(sqlite_store)


@pytest.fixture
def manager(portal: Portal) -> Browser:
    """The manager's browser."""
    return portal.browser(MANAGER)


def decide(manager: Browser, path: str, page: str, step: str) -> TestResponse:
    """Press a button of the preview."""
    return manager.send(path, **{**hidden(page), "step": step})


def test_before_it_is_saved_a_change_says_what_it_does(portal: Portal, manager: Browser) -> None:
    """In words, with the names of who loses and who gains; nothing is changed by looking."""
    page = preview(portal, manager, 3, minimum_level="3").text
    assert "Review changes" in page and "1 person loses access" in page and "Dan Moss" in page and "Nobody gains access" in page
    assert re.search(r"<dt>Level</dt>.*not asked for.*3 or higher", page) and "Cora Vale" not in page and "1 expert would be in" in page
    assert asked(portal, 3) == LAW and inside(portal, 3) == {20, 21}
    page = preview(portal, manager, 4, domain="law", specialties=["law:contracts"], max_experts="5").text
    assert "1 person gains access" in page and "Cora Vale" in page and "Dan Moss" not in page


def test_saving_does_exactly_that_and_says_whether_label_studio_knows(portal: Portal, manager: Browser) -> None:
    """Everything on the form, kept and shown again."""
    changed = {
        "specialties": ["law:contracts", "law:tenancy"], "all_specialties": "any", "minimum_level": "2", "max_experts": "9",
        "mode": "invited", "invited": ["20", "21"], "shows_others_work": "yes", "specialty_field": "data.specialty", "shows_tasks_without_specialty": "yes",
    }
    page = preview(portal, manager, 3, **changed).text
    saved = decide(manager, "/admin/projects/3", page, "save")
    assert saved.status_code == 200 and "Synced with Label Studio." in saved.text
    assert asked(portal, 3) == Requirement("law", specialties=("contracts", "tenancy"), minimum_level=2, max_experts=9, mode="invited")
    assert inside(portal, 3) == {20}
    assert portal.extension.projects[3]["specialty_field"] == "data.specialty"
    with portal.store.read() as unit:
        project = unit.projects.get(3)
    assert project is not None and project.rules == Rules(True, "data.specialty", True) and project.invited == {20, 21}
    form = manager.page("/admin/projects/3")
    for words in ('value="law:contracts" checked', '<option value="2" selected>', 'value="9"', 'value="data.specialty"', "Cora Vale"):
        assert words in form, words
    portal.routing.answers = False
    page = preview(portal, manager, 3, minimum_level="", shows_others_work="no").text
    assert "Label Studio did not answer. Until it does, access there stays as it was" in decide(manager, "/admin/projects/3", page, "save").text
    assert "1 change waits" in manager.page("/admin/projects") or "changes wait" in manager.page("/admin/projects")


def test_a_language_and_licences_are_asked_for(portal: Portal, manager: Browser) -> None:
    """By name, from lists; places one on each line."""
    form = {"languages": ["de", "", "fr"], "credential_kinds": ["law:bar"], "jurisdictions": " California \n\nOhio\n"}
    page = preview(portal, manager, 3, **form).text
    assert "German and French" in page or "French and German" in page
    assert "Bar admission from California or Ohio" in page
    decide(manager, "/admin/projects/3", page, "save")
    now = asked(portal, 3)
    assert now is not None and (now.languages, now.credential_kinds, now.jurisdictions) == (("de", "fr"), ("bar",), ("California", "Ohio"))


def test_back_to_the_form_keeps_everything(portal: Portal, manager: Browser) -> None:
    """What was typed is there again, and still nothing is saved."""
    page = preview(portal, manager, 3, minimum_level="4", jurisdictions="Ohio", specialty_field="meta.field").text
    form = decide(manager, "/admin/projects/3", page, "back")
    assert form.status_code == 200
    for words in ('<option value="4" selected>', "Ohio</textarea>", 'value="meta.field"'):
        assert words in form.text, words
    assert asked(portal, 3) == LAW


def test_mistakes_are_said_at_the_field_and_nothing_typed_is_lost(portal: Portal, manager: Browser) -> None:
    """Each wrong field has its sentence, the right ones keep their text, and nothing is saved."""
    response = preview(portal, manager, 3, minimum_level="3", max_experts="many", specialty_field="specialty", languages=["xx"],
                       specialties=["tax:contracts"], jurisdictions="Ohio")
    assert response.status_code == 400 and "This project asks for Law, and something of Tax is ticked." in response.text
    response = preview(portal, manager, 3, minimum_level="7", max_experts="many", specialty_field="specialty", languages=["xx"], jurisdictions="Ohio",
                       invited=["999"], mode="invited", specialties=["law:astrology"])
    assert response.status_code == 400
    for name in ("minimum_level", "max_experts", "specialty_field", "languages", "invited", "specialties"):
        assert f'id="{name}-wrong"' in response.text, name
    assert 'value="many"' in response.text and 'value="specialty"' in response.text and "Ohio</textarea>" in response.text
    assert "There is a problem." in response.text and response.text.count('href="#part-') == 6 and asked(portal, 3) == LAW
    assert preview(portal, manager, 3, domain="astrology").status_code == 400


def test_nothing_changed_says_so(portal: Portal, manager: Browser) -> None:
    """No preview of nothing."""
    assert "Nothing would change" in preview(portal, manager, 3).text


def test_people_are_found_by_name_or_address_and_put_on_the_list(portal: Portal, manager: Browser) -> None:
    """The search keeps what is typed and who is on the list; managers are not offered."""
    portal.browser(CANDIDATE)
    found = manager.send("/admin/projects/3", **fields_of(portal, 3, mode="invited", invited=["20"], person="moss", minimum_level="2"), step="people")
    assert found.status_code == 200 and 'name="invited" value="21">' in found.text and 'name="invited" value="20" checked' in found.text
    assert '<option value="2" selected>' in found.text
    by_address = manager.send("/admin/projects/3", **fields_of(portal, 3, person="ada@"), step="people").text
    assert "Ada Quill" in by_address
    nobody = manager.send("/admin/projects/3", **fields_of(portal, 3, person="boss"), step="people").text
    assert "Nobody else here has “boss”" in nobody


def test_another_language_can_be_added(portal: Portal, manager: Browser) -> None:
    """A further empty line, and the chosen ones stay."""
    one = manager.send("/admin/projects/3", **fields_of(portal, 3, languages=["de"]), step="language").text
    assert one.count('name="languages"') == 3 and '<option value="de" selected>' in one


def test_a_save_on_an_outdated_page_is_refused(portal: Portal, manager: Browser) -> None:
    """Of two managers the second one reads what has changed; what they typed is kept."""
    first, second = portal.browser(MANAGER), portal.browser(2)
    seen = hidden(second.page("/admin/projects/3"))["seen"]
    decide(first, "/admin/projects/3", preview(portal, first, 3, minimum_level="3").text, "save")
    fields = {**fields_of(portal, 3, minimum_level="", max_experts="7"), "seen": seen}
    refused = second.send("/admin/projects/3", **fields, step="preview")
    assert refused.status_code == 409 and "was changed since you opened the page" in refused.text and 'value="7"' in refused.text
    assert "level 3 or higher" in refused.text
    assert second.send("/admin/projects/3", **fields, step="save").status_code == 409
    back = second.send("/admin/projects/3", **fields, step="people")
    assert hidden(back.text)["seen"] == seen, "searching for somebody does not hide that the page is outdated"
    assert asked(portal, 3) == Requirement("law", minimum_level=3)
    again = second.send("/admin/projects/3", **{**hidden(refused.text), **fields_of(portal, 3, max_experts="7")}, step="preview")
    assert decide(second, "/admin/projects/3", again.text, "save").status_code == 200
    assert asked(portal, 3) == Requirement("law", minimum_level=3, max_experts=7)


def test_what_happens_is_what_was_looked_at(portal: Portal, manager: Browser) -> None:
    """When somebody else would gain access than the preview said, it is shown again instead of saved."""
    page = preview(portal, manager, 4, domain="law").text
    portal.member(22, "Eve Reed", domain="law")
    refused = decide(manager, "/admin/projects/4", page, "save")
    assert refused.status_code == 409 and "something has changed since you looked" in refused.text and "Eve Reed" in refused.text
    assert asked(portal, 4) is None and inside(portal, 4) == set()
    assert decide(manager, "/admin/projects/4", refused.text, "save").status_code == 200
    assert inside(portal, 4) == {20, 21, 22}


@pytest.mark.parametrize("change", ["another manager", "somebody is verified"])
def test_what_changes_at_any_moment_of_a_save_is_never_overwritten_unseen(tmp_path: Path, change: str) -> None:
    """Between the button and the last of it: the other manager's change stands, and nobody gets access whom the preview did not name."""

    def prepare(store: Database) -> tuple[Portal, Browser, str]:
        portal = portal_with_projects(store)
        manager = portal.browser(MANAGER)
        return portal, manager, preview(portal, manager, where, domain="law", max_experts="7").text

    where = 3 if change == "another manager" else 4  # which asks for nothing yet
    answers: list[int] = []

    def save(case: tuple[Portal, Browser, str]) -> None:
        _, manager, page = case
        answers.append(decide(manager, f"/admin/projects/{where}", page, "save").status_code)

    def meanwhile(case: tuple[Portal, Browser, str]) -> None:
        portal = case[0]
        if change == "another manager":
            portal.routing.apply({3: TargetState(Requirement("law", minimum_level=3))})
        else:
            portal.member(22, "Eve Reed", domain="law")

    gaps = 0
    for portal, _, _ in at_each_gap(tmp_path, prepare, save, meanwhile):
        gaps += 1
        refused = answers[-1] == 409
        assert refused or answers[-1] == 200
        if change == "another manager":
            assert asked(portal, 3) == Requirement("law", minimum_level=3), "the later word, or the one that was not seen"
            assert inside(portal, 3) == {20}
        else:
            assert asked(portal, 4) == (None if refused else Requirement("law", max_experts=7))
            assert inside(portal, 4) == (set() if refused else {20, 21, 22})
    assert set(answers[:gaps]) == {200, 409} and gaps >= 4


def test_a_save_without_a_preview_is_refused(portal: Portal, manager: Browser) -> None:
    """Nobody's access changes unseen."""
    seen = hidden(manager.page("/admin/projects/3"))["seen"]
    response = manager.send("/admin/projects/3", **fields_of(portal, 3, domain=""), seen=seen, step="save")
    assert response.status_code == 409 and asked(portal, 3) == LAW


def test_saving_twice_saves_once(portal: Portal, manager: Browser) -> None:
    """A second click finds it done, and says so."""
    page = preview(portal, manager, 3, minimum_level="3").text
    assert decide(manager, "/admin/projects/3", page, "save").status_code == 200
    assert decide(manager, "/admin/projects/3", page, "save").status_code == 409
    assert asked(portal, 3) == Requirement("law", minimum_level=3)


def test_undo_shows_what_it_does_and_brings_back_what_was(portal: Portal, manager: Browser) -> None:
    """The previous values, as a change of their own: looked at, then saved."""
    saved = decide(manager, "/admin/projects/3", preview(portal, manager, 3, minimum_level="3", shows_others_work="yes").text, "save").text
    assert inside(portal, 3) == {20} and ">Undo</button>" in saved
    undo = manager.send("/admin/projects/undo", previous=hidden(saved)["previous"], step="preview")
    assert undo.status_code == 200 and "1 person gains access" in undo.text and "Dan Moss" in undo.text
    assert asked(portal, 3) == Requirement("law", minimum_level=3), "looking changes nothing"
    assert decide(manager, "/admin/projects/undo", undo.text, "save").status_code == 200
    assert asked(portal, 3) == LAW and inside(portal, 3) == {20, 21} and portal.extension.projects[3]["shows_others_work"] is False
    assert manager.send("/admin/projects/undo", previous="{}", step="preview").status_code == 400


def _many(manager: Browser, ids: list[str], **fields: Any) -> TestResponse:
    return manager.send("/admin/projects/many", ids=",".join(ids), step="preview", **fields)


def test_several_projects_are_changed_together(portal: Portal, manager: Browser) -> None:
    """Chosen on the page; what is ticked changes in all of them and nothing else does; one preview, one save, one undo."""
    portal.asks(5, "Leases", Requirement("law", specialties=("contracts",)), Rules(shows_others_work=True))
    chosen = manager.send("/admin/projects/many", id=["3", "5"], step="choose")
    assert chosen.status_code == 200 and "Change 2 projects" in chosen.text and hidden(chosen.text)["ids"] == ["3,5"]
    page = _many(manager, ["3", "5"], change=["minimum_level", "domain"], minimum_level="3", domain="law").text
    assert "1 person loses access" in page and "Dan Moss" in page and "2 projects" in page
    saved = decide(manager, "/admin/projects/many", page, "save")
    assert saved.status_code == 200 and "2 projects are changed" in saved.text
    assert asked(portal, 3) == Requirement("law", minimum_level=3)
    assert asked(portal, 5) == Requirement("law", specialties=("contracts",), minimum_level=3)
    undo = manager.send("/admin/projects/undo", previous=hidden(saved.text)["previous"], step="preview")
    decide(manager, "/admin/projects/undo", undo.text, "save")
    assert asked(portal, 3) == LAW and asked(portal, 5) == Requirement("law", specialties=("contracts",))


def test_all_that_match_a_search_are_changed(portal: Portal, manager: Browser) -> None:
    """Also those on other pages of the list, and no others."""
    with portal.store.begin() as unit:
        for number in range(100, 230):
            unit.projects.heard_of(number, f"Batch {number}", portal.now)
    found = manager.send("/admin/projects", q="batch", domain_filter="-", step="select_all").text
    assert "Edit selected<span data-selected-count> (130)" in found
    chosen = manager.send("/admin/projects/many", ids=hidden(found)["ids"][-1], id=[str(one) for one in range(100, 150)], step="choose")
    assert "Change 130 projects" in chosen.text
    assert hidden(manager.send("/admin/projects/many", all="yes", q="batch", show="not_routed").text)["ids"] == hidden(chosen.text)["ids"], "without selecting"
    page = manager.send("/admin/projects/many", ids=hidden(chosen.text)["ids"], change=["domain"], domain="law", step="preview").text
    assert "2 people gain access" in page and "(130 projects)" in page
    decide(manager, "/admin/projects/many", page, "save")
    assert asked(portal, 100) == LAW and asked(portal, 229) == LAW and asked(portal, 4) is None
    assert len(inside(portal, 229)) == 2


def test_of_many_projects_all_are_changed_or_none(portal: Portal, manager: Browser) -> None:
    """One that cannot be set keeps all of them as they are, and the sentence names it."""
    portal.asks(5, "Returns", Requirement("tax"))
    refused = _many(manager, ["3", "5"], change=["specialties"], specialties=["law:contracts"])
    assert refused.status_code == 400 and "“Returns” asks for Tax, and something of Law is ticked." in refused.text
    assert 'value="law:contracts" checked' in refused.text and 'value="specialties" checked' in refused.text
    assert _many(manager, ["3", "5"], change=["max_experts"], max_experts="0").status_code == 400
    assert asked(portal, 3) == LAW and asked(portal, 5) == Requirement("tax")


def test_choosing_nothing_or_ticking_nothing_says_so(portal: Portal, manager: Browser) -> None:
    """The list and the form say what to do."""
    back = manager.send("/admin/projects/many", step="choose", q="clau")
    assert back.headers["Location"] == "/admin/projects?q=clau"
    assert "Select at least one project first." in manager.page("/admin/projects")
    assert "Tick at least one thing to change." in _many(manager, ["3"], domain="law").text
    assert asked(portal, 3) == LAW


def test_questions_of_a_projects_own_are_set_in_the_form(portal: Portal, manager: Browser) -> None:
    """The preview names them and who loses access by them; saved, nobody is in until their answers fit; "Undo" brings all back."""
    page = preview(portal, manager, 3, add_on_about=["Wills", "", "", ""], add_on_question=["Who inherits?", "", "", ""]).text
    assert "Screening questions" in page and "Wills: Who inherits?" in page and "Cora Vale" in page
    saved = decide(manager, "/admin/projects/3", page, "save")
    assert saved.status_code == 200 and inside(portal, 3) == set()
    now = asked(portal, 3)
    assert now is not None and now.add_on == (AddOnQuestion("Wills", "Who inherits?"),)
    assert 'value="Wills"' in manager.page("/admin/projects/3")
    half = preview(portal, manager, 3, add_on_about=["Wills"], add_on_question=[""])
    assert half.status_code == 400 and "Write both" in half.text
    undo = manager.send("/admin/projects/undo", previous=hidden(saved.text)["previous"], step="preview")
    decide(manager, "/admin/projects/undo", undo.text, "save")
    assert asked(portal, 3) == LAW and inside(portal, 3) == {20, 21}


def test_requirements_are_copied_from_another_project(portal: Portal, manager: Browser) -> None:
    """Found by title or number; the form is filled in, nothing is saved, and another manager's change in between is still noticed."""
    full = Requirement("law", specialties=("tenancy",), minimum_level=3, mode="invited")
    portal.asks(5, "Leases", full, Rules(specialty_field="data.specialty"), invited=[21])
    seen = hidden(manager.page("/admin/projects/3"))["seen"]
    found = manager.send("/admin/projects/3", **fields_of(portal, 3, max_experts="7", copy_search="lea"), seen=seen, step="copies").text
    assert 'name="copy_from" value="5"' in found and 'name="copy_from" value="3"' not in found and 'value="7"' in found
    filled = manager.send("/admin/projects/3", **fields_of(portal, 3), seen=seen, copy_from="5").text
    assert "Copied from “Leases”" in filled and hidden(filled)["seen"] == seen and 'value="law:tenancy" checked' in filled
    assert '<option value="3" selected>' in filled and 'name="invited" value="21" checked' in filled and 'value="data.specialty"' in filled
    assert asked(portal, 3) == LAW and manager.send("/admin/projects/3", seen=seen, copy_from="99").status_code == 404
    many = manager.send("/admin/projects/many", ids="3,4", copy_from="5").text
    assert 'value="minimum_level" checked' in many and 'value="law:tenancy" checked' in many and "Copied from “Leases”" in many


def test_how_many_qualify_is_told_while_the_form_is_filled_in(portal: Portal, manager: Browser) -> None:
    """By what is typed so far, with who would wait; what cannot be set says nothing, and nothing is changed."""
    def told(path: str, **fields: Any) -> str:
        answer = manager.send(f"/admin/projects/{path}/qualify", **fields)
        assert answer.status_code == 200
        return str(answer.json["sentence"])  # type: ignore[index]

    assert told("3", **fields_of(portal, 3)) == "2 experts qualify." and told("3", **fields_of(portal, 3, minimum_level="3")) == "1 expert qualifies."
    assert told("3", **fields_of(portal, 3, max_experts="1")) == "2 experts qualify; 1 would wait for a place."
    assert told("3", **fields_of(portal, 3, minimum_level="5")) == "No expert qualifies."
    assert told("3", **fields_of(portal, 3, domain="")) == "Not routed: no expert has access."
    assert told("3", **fields_of(portal, 3, max_experts="many")) == told("3", **fields_of(portal, 3, specialties=["tax:contracts"])) == ""
    assert told("many", ids="3,4", change="domain", domain="law") == "1 project changes: 2 people gain access, 0 lose it."
    assert told("many", ids="3,4") == "Nothing would change." and asked(portal, 3) == LAW
    expert = portal.browser(CANDIDATE)
    assert expert.send("/admin/projects/3/qualify").status_code == expert.send("/admin/projects/many/qualify", ids="3").status_code == 403
