"""What may be set as a requirement, and how requirements and explanations read."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.routing.access.eligibility import Check, explain
from ls_expert_plugin.routing.explanation.descriptions import found, needed, requirement_in_words, why_not
from ls_expert_plugin.routing.requirements.editing import TargetState, check
from ls_expert_plugin.routing.values import Candidate, Project, Requirement, Rules
from tests.unit.routing.access.test_eligibility import NOW, PERSON

PACKS = load_packs(None)
MEDICINE = PACKS["medicine"]
FULL = Requirement("medicine", ("cardiology", "surgery"), True, 3, ("de", "en"), ("Lindenau", "Norway"), ("gmc",), 2, "invited")


def test_a_full_requirement_has_no_mistake() -> None:
    """Everything that can be asked for, asked for at once; and nothing at all."""
    assert check({1: TargetState(FULL, Rules(True, "data.field", True), frozenset({7})), 2: TargetState(None)}, PACKS, {7}) == []


@pytest.mark.parametrize(("changed", "field", "sentence"), [
    ({"domain": "alchemy"}, "domain", 'There is no domain "alchemy". Choose one of: finance, law, medicine.'),
    ({"specialties": ("surgery", "tax")}, "specialties", 'Medicine has no specialty "tax".'),
    ({"credential_kinds": ("sra",)}, "credential_kinds", 'Medicine has no licence "sra".'),
    ({"minimum_level": 0}, "minimum_level", "Choose a level from 1 to 5."), ({"minimum_level": 6}, "minimum_level", "Choose a level"),
    ({"minimum_level": True}, "minimum_level", "Choose a level"), ({"languages": ("deutsch",)}, "languages", '"deutsch" is no language code.'),
    ({"languages": ("xx",)}, "languages", "no language code"), ({"jurisdictions": (" ",)}, "jurisdictions", "Write the name"),
    ({"jurisdictions": ("x" * 201,)}, "jurisdictions", "at most 200"), ({"max_experts": 0}, "max_experts", "Choose a number"),
    ({"mode": "closed"}, "mode", "Choose open or invited."),
])
def test_each_mistake_is_named_with_its_project_and_field(changed: dict[str, Any], field: str, sentence: str) -> None:
    """One mistake, one problem, a sentence that says what to do."""
    [problem] = check({1: TargetState(FULL, invited=frozenset({7})), 2: TargetState(dataclasses.replace(FULL, **changed))}, PACKS, {7})
    assert (problem.ls_project_id, problem.field) == (2, field) and sentence in problem.sentence


@pytest.mark.parametrize("field", ["specialty", "data", "data.", "annotation.x", "data..x", "data.x y", "data.x'", "data." + "x" * 200, "data.a.b.c.d.e.f"])
def test_a_specialty_field_is_a_path_into_the_task(field: str) -> None:
    """The same paths that Label Studio's side takes."""
    [problem] = check({1: TargetState(None, Rules(specialty_field=field))}, PACKS, ())
    assert problem.field == "specialty_field" and "data.specialty" in problem.sentence


def test_nobody_unknown_is_invited() -> None:
    """A number that belongs to no member is a mistake."""
    [problem] = check({1: TargetState(FULL, invited=frozenset({7, 8}))}, PACKS, {7})
    assert problem.field == "invited" and "number 8" in problem.sentence


def test_the_stored_form_is_one_for_what_means_the_same() -> None:
    """Order, repetition and the writing of places make no difference."""
    one = TargetState(dataclasses.replace(FULL, specialties=("surgery", "cardiology", "surgery"), jurisdictions=("norway", " Lindenau ", "lindenau")))
    other = TargetState(dataclasses.replace(FULL, jurisdictions=("Lindenau", "norway")))
    assert one.plain == other.plain == other.plain.plain
    single = TargetState(Requirement("medicine", ("surgery",), all_specialties=True))
    assert single.plain.requirement == Requirement("medicine", ("surgery",))


def test_requirements_read_as_a_sentence() -> None:
    """From nothing to everything."""
    assert requirement_in_words(None, None) == "Not routed: managers only."
    assert requirement_in_words(Requirement("medicine"), MEDICINE) == "Requirements: verified in Medicine."
    assert requirement_in_words(Requirement("alchemy"), None) == "Requirements: verified in alchemy."
    gmc = next(licence.title for licence in MEDICINE.licences if licence.id == "gmc")
    assert requirement_in_words(FULL, MEDICINE) == (
        "Requirements: verified in Medicine; specialties Cardiology and Surgery; level 3 or higher; works in German and English; "
        f"a checked and valid licence: {gmc} from Lindenau or Norway; on the project's list; at most 2 experts at a time."
    )


def test_every_rule_has_its_words_met_and_not() -> None:
    """For a manager and for the person; no id of a specialty, licence or language is left in them."""
    poor = Candidate(8)
    project = Project(1, "Notes", FULL)
    for candidate in (PERSON, poor, dataclasses.replace(PERSON, is_manager=True)):
        checks = explain(candidate, project, NOW, has_place=False).checks
        for one in (*checks, Check("places", True, ("2",)), Check("places", False, ("1",)), Check("requirement", False), Check("requirement", True)):
            for words in (needed(one, MEDICINE), found(one, MEDICINE), why_not(one, MEDICINE)):
                assert words and not any(raw in words for raw in ("cardiology", "gmc,", " de ", "None,", "()"))


def test_the_person_reads_what_they_lack_and_nothing_of_others() -> None:
    """Only what is missing of a list; one of several where one is enough; no number of others."""
    assert why_not(Check("specialties", False, ("cardiology", "surgery"), ("surgery",), every=True), MEDICINE).startswith("It requires Cardiology. ")
    assert why_not(Check("specialties", False, ("cardiology", "surgery"), ()), MEDICINE).startswith("It requires Cardiology or Surgery. ")
    assert why_not(Check("languages", False, ("de", "fr"), ("de",), every=True), MEDICINE).startswith("It requires French. ")
    assert why_not(Check("level", False, ("4",), ("3",)), MEDICINE) == "It requires level 4 or higher; yours is 3."
    assert why_not(Check("places", False, ("2",)), MEDICINE) == "All places are taken. You are let in when one becomes free and it is your turn."
