"""The form that says what a project asks for, its differences in words, and the way back, as values."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable

import pytest
from werkzeug.datastructures import MultiDict

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.routing.requirements.editing import ProjectChange, TargetState
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.vetting.values import AddOnQuestion, Person
from ls_expert_plugin.web.admin.projects import preview_token, undo
from ls_expert_plugin.web.admin.projects.requirement_diff import alike, differences
from ls_expert_plugin.web.admin.projects.requirement_form import PARTS, read, typed
from tests.support.builders.vetting_samples import pack

FULL = TargetState(
    Requirement(
        "law", specialties=("contracts",), all_specialties=True, minimum_level=3, languages=("de", "fr"), jurisdictions=("California", "Ohio"),
        credential_kinds=("bar",), max_experts=4, mode="invited",
        add_on=(AddOnQuestion("Leases", "Who repairs?"), AddOnQuestion("Loans", "Which\nclause?")),
    ),
    Rules(shows_others_work=True, specialty_field="data.specialty", shows_tasks_without_specialty=True),
    frozenset({7, 8}),
)
NOTHING = TargetState(None)
PACKS = {"law": pack(), "tax": pack(id="tax", title="Tax")}
ADA, BEN = Person(1, 7, "ada@example.org", "Ada Quill", "expert"), Person(2, 8, "ben@example.org", "Ben Ochre", "expert")


def _form(fields: Iterable[tuple[str, str]]) -> MultiDict[str, str]:
    return MultiDict(list(fields))


def _change(ls_project_id: int, before: TargetState, after: TargetState, gains: tuple[Person, ...] = (), losses: tuple[Person, ...] = ()) -> ProjectChange:
    return ProjectChange(ls_project_id, f"Project {ls_project_id}", before, after, gains, losses)


@pytest.mark.parametrize("wanted", [FULL, NOTHING, TargetState(Requirement("law")), TargetState(None, Rules(True), frozenset({3}))])
def test_a_form_that_is_sent_back_unchanged_changes_nothing(wanted: TargetState) -> None:
    """Opening a project and saving it leaves every field as it was."""
    assert read(_form(typed(wanted))).on(wanted) == wanted
    assert dataclasses.replace(read(_form(typed(wanted))).on(NOTHING), invited=wanted.invited) == wanted


def test_an_empty_form_asks_for_nothing() -> None:
    """Without a domain nothing else counts."""
    assert read(_form([("minimum_level", "3"), ("max_experts", "2"), ("languages", "de")])).on(FULL) == TargetState(None, invited=FULL.invited)


def test_many_projects_change_only_in_what_is_ticked() -> None:
    """A level for all of them leaves each its domain, specialties, list and rules."""
    entered = read(_form([("minimum_level", "5"), ("domain", "tax"), ("shows_others_work", "")]), ["minimum_level"])
    after = entered.on(FULL)
    assert after.requirement == dataclasses.replace(FULL.requirement or Requirement(""), minimum_level=5)
    assert (after.rules, after.invited) == (FULL.rules, FULL.invited)
    assert entered.on(NOTHING) == NOTHING, "a project without a domain asks for no level either"


@pytest.mark.parametrize("part", list(PARTS))
def test_each_part_can_be_changed_alone(part: str) -> None:
    """Whatever is ticked changes, and nothing else does."""
    fields = [*typed(dataclasses.replace(FULL, invited=frozenset())), ("specialties", "tax:contracts")]
    changed = {
        "domain": [("domain", "tax")], "specialties": [("specialties", "law:other")], "minimum_level": [("minimum_level", "1")],
        "languages": [("languages", "it")], "credentials": [("jurisdictions", "Texas")], "max_experts": [("max_experts", "9")],
        "add_on": [("add_on_about", "Wills"), ("add_on_question", "Who inherits?"), ("add_on_about", ""), ("add_on_question", " ")],
        "mode": [("mode", "open")], "shows_others_work": [("shows_others_work", "no")], "specialty_field": [("specialty_field", "meta.x")],
        "assignment": [("assignment", "assigned")],
    }[part]
    form = _form([*changed, *(pair for pair in fields if pair[0] not in {name for name, _ in changed})])
    found = [one.title for one in differences(FULL, read(form, [part]).on(FULL), PACKS, shown=False)]
    expected = ["Domain", "Specialties", "Licences"] if part == "domain" else [PARTS[part]]
    assert found == expected


def test_a_list_is_kept_while_a_project_is_open_to_all() -> None:
    """Opening it for a while, alone or with others, does not lose whom I had chosen."""
    opened = read(_form([("mode", "open")]), ["mode"]).on(FULL)
    assert opened.requirement is not None and opened.requirement.mode == "open" and opened.invited == FULL.invited
    assert read(_form([("mode", "invited"), ("invited", "9")]), ["mode"]).on(FULL).invited == {9}


def test_projects_that_change_alike_are_put_together() -> None:
    """A change of hundreds reads as a few sentences, the most frequent first."""
    level = TargetState(Requirement("law", minimum_level=3))
    changes = [_change(1, FULL, NOTHING), *(_change(number, TargetState(Requirement("law")), level) for number in range(2, 12))]
    groups = alike(changes, PACKS, shown=False)
    assert [len(one.changes) for one in groups] == [10, 1]
    assert [(one.title, one.after) for one in groups[0].differences] == [("Level", "3 or higher")]


def test_another_domain_drops_what_belonged_to_the_old_one() -> None:
    """Specialties and licences are the domain's own; level, languages and places go along."""
    after = read(_form([("domain", "tax")]), ["domain"]).on(FULL).requirement
    assert after is not None
    assert (after.domain, after.specialties, after.credential_kinds) == ("tax", (), ())
    assert (after.minimum_level, after.languages, after.jurisdictions, after.max_experts) == (3, ("de", "fr"), ("California", "Ohio"), 4)


