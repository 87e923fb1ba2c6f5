"""Domain packs: the three that come along, a team's own, and what start-up says about a broken one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from ls_expert_plugin.domains.loader import MAX_BYTES, load_pack, load_packs
from ls_expert_plugin.domains.pack import Pack
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
    """Each domain has its specialties, competencies, written questions, follow-ups and places to look people up."""
    pack = built_in[domain]
    assert len(pack.specialties) >= 6
    assert len(pack.licences) >= 3
    assert all(register.url.startswith("https://") for kind in pack.licences for register in kind.registers)
    assert len(pack.competencies) == 8
    assert sum(competency.mandatory for competency in pack.competencies) == 5
    assert len(pack.questions) >= 16
    assert {follow_up.when for follow_up in pack.follow_ups} == {"too_short", "no_example", "no_evidence"}
    assert pack.max_candidate_turns == 12
    assert "a person" in pack.closing.lower()


@pytest.mark.parametrize("domain", ["finance", "law", "medicine"])
def test_indicators_are_short_phrases(built_in: dict[str, Pack], domain: str) -> None:
    """Each competency can be recognised by 8 to 15 short phrases in lower case."""
    for competency in built_in[domain].competencies:
        assert 8 <= len(competency.indicators) <= 15, competency.id
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
    (tmp_path / "tax.yaml").write_text(
        changed("      - due date\n", "      - no\n      - 2024-13-45\n      - 12:30\n      - 1.50\n"), encoding="utf-8"
    )
    pack = load_pack(tmp_path / "tax.yaml")
    assert pack.competencies[0].indicators == ("no", "2024-13-45", "12:30", "1.50", "input tax")


def test_pack_cannot_be_changed(built_in: dict[str, Pack]) -> None:
    """A pack that was loaded stays as it is."""
    with pytest.raises(ValidationError, match="frozen"):
        built_in["law"].title = "Other"  # type: ignore[misc]


def test_same_id_in_two_files(tmp_path: Path) -> None:
    """Two packs with one id: the second is named, with the line of its id and the file that has it already."""
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("# the same\n" + GOOD, encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_packs(tmp_path)
    a, b = tmp_path / "a.yaml", tmp_path / "b.yaml"
    assert caught.value.message == f'{b}:2: id: "tax" is already the id of the pack in {a}; choose another'


def test_id_of_a_built_in_pack(tmp_path: Path) -> None:
    """A team's pack cannot silently replace one that comes along."""
    (tmp_path / "mine.yaml").write_text(changed("id: tax", "id: law"), encoding="utf-8")
    with pytest.raises(PackError, match=r'mine\.yaml:1: id: "law" is already the id of the pack in .*law\.yaml'):
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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (changed("title: Tax\n", "title: Tax: a pack\n"), "3: is not valid YAML: this text holds a colon and a space"),
        (changed("title: Tax\n", "\ttitle: Tax\n"), "3: is not valid YAML: indent with spaces instead of tabs"),
        (changed("title: Tax\n", 'title: "Tax\n'), "3: is not valid YAML: a quotation mark is opened here"),
        (changed("title: Tax\n", "title Tax\n"), "3: is not valid YAML: a colon is missing behind the name"),
        (changed("title: Tax\n", 'title: "Tax" law\n'), "3: is not valid YAML: the indentation does not fit"),
        (changed("title: Tax\n", "  title: Tax\n"), "3: is not valid YAML: "),
        (changed("[objection]", "[objection"), "28: is not valid YAML: "),
        (changed("title: Tax\n", "title: @tax\n"), "3: is not valid YAML: put quotes around a text that begins"),
        (GOOD + "---\n" + GOOD, "36: is not valid YAML: --- begins a second pack here"),
        (changed("title: Tax\n", "title: T\x07ax\n"), "3: holds a control character; remove it"),
        (changed("title: Tax\n", "title: Taxé\n").encode("latin-1"), "3: is not UTF-8 text here"),
        (GOOD.encode("utf-16"), "1: is not UTF-8 text here"),
        ("", "1: the file is empty"),
        ("# nothing yet\n", "1: the file is empty"),
        ("- a\n- b\n", "1: must have the fields id, version, title, "),
        ("just text\n", '1: must have the fields id, version, title, description, specialties, '),
    ],
)
def test_not_yaml(tmp_path: Path, text: str | bytes, says: str) -> None:
    """Broken YAML is told by file and line, in words that say what to do."""
    assert complaint(tmp_path, text).startswith(says)


