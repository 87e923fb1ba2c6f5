"""Domain packs: the three that come along, a team's own, and what start-up says about a broken one."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from pydantic import ValidationError

from ls_expert_plugin.domains.loader import MAX_BYTES, load_pack, load_packs
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.domains.validation import weaknesses
from ls_expert_plugin.errors import PackError

GOOD = """\
id: tax
version: 3
title: Tax
description: You advise on taxes.
specialties:
  - {id: vat, title: Value added tax}
  - {id: payroll, title: Payroll}
licences:
  - id: adviser
    title: Tax adviser
    help: The number on your certificate.
    number_label: Number
    registers:
      - {title: The chamber, url: "https://chamber.example.org/search"}
competencies:
  - id: returns
    title: Returns
    description: Files returns.
    mandatory: true
    indicators:
      - due date
      - input tax
  - id: disputes
    title: Disputes
    description: Argues with the office.
    mandatory: false
    indicators: [objection]
questions:
  - {id: q1, competency: returns, kind: opening, text: "Tell me about a return."}
  - {id: q2, competency: returns, kind: probing, text: "What do you check?"}
  - {id: q3, competency: disputes, kind: scenario, text: "The office says no."}
follow_ups:
  - {id: f1, when: too_short, text: "Could you say more?"}
max_candidate_turns: 6
closing: Thank you.
"""


def complaint(tmp_path: Path, text: str | bytes) -> str:
    """What is said about a file with ``text``: everything behind its path."""
    path = tmp_path / "tax.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(PackError) as caught:
        load_pack(path)
    message = caught.value.message
    assert message.startswith(f"{path}:") and "\n" not in message
    return message.removeprefix(f"{path}:")


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


# --- the packs that come along


@pytest.fixture(scope="module")
def built_in() -> dict[str, Pack]:
    return load_packs(None)


def test_three_domains_come_along(built_in: dict[str, Pack]) -> None:
    """Without a directory of one's own there are finance, law and medicine."""
    assert sorted(built_in) == ["finance", "law", "medicine"]
    assert all(built_in[key].id == key for key in built_in)


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_built_in_pack_is_complete(built_in: dict[str, Pack], domain: str) -> None:
    """At least 6 specialties, 8 competencies and 40 questions; topics, follow-ups, red flags, places to look people up."""
    pack = built_in[domain]
    assert pack.version >= 2
    assert len(pack.specialties) >= 6
    assert len(pack.licences) >= 3
    assert all(register.url.startswith("https://") for kind in pack.licences for register in kind.registers)
    assert len(pack.competencies) >= 8
    assert sum(competency.mandatory for competency in pack.competencies) == 5
    assert len(pack.questions) >= 40
    assert len(pack.topics) >= 5
    assert {follow_up.when for follow_up in pack.follow_ups} == {"too_short", "no_example", "no_evidence", "contradiction", "own_words"}
    assert len(pack.red_flags) >= 5 and {flag.leads_to for flag in pack.red_flags} == {"person"}
    assert pack.max_candidate_turns == 12
    assert "a person" in pack.closing.lower()
    assert list(weaknesses(pack)) == []


def test_what_domains_share_has_one_title(built_in: dict[str, Pack]) -> None:
    """A red flag that is in several packs reads alike in all: a reviewer of two domains learns it once."""
    titles = [(flag.id, flag.title) for pack in built_in.values() for flag in pack.red_flags]
    assert len(set(titles)) == len({id for id, _ in titles}) < len(titles)
    assert dict(titles)["speaks_to_the_scorer"] == "Addresses the grader (prompt injection)"


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_every_competency_has_five_levels_of_its_own(built_in: dict[str, Pack], domain: str) -> None:
    """Each level is a description of what an answer shows, written for that competency and used for no other."""
    pack = built_in[domain]
    levels = [level for competency in pack.competencies for level in competency.levels]
    assert len(levels) == 5 * len(pack.competencies)
    assert len(set(levels)) == len(levels)
    assert all(8 <= len(level.split()) <= 45 for level in levels)


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_every_specialty_has_questions_of_its_own(built_in: dict[str, Pack], domain: str) -> None:
    """At least two, put to nobody else, with enough facts or direction to show knowledge in one answer."""
    pack = built_in[domain]
    for specialty in pack.specialties:
        own = [one for one in pack.questions if one.specialty == specialty.id]
        assert len(own) >= 2, specialty.id
        assert all(len(one.text.split()) >= 25 for one in own), specialty.id
        assert set(own) <= set(pack.questions_for([specialty.id])) and not set(own) & set(pack.questions_for([]))


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_every_competency_can_be_asked_about_in_each_way(built_in: dict[str, Pack], domain: str) -> None:
    """Whatever the specialty, there is an opening, a scenario and a probing question for each competency."""
    pack = built_in[domain]
    for competency, kind in itertools.product(pack.competencies, ("opening", "scenario", "probing")):
        assert any((one.competency, one.kind) == (competency.id, kind) for one in pack.questions_for([])), (competency.id, kind)


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_built_in_policy_leaves_the_decision_to_a_person(built_in: dict[str, Pack], domain: str) -> None:
    """Nobody is verified by a program unless a team changes the pack."""
    policy = built_in[domain].policy
    assert not policy.auto_verify and policy.credential_status == "human-verified"
    assert {policy.level_needed(one.id) for one in built_in[domain].competencies if one.mandatory} == {3, 4}


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_indicators_are_short_phrases(built_in: dict[str, Pack], domain: str) -> None:
    """Each competency can be recognised by 8 to 20 short phrases in lower case."""
    for competency in built_in[domain].competencies:
        assert 8 <= len(competency.indicators) <= 20, competency.id
        for phrase in competency.indicators:
            assert phrase == phrase.lower() and len(phrase.split()) <= 4, phrase


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_opening_questions_ask_for_no_secrets(built_in: dict[str, Pack], domain: str) -> None:
    """Who is asked for their experience is told to leave out names or confidential details."""
    words = ("leave out", "confidential", "no names", "not the client", "the client not", "anonymous")
    for question in built_in[domain].questions:
        if question.kind == "opening":
            assert any(word in question.text.lower() for word in words), question.id
    first = built_in[domain].questions[0]
    assert first.kind == "opening" and "confidential" in first.text


