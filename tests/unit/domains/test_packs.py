"""Fields of domain packs: what start-up says about one that is wrong, missing or given twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.builders.tax_pack import TITLE, changed, complaint


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (TITLE, "titel: Tax\n", "3: titel: is not a field; did you mean title?"),
        (TITLE, TITLE + "colour: red\n", "4: colour: is not a field; known are: id, version, title, "),
        ("number_label:", "number_lable:", "12: licences[0].number_lable: is not a field; did you mean "),
        (TITLE, TITLE + "<<: {version: 4}\n", "4: <<: is not a field"),
        (TITLE, "", "1: title: is missing; add it"),
        ("    mandatory: true\n", "", "16: competencies[0].mandatory: is missing; add it"),
        ("kind: opening, ", "", "29: questions[0].kind: is missing; add it"),
    ],
)
def test_field_unknown_or_missing(tmp_path: Path, old: str, new: str, says: str) -> None:
    """An unknown field is told with the name that was probably meant, a missing one with its place."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("three", 'must be a whole number; this is "three"'),
        ("1.5", 'must be a whole number; this is "1.5"'),
        ('"3"', 'must be a whole number; this is "3"'),
        ("true", "must be a whole number; this is true"),
        ("[1]", "must be a whole number; this is a list"),
        ("9" * 5000, 'must be a whole number; this is "999'),
        ("0", "must be at least 1; this is 0"),
        ("1000001", "must be at most 1000000; this is 1000001"),
        ("", "is empty; write something here"),
    ],
)
def test_wrong_number(tmp_path: Path, new: str, says: str) -> None:
    """Where a whole number is asked for, anything else is refused, in a line of readable length."""
    message = complaint(tmp_path, changed("version: 3", f"version: {new}"))
    assert message.startswith(f"2: version: {says}") and len(message) < 150


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("2024", "must be text; put quotes around 2024"),
        ("true", "must be text; put quotes around true"),
        ("{a: b}", "must be text, not a group of fields; put quotes around a text that holds a colon"),
        ("[a]", "must be text, not a list"),
        ("", "is empty; write something here"),
        ('"  "', "is empty; write something here"),
        ("x" * 121, "has 121 characters; 120 are the limit"),
        (r'"Tax\0"', "has a character that cannot be saved or shown; remove it"),
        (r'"Tax\ud800"', "has a character that cannot be saved or shown; remove it"),
    ],
)
def test_wrong_text(tmp_path: Path, new: str, says: str) -> None:
    """Where text is asked for, a value, nothing, too much, or what no database keeps is refused."""
    assert complaint(tmp_path, changed(TITLE, f"title: {new}\n")).startswith(f"3: title: {says}")


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("objection", 'must be a list, each item on a line that begins with -; this is "objection"'),
        ("{a: b}", "must be a list, each item on a line that begins with -; this is a group of fields"),
        ("[]", "is empty; write something here"),
        ("", "is empty; write something here"),
    ],
)
def test_wrong_list(tmp_path: Path, new: str, says: str) -> None:
    """Where a list is asked for, something else or an empty list is refused."""
    message = complaint(tmp_path, changed("indicators: [objection]", f"indicators: {new}"))
    assert message == f"27: competencies[1].indicators: {says}"


@pytest.mark.parametrize("new", ["Pay roll", "1st", '"payroll\\n"', "ä", "x" * 65, "''"])
def test_wrong_id(tmp_path: Path, new: str) -> None:
    """An id that would not fit an address or a database column is refused."""
    message = complaint(tmp_path, changed("id: payroll", f"id: {new}"))
    assert message.startswith("7: specialties[1].id: ") and "write lower-case letters" in message


@pytest.mark.parametrize("new", ["javascript://a/%0aalert(1)", "a.org", "http://[", "http://", "http://a b"])
def test_wrong_web_address(tmp_path: Path, new: str) -> None:
    """A register is a link on a page: what is no web address is refused."""
    message = complaint(tmp_path, changed("https://chamber.example.org/search", new))
    assert message.startswith("14: licences[0].registers[0].url: write a web address like https://")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mandatory: true", "mandatory: yes", "19: competencies[0].mandatory: must be true or false"),
        ("- due date", "- due: date", "21: competencies[0].indicators[0]: must be text, not a group"),
        ("- due date", "- '...'", "21: competencies[0].indicators[0]: has neither a letter nor a digit"),
        ("{id: payroll, title: Payroll}", "pay", "7: specialties[1]: must have the fields id, title; this "),
        ("opening", "last", '29: questions[0].kind: "last" is not known; write opening, probing or scenario'),
        ("too_short", "never", '33: follow_ups[0].when: "never" is not known; write too_short, no_example, '),
        ("turns: 6", "turns: 101", "34: max_candidate_turns: must be at most 100; this is 101"),
    ],
)
def test_wrong_value(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A value that is none of those allowed is told by line and path, with what to write."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (TITLE, TITLE + "version: 4\n", "4: version: stands in line 2 already; remove one of the two"),
        ("    help:", "    title: Other\n    help:", "11: licences[0].title: stands in line 10 already"),
        ("{id: vat,", "{id: vat, id: vat,", "6: specialties[0].id: stands in line 6 already"),
    ],
)
def test_field_given_twice(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A field given twice is refused, not decided by which comes last."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: payroll", "id: vat", '7: specialties[1].id: "vat" is already the id of specialties[0]'),
        ("id: disputes", "id: returns", '23: competencies[1].id: "returns" is already the id of compe'),
        ("id: q3", "id: q1", '31: questions[2].id: "q1" is already the id of questions[0]'),
        ("{id: f1,", '{id: f1, when: no_example, text: "When?"}\n  - {id: f1,', '34: follow_ups[1].id: "f1"'),
        ("- input tax", "- Due  Date", '22: competencies[0].indicators[1]: "due date" is already indicator'),
    ],
)
def test_listed_twice(tmp_path: Path, old: str, new: str, says: str) -> None:
    """An id or an indicator that stands twice in a list is told at its second place."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "competency: disputes", "competency: dispute",
            '31: questions[2].competency: "dispute" is not the id of a competency; write one of: returns, di',
        ),
        ("mandatory: true", "mandatory: false", "15: competencies: none is mandatory, so nothing would be"),
        (
            "mandatory: false", "mandatory: true",
            '23: competencies[1]: "disputes" is mandatory and has no question to match; add a probing',
        ),
        (
            "kind: opening", "kind: probing",
            '16: competencies[0]: "returns" is mandatory and has no question to match; add an opening or',
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Questions about nothing, and mandatory competencies that nobody would be asked about, are told."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


def test_too_few_turns(tmp_path: Path) -> None:
    """An interview too short for its mandatory competencies is refused."""
    text = changed("mandatory: false", "mandatory: true").replace("turns: 6", "turns: 1")
    more = '  - {id: q4, competency: disputes, kind: probing, text: "And then?"}\n'
    says = "35: max_candidate_turns: is too small to ask about 2 mandatory competencies; write at least 2"
    assert complaint(tmp_path, text.replace("follow_ups:", more + "follow_ups:")) == says


def test_first_mistake_comes_first(tmp_path: Path) -> None:
    """Of several mistakes the one nearest the top is told; what is merely missing comes after the others."""
    text = changed("version: 3", "version: x").replace("mandatory: true", "mandatory: maybe")
    assert complaint(tmp_path, text).startswith("2: version:")
    text = changed("closing:", "closinng:").replace("mandatory: true", "mandatory: maybe")
    assert complaint(tmp_path, text).startswith("19: competencies[0].mandatory:")
