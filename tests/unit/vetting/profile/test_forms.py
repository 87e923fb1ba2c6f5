"""The forms of the profile, and what is kept of typed text."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.profile.forms import FormInvalid, checked
from ls_expert_plugin.vetting.text_input import clean
from tests.support.builders.vetting_samples import EDUCATION, LICENCE, NOW, WORK

LANGUAGE = {"code": "de", "proficiency": "fluent"}
SKILL = {"name": "Contract review", "years": "7"}
FORMS = {"education": EDUCATION, "licence": LICENCE, "work": WORK, "skill": SKILL, "language": LANGUAGE}


def test_entries_are_kept_as_plain_values() -> None:
    """Numbers are numbers, dates are ISO dates, an empty field is no value."""
    assert checked("education", EDUCATION, NOW) == {**EDUCATION, "start_year": 2008, "end_year": 2012}
    assert checked("licence", LICENCE, NOW) == {**LICENCE, "expires_on": None}
    assert checked("work", WORK, NOW) == {**WORK, "end": None}
    assert checked("language", LANGUAGE, NOW) == LANGUAGE
    assert checked("skill", SKILL, NOW) == {"name": "Contract review", "years": 7, "note": ""}
    assert checked("skill", {"name": "Contract review", "years": ""}, NOW)["years"] is None


@pytest.mark.parametrize(
    ("kind", "changed", "field", "sentence"),
    [
        ("education", {"school": "   "}, "school", "Enter your school or university."),
        ("education", {"school": "x" * 201}, "school", "Write at most 200 characters."),
        ("education", {"start_year": "soon"}, "start_year", "Write a year, such as 2015."),
        ("education", {"start_year": "208"}, "start_year", "Write a year, such as 2015."),
        ("education", {"start_year": "2040", "end_year": ""}, "start_year", "This year lies too far in the future."),
        ("education", {"end_year": "2007"}, "end_year", "The end lies before the start."),
        ("education", {"end_year": "2040"}, "end_year", "This year lies too far in the future."),
        ("education", {"is_admin": "yes"}, "is_admin", "This form has no such field."),
        ("education", {"field": "a\x00b"}, "field", "cannot be saved"),
        ("education", {"degree": ["LL.M."]}, "degree", "Write plain text."),
        ("licence", {"issued_on": "1 May 2014"}, "issued_on", "Write a date, such as 2015-09-30."),
        ("licence", {"issued_on": "2014-02-30"}, "issued_on", "Write a date, such as 2015-09-30."),
        ("licence", {"issued_on": "1398902400"}, "issued_on", "Write a date, such as 2015-09-30."),
        ("licence", {"kind": "other"}, "title", "Enter the name of the licence."),
        ("licence", {"expires_on": "2014-05-01"}, "expires_on", "would end before it was issued"),
        ("licence", {"number": ""}, "number", "Enter the licence number."),
        ("work", {"start": "2014"}, "start", "Write a year and a month, such as 2015-09."),
        ("work", {"start": "2014-13"}, "start", "Write a year and a month, such as 2015-09."),
        ("work", {"start": "2028-04"}, "start", "This month lies too far in the future."),
        ("work", {"current": "no"}, "end", "Enter the end date, or tick “I currently work here”."),
        ("work", {"current": "yes", "end": "2020-01"}, "end", "Remove the end date, or the tick"),
        ("work", {"end": "2014-05"}, "end", "The end lies before the start."),
        ("skill", {"years": "٧"}, "years", "Write a whole number of years from 0 to 70."),
        ("skill", {"years": "71"}, "years", "Write a whole number of years from 0 to 70."),
        ("skill", {"years": "-1"}, "years", "Write a whole number of years from 0 to 70."),
        ("skill", {"name": " "}, "name", "Enter the skill."),
        ("language", {"code": "German"}, "code", "Choose a language from the list."),
        ("language", {"code": ""}, "code", "Choose the language."),
        ("language", {"proficiency": "perfect"}, "proficiency", "from the list."),
        ("work", {"end": "2040-04"}, "end", "This month lies too far in the future."),
    ],
)
def test_each_wrong_field_is_named_with_what_to_do(kind: str, changed: Mapping[str, object], field: str, sentence: str) -> None:
    """The page can put a plain sentence beside the field, and nothing beside the others."""
    with pytest.raises(FormInvalid) as problem:
        checked(kind, {**FORMS[kind], **changed}, NOW)  # type: ignore[arg-type]
    assert list(problem.value.fields) == [field]
    assert sentence in problem.value.fields[field]


def test_all_wrong_fields_are_told_at_once() -> None:
    """Nobody has to send a form five times."""
    with pytest.raises(FormInvalid) as problem:
        checked("work", {}, NOW)
    assert problem.value.fields == {"employer": "Enter the employer.", "title": "Enter your job title.", "start": "Enter the start date."}
    assert problem.value.code == "bad_input"


def test_a_degree_may_be_expected_and_a_licence_may_have_ended() -> None:
    """The forms keep out only what cannot be meant."""
    assert checked("education", {**EDUCATION, "end_year": "2029"}, NOW)["end_year"] == 2029
    assert checked("licence", {**LICENCE, "expires_on": "2020-01-01"}, NOW)["expires_on"] == "2020-01-01"


def test_another_licence_has_a_name_and_the_tick_beside_the_end_date_is_not_kept() -> None:
    """A licence of another country is named by its holder; other kinds have their name from the domain."""
    assert checked("licence", {**LICENCE, "kind": "other", "title": "Approbation"}, NOW)["title"] == "Approbation"
    assert "title" not in checked("licence", {**LICENCE, "title": "Approbation"}, NOW)
    assert checked("work", {**WORK, "current": "yes"}, NOW) == {**WORK, "end": None}
    assert checked("work", {**WORK, "end": "2020-01", "current": "no"}, NOW) == {**WORK, "end": "2020-01"}


def test_line_ends_and_outer_spaces_do_not_matter() -> None:
    """A form and a script that send the same words send the same text."""
    assert clean("  one\r\ntwo\rthree\n") == "one\ntwo\nthree"


@pytest.mark.parametrize("text", ["a\x00b", "half \ud83d of a pair"])
def test_text_that_no_database_keeps_is_refused(text: str) -> None:
    """It is said so, before a database fails on it."""
    with pytest.raises(BadInput):
        clean(text)