def test_no_question_is_written_twice(built_in: dict[str, Pack]) -> None:
    """No candidate reads the same question again in another place."""
    texts = [question.text for pack in built_in.values() for question in pack.questions]
    assert len(set(texts)) == len(texts)


# --- a team's own packs


def test_team_adds_a_domain(tmp_path: Path) -> None:
    """A pack in the team's directory stands beside the three; other and hidden files there are left alone."""
    (tmp_path / "tax.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "README.md").write_text("not a pack", encoding="utf-8")
    (tmp_path / ".tax.yaml").write_text("{{{", encoding="utf-8")
    packs = load_packs(tmp_path)
    assert sorted(packs) == ["finance", "law", "medicine", "tax"]
    assert packs["tax"].version == 3
    assert packs["tax"].competencies[0].indicators == ("due date", "input tax")


def test_empty_directory_is_no_mistake(tmp_path: Path) -> None:
    """A directory without packs adds none."""
    assert len(load_packs(tmp_path)) == 3


def test_windows_file_is_read(tmp_path: Path) -> None:
    """A file saved by a Windows editor, with a byte-order mark and its line ends, reads the same."""
    plain, windows = tmp_path / "plain.yaml", tmp_path / "windows.yaml"
    plain.write_text(GOOD, encoding="utf-8")
    windows.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_pack(windows) == load_pack(plain)


def test_words_stay_words(tmp_path: Path) -> None:
    """Text that YAML could take for a truth value, a date or a time stays what was written."""
    text = changed("- due date", "- no\n      - 2024-13-45\n      - 12:30\n      - 1.50")
    (tmp_path / "tax.yaml").write_text(text, encoding="utf-8")
    pack = load_pack(tmp_path / "tax.yaml")
    assert pack.competencies[0].indicators == ("no", "2024-13-45", "12:30", "1.50", "input tax")


def test_pack_cannot_be_changed(built_in: dict[str, Pack]) -> None:
    """A pack that was loaded stays as it is."""
    with pytest.raises(ValidationError, match="frozen"):
        built_in["law"].title = "Other"


def test_same_id_in_two_files(tmp_path: Path) -> None:
    """Of two packs with one id the second is named, with the line of its id and the file of the first."""
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("# the same\n" + GOOD, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_packs(tmp_path)
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    assert caught.value.message == f'{b}:2: id: "tax" is already the id of the pack in {a}; choose another'


def test_id_of_a_built_in_pack(tmp_path: Path) -> None:
    """A team's pack cannot silently replace one that comes along."""
    (tmp_path / "mine.yaml").write_text(changed("id: tax", "id: law"), encoding="utf-8")
    with pytest.raises(PackError, match=r'mine\.yaml:1: id: "law" is already the id of .*law;'):
        load_packs(tmp_path)


@pytest.mark.parametrize("kind", ["missing", "a file"])
def test_directory_that_is_none(tmp_path: Path, kind: str) -> None:
    """A directory that is not there, or not a directory, stops start-up and names the setting."""
    directory = tmp_path / "packs"
    if kind == "a file":
        directory.write_text("", encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_packs(directory)
    assert caught.value.message.startswith(f"{directory}: cannot be read as a directory")
    assert "LS_EXPERT_DOMAINS_DIR" in caught.value.message


def test_entry_that_is_no_file(tmp_path: Path) -> None:
    """A directory or a dangling link with the name of a pack is named."""
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(PackError, match=r"gone\.yaml:1: is not a file"):
        load_packs(tmp_path)


# --- files that cannot be read as YAML

TITLE = "title: Tax\n"


@pytest.mark.parametrize(
    ("line", "new", "says"),
    [
        (3, "title: Tax: a pack\n", "a text holds a colon and a space; quote it or check the indentation"),
        (3, "\ttitle: Tax\n", "indent with spaces instead of tabs"),
        (3, "title: 'Tax\n", "a quotation mark is opened here and never closed"),
        (14, 'title: "Tax\n', "check the indentation and the quotation marks, here and in the lines above"),
        (3, "title Tax\n", "a colon is missing behind the name of a field"),
        (3, 'title: "Tax" law\n', "check the indentation and the quotation marks"),
        (4, TITLE + "  extra: 1\n", "a text holds a colon and a space; quote it or check the indent"),
        (6, TITLE + "extra:\n    a: 1\n   b: 2\n", "check the indentation and the quotation marks"),
        (4, "title: [Tax law\n", "a bracket is never closed, a comma is missing, or a text needs quotes"),
        (3, "title: {a: What?}\n", "a bracket is never closed, a comma is missing, or a text needs quotes"),
        (3, "title: @tax\n", "put quotes around a text that begins with this character"),
        (3, "---\ntitle: Tax\n", "--- begins a second pack here; give each pack a file of its own"),
    ],
)
def test_broken_yaml(tmp_path: Path, line: int, new: str, says: str) -> None:
    """YAML that cannot be read is told by file and line, in words that say what to do."""
    assert complaint(tmp_path, changed(TITLE, new)).startswith(f"{line}: is not valid YAML: {says}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (changed(TITLE, "title: T\x07ax\n"), "3: holds a control character; remove it"),
        (changed(TITLE, "title: Taxé\n").encode("latin-1"), "3: is not UTF-8 text here; save it as UTF-8"),
        (GOOD.encode("utf-16"), "1: is not UTF-8 text here; save it as UTF-8"),
        ("", "1: the file is empty; write a pack, or remove it"),
        ("# nothing yet\n", "1: the file is empty; write a pack, or remove it"),
        ("- a\n- b\n", "1: must have the fields id, version, title, description, specialties, "),
        ("just text\n", "1: must have the fields id, version, title, description, specialties, "),
    ],
)
def test_no_pack_at_all(tmp_path: Path, text: str | bytes, says: str) -> None:
    """A file in another encoding, empty, or with something else in it is told as that."""
    assert complaint(tmp_path, text).startswith(says)


def test_too_large(tmp_path: Path) -> None:
    """A file of more than a million bytes is refused unread, one of just that many is read."""
    unreadable = b"\xff" * MAX_BYTES  # quick to refuse, and what is said shows how far reading came
    assert complaint(tmp_path, unreadable).startswith("1: is not UTF-8 text here")
    says = "1: the file has more than 1,000,000 bytes; shorten it"
    assert complaint(tmp_path, unreadable + b"\xff") == says


def test_alias_bomb(tmp_path: Path) -> None:
    """A file that would grow to a billion words through aliases is refused at its first anchor, at once."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert complaint(tmp_path, bomb).startswith("1: a0: anchors (&) and aliases (*) are not allowed")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (TITLE, "title: &t Tax\n", "3: title: anchors (&) and aliases (*) are not allowed"),
        ("- due date", "- *due", "21: competencies[0].indicators[0]: anchors (&) and aliases (*)"),
        ("[objection]", "[*due]", "27: competencies[1].indicators[0]: anchors (&) and aliases (*)"),
        (TITLE, "title: !!str Tax\n", "3: title: tags (!) are not allowed"),
        ("Thank you.", "!!python/object/apply:os.getcwd []", "35: closing: tags (!) are not allowed"),
        ("[objection]", "[[[[[[[a]]]]]]]", "27: competencies[1].indicators[0][0][0][0][0][0]: is nested"),
        (TITLE, "? [title]\n: Tax\n", "3: the name of a field must be a plain word"),
    ],
)
def test_yaml_that_packs_do_not_use(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Anchors, aliases, tags and deep nesting are refused, wherever they stand, with the field."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


def test_a_hundred_thousand_brackets(tmp_path: Path) -> None:
    """A file made to exhaust the reader by nesting is refused at once."""
    assert "is nested more than 8 levels deep" in complaint(tmp_path, "[" * 100_000)


# --- fields that are wrong


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


# --- fields that do not fit together


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