def test_what_is_ticked_for_another_domain_is_noticed() -> None:
    """A tick that cannot count is said, not dropped in silence."""
    entered = read(_form([("domain", "tax"), ("specialties", "law:contracts"), ("credential_kinds", "tax:bar")]))
    assert entered.foreign("tax") == {"specialties": ["law"]}
    assert entered.foreign("law") == {"credential_kinds": ["tax"]}


@pytest.mark.parametrize("text", ["three", "-1", "1.5", "1e3", "٣", "99999999999", "0x1"])
def test_what_is_no_number_reads_as_one_that_is_refused(text: str) -> None:
    """Nonsense does not become "no limit"."""
    after = read(_form([("domain", "law"), ("max_experts", text), ("minimum_level", text), ("mode", "invited"), ("invited", text)])).on(NOTHING)
    assert after.requirement is not None
    assert (after.requirement.max_experts, after.requirement.minimum_level, after.invited) == (-1, -1, frozenset({-1}))


def test_differences_are_said_in_words() -> None:
    """Titles, not ids; before and after."""
    after = TargetState(Requirement("law", specialties=("contracts",), minimum_level=2, max_experts=1), Rules(), frozenset({7}))
    found = {one.title: (one.before, one.after) for one in differences(FULL, after, PACKS, shown=False)}
    assert found["Level"] == ("3 or higher", "2 or higher")
    assert found["Languages"] == ("German and French", "not asked for")
    assert found["Licences"] == ("Bar admission from California or Ohio", "not asked for")
    assert found["Number of experts"] == ("at most 4", "at most 1")
    assert found["Access"] == ("only whoever is on the list (2 people) and matches", "everybody who matches")
    assert found["Visibility of annotations"] == ("shown", "hidden")
    assert "Domain" not in found and "Specialties" not in found
    assert differences(FULL, FULL, PACKS, shown=False) == []


def test_no_domain_reads_as_what_the_setting_makes_of_it() -> None:
    """Whoever takes the domain away reads whether that hides or opens the project."""
    domain = [one.after for hidden in (False, True) for one in differences(TargetState(Requirement("law")), NOTHING, PACKS, hidden) if one.title == "Domain"]
    assert domain == ["none: only managers see it", "none: open to every expert"]


def test_what_was_before_comes_back_as_it_was() -> None:
    """Undo writes down everything, and projects alike only once."""
    changes = [_change(number, FULL if number % 2 else NOTHING, TargetState(Requirement("tax"))) for number in range(1, 5001)]
    text = undo.write({one.ls_project_id: one.before for one in changes})
    assert len(text) < 60_000 and len(json.loads(text)["groups"]) == 2
    assert undo.read(text) == {one.ls_project_id: one.before for one in changes}


@pytest.mark.parametrize("text", [
    "", "{}", "[]", "null", "x", '{"groups": [{"wanted": null, "ls_project_ids": [1]}]}', '{"groups": [], "more": 1}',
    undo.write({1: FULL}).replace('"minimum_level": 3', '"minimum_level": 9'),
    undo.write({1: FULL}).replace('"open"', '"shut"').replace('"invited", "', '"shut", "'),
    undo.write({1: FULL}).replace("[1]", "[-1]"),
])
def test_a_text_to_undo_that_was_tampered_with_is_refused(text: str) -> None:
    """What comes back from a page may be anything."""
    if text.startswith('{"groups": [{"wanted": {') and text == undo.write({1: FULL}):
        pytest.fail("the sample is not tampered with")
    with pytest.raises(BadInput):
        undo.read(text)


def test_what_was_seen_is_recognised() -> None:
    """The same change by whoever; another value, another person, or another project is not the same."""
    one = [_change(1, NOTHING, FULL, gains=(ADA, BEN)), _change(2, NOTHING, FULL)]
    seen = preview_token.of_changes(one)
    assert preview_token.of_changes(list(reversed(one))) == seen
    assert preview_token.of_changes([_change(1, NOTHING, FULL, gains=(BEN, ADA)), one[1]]) == seen
    others = [one[:1], [one[0], _change(3, NOTHING, FULL)], [_change(1, NOTHING, FULL, gains=(ADA,)), one[1]],
              [_change(1, NOTHING, FULL, losses=(ADA, BEN)), one[1]], [_change(1, TargetState(Requirement("law")), FULL, gains=(ADA, BEN)), one[1]]]
    assert seen not in {preview_token.of_changes(other) for other in others}
    assert preview_token.of_project(1, FULL) != preview_token.of_project(2, FULL) != preview_token.of_project(2, NOTHING)