def test_too_large(tmp_path: Path) -> None:
    """A file of more than a million bytes is refused, one of exactly that many is read."""
    filled = GOOD + "#" * (MAX_BYTES - len(GOOD))
    (tmp_path / "full.yaml").write_text(filled, encoding="utf-8")
    assert load_pack(tmp_path / "full.yaml").id == "tax"
    assert complaint(tmp_path, filled + "#") == "1: the file has more than 1,000,000 bytes; shorten it"


def test_alias_bomb(tmp_path: Path) -> None:
    """A file that would grow to a billion words through aliases is refused at its first anchor, at once."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    started = time.monotonic()
    assert complaint(tmp_path, bomb).startswith("1: a0: anchors (&) and aliases (*) are not allowed")
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (changed("title: Tax\n", "title: &t Tax\n"), "3: title: anchors (&)"),
        (changed("      - due date\n", "      - *due\n"), "21: competencies[0].indicators[0]: anchors (&)"),
        (changed("[objection]", "[*a]"), "27: competencies[1].indicators[0]: anchors (&)"),
        (changed("title: Tax\n", "title: !!str Tax\n"), "3: title: tags (!) are not allowed"),
        (changed("closing: Thank you.", 'closing: !!python/object/apply:os.getcwd []'), "34: closing: tags (!)"),
        (changed("[objection]", "[[[[[[[[[[]]]]]]]]]]"), "27: competencies[1].indicators[0][0][0][0][0][0]: is nested"),
        (changed("title: Tax\n", "? [title]\n: Tax\n"), "3: the name of a field must be a plain word"),
        ("[" * 500_000, "1: [0][0][0][0][0][0][0][0][0]: is nested more than 8 levels deep"),
    ],
    ids=["anchor", "alias", "alias in a list", "tag", "python tag", "deep", "list as a name", "half a million brackets"],
)
def test_yaml_that_packs_do_not_use(tmp_path: Path, text: str, says: str) -> None:
    """Anchors, aliases, tags and deep nesting are refused, wherever they stand, with the field."""
    assert complaint(tmp_path, text).startswith(says)


# --- fields that are wrong


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: Tax\n", "titel: Tax\n", "3: titel: is not a field; did you mean title?"),
        ("title: Tax\n", "title: Tax\ncolour: red\n", "4: colour: is not a field; known are: id, version, title, "),
        ("    number_label: Number\n", "    number_lable: N\n", "12: licences[0].number_lable: is not a field; did you mean "),
        ("title: Tax\n", "title: Tax\n<<: {version: 4}\n", "4: <<: is not a field"),
        ("title: Tax\n", "", "1: title: is missing; add it"),
        ("    mandatory: true\n", "", "16: competencies[0].mandatory: is missing; add it"),
        ("kind: opening, ", "", "29: questions[0].kind: is missing; add it"),
        ("version: 3", "version: three", '2: version: must be a whole number; this is "three"'),
        ("version: 3", "version: 1.5", '2: version: must be a whole number; this is "1.5"'),
        ("version: 3", "version: true", "2: version: must be a whole number; this is true"),
        ("version: 3", 'version: "3"', '2: version: must be a whole number; this is "3"'),
        ("version: 3", "version: 0", "2: version: "),
        ("version: 3", "version: " + "9" * 5000, "2: version: must be a whole number"),
        ("title: Tax\n", "title: 2024\n", "3: title: must be text; put quotes around 2024"),
        ("title: Tax\n", "title: true\n", "3: title: must be text; put quotes around true"),
        ("title: Tax\n", "title:\n", "3: title: is empty; write something here"),
        ("title: Tax\n", 'title: "  "\n', "3: title: is empty; write something here"),
        ("title: Tax\n", f"title: {'x' * 121}\n", "3: title: has 121 characters; 120 are the limit"),
        ("title: Tax\n", 'title: "Tax\\0"\n', "3: title: has a control character; remove it"),
        ("title: Tax\n", 'title: "Tax\\ud800"\n', "3: title: has a control character; remove it"),
        ("mandatory: true", "mandatory: yes", "19: competencies[0].mandatory: must be true or false"),
        ("      - due date\n", "      - due: date\n", "21: competencies[0].indicators[0]: must be text, not a group of "),
        ("      - due date\n", "      - '...'\n", "21: competencies[0].indicators[0]: has neither a letter nor a digit"),
        ("indicators: [objection]", "indicators: objection", '27: competencies[1].indicators: must be a list, each item '),
        ("indicators: [objection]", "indicators: {a: b}", "27: competencies[1].indicators: must be a list, each item "),
        ("indicators: [objection]", "indicators: []", "27: competencies[1].indicators: is empty; write something here"),
        ("indicators: [objection]", "indicators:", "27: competencies[1].indicators: is empty; write something here"),
        ("  - {id: payroll, title: Payroll}", "  - payroll", '7: specialties[1]: must have the fields id, title; this is "pay'),
        ("id: payroll", "id: Pay roll", '7: specialties[1].id: "Pay roll" cannot be an id; write lower-case letters'),
        ("id: tax\n", 'id: "tax\\n"\n', "1: id: "),
        ("id: tax\n", f"id: {'x' * 65}\n", "1: id: "),
        ("kind: opening", "kind: closing", '29: questions[0].kind: "closing" is not known; write opening, probing or scenario'),
        ("when: too_short", "when: never", '33: follow_ups[0].when: "never" is not known; write too_short, no_example or '),
        ("https://chamber", "javascript://chamber", "14: licences[0].registers[0].url: write a web address like https:"),
        ("https://chamber.example.org/search", "chamber.example.org", "14: licences[0].registers[0].url: write a web address"),
        ("https://chamber", "https://[chamber", "14: licences[0].registers[0].url: write a web address like https:"),
        ("max_candidate_turns: 6", "max_candidate_turns: 101", "34: max_candidate_turns: "),
    ],
)  # fmt: skip
def test_wrong_field(tmp_path: Path, old: str, new: str, says: str) -> None:
    """A field that is unknown, missing or of the wrong kind is told by line and path, with what to write."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("title: Tax\n", "title: Tax\nversion: 4\n", "4: version: stands in line 2 already; remove one of the two"),
        ("    help: The", "    title: Other\n    help: The", "11: licences[0].title: stands in line 10 already"),
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
        ("id: payroll", "id: vat", '7: specialties[1].id: "vat" is already the id of specialties[0]; choose another'),
        ("id: disputes", "id: returns", '23: competencies[1].id: "returns" is already the id of competencies[0]'),
        ("id: q3", "id: q1", '31: questions[2].id: "q1" is already the id of questions[0]'),
        ("id: f1, when: too_short, text: "Could you say more?"}", "id: f1, when: too_short, text: "More?"}\n"
         "  - {id: f1, when: no_example, text: "When?"}", '34: follow_ups[1].id: "f1" is already the id of follow_ups[0]'),
        ("- input tax", "- Due  Date", '22: competencies[0].indicators[1]: "due date" is already indicators[0]'),
        ("competency: disputes", "competency: dispute", '31: questions[2].competency: "dispute" is not the id of a competency; '
         "write one of: returns, disputes"),
        ("mandatory: true", "mandatory: false", "15: competencies: none is mandatory"),
        ("mandatory: false", "mandatory: true", '23: competencies[1]: "disputes" is mandatory and has no question to match; '
         "add a probing question"),
        ("kind: opening", "kind: probing", '16: competencies[0]: "returns" is mandatory and has no question to match; '
         "add an opening or a scenario question"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Ids used twice, questions about nothing, and mandatory competencies that cannot be asked about are told."""
    assert complaint(tmp_path, changed(old, new)).startswith(says)


def test_too_few_turns(tmp_path: Path) -> None:
    """An interview too short for its mandatory competencies is refused."""
    text = changed("mandatory: false", "mandatory: true").replace("max_candidate_turns: 6", "max_candidate_turns: 1")
    text = text.replace("follow_ups:", "  - {id: q4, competency: disputes, kind: probing, text: "And then?"}\nfollow_ups:")
    says = "35: max_candidate_turns: is too small to ask about 2 mandatory competencies; write at least 2"
    assert complaint(tmp_path, text) == says


def test_first_mistake_comes_first(tmp_path: Path) -> None:
    """Of several mistakes the one nearest the top is told, and a misspelt field before the one it leaves missing."""
    text = changed("version: 3", "version: x").replace("mandatory: true", "mandatory: maybe")
    assert complaint(tmp_path, text).startswith("2: version:")
    text = changed("closing:", "closinng:").replace("mandatory: true\n", "mandatory: maybe\n")
    assert complaint(tmp_path, text).startswith("19: competencies[0].mandatory:")
