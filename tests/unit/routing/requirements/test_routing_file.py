"""``routing.yaml``: what it may say, and that each mistake is told with file, line and field, all of them, and nothing is wanted then."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from pathlib import Path

import pytest
import yaml

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.errors import BadFields
from ls_expert_plugin.reading import strict_json
from ls_expert_plugin.routing.requirements import routing_file
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.requirements.resolution import NameIndex, find_person, find_project, known
from ls_expert_plugin.routing.requirements.schema import RequirementInput
from ls_expert_plugin.routing.values import Project, Requirement, Rules
from ls_expert_plugin.vetting.values import AddOnQuestion, Person
from tests.support.builders.vetting_samples import pack

DOC = Path(__file__).parents[4] / "docs" / "routing.md"
NOW = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.timezone.utc)
JULY = dt.datetime(2026, 7, 1, tzinfo=dt.timezone.utc)
PEOPLE = [Person(1, 7, "ada@example.org", "Ada", "expert"), Person(2, 8, "Ben@Example.org", "", "expert")]
PROJECTS = [
    Project(12, "Clause types", None), Project(13, "Letters", Requirement("law", ("b", "a"), languages=("de", "en"))),
    Project(14, "Same name", None), Project(15, "Same name", None), Project(16, "404", None),
    Project(17, "Lapsed", Requirement("law", mode="invited"), invited=frozenset({7}), invited_until={7: NOW - dt.timedelta(days=1)}),
]
_LICENCE = {"help": "A number.", "number_label": "Number", "registers": [{"title": "A register", "url": "https://register.example/"}]}
PACKS = {"law": pack(
    specialties=[{"id": one, "title": one.title()} for one in ("a", "b", "commercial_contracts", "corporate")],
    licences=[{"id": one, "title": one, **_LICENCE} for one in ("us_bar", "x")],
)}
WHOLE = """\
version: 1
projects:
  - project: 12            # Clause types
    domain: law
    specialties: {all: [commercial_contracts, corporate]}
    minimum_level: 3
    languages: [en, no]
    jurisdictions: [New York]
    credentials: [us_bar]
    max_experts: 5
    mode: invited
    invited: [ada@example.org, {user: 8, until: 2026-07-01T02:00:00+02:00}]
    shows_others_work: true
    tasks: {specialty_field: data.specialty, show_tasks_without_specialty: true}
  - title: Letters
    domain: null
"""


def world(projects: list[Project] = PROJECTS) -> NameIndex:
    """Everything that there is."""
    return known(projects, PEOPLE, NOW)


def read(tmp_path: Path, text: str | bytes) -> dict[int, TargetState]:
    path = tmp_path / "routing.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return routing_file.read(path, world(), PACKS)


def complaints(tmp_path: Path, text: str | bytes) -> list[str]:
    """What is said about a file: each line without the file's path."""
    with pytest.raises(BadFields) as caught:
        read(tmp_path, text)
    first, *lines = caught.value.message.split("\n")
    assert first.startswith("Nothing was changed: ")
    path = f"{tmp_path / 'routing.yaml'}:"
    assert all(line.startswith((path, "… and ")) for line in lines), lines
    return [line.removeprefix(path) for line in lines]


def one(fields: str) -> str:
    """A file with one entry about project 12; ``fields`` begin in line 5."""
    return "version: 1\nprojects:\n  - project: 12\n    domain: law\n" + "".join(f"    {line}\n" for line in fields.splitlines())


def test_a_file_with_everything(tmp_path: Path) -> None:
    """Every field says what it says; times are taken to UTC; a project is named by number or by title."""
    wanted = read(tmp_path, WHOLE)
    assert wanted == {
        12: TargetState(
            Requirement("law", ("commercial_contracts", "corporate"), True, 3, ("en", "no"), ("New York",), ("us_bar",), 5, "invited"),
            Rules(True, "data.specialty", True), frozenset({7, 8}), {8: JULY},
        ),
        13: TargetState(None, Rules(), frozenset(), {}),
    }


@pytest.mark.parametrize(("fields", "specialties", "needs_all"), [
    ("specialties: [a, b, a]", ("a", "b"), False), ("specialties: {any: [a]}", ("a",), False),
    ("specialties: {all: [a, b]}", ("a", "b"), True), ("specialties: []", (), False), ("specialties: {all: []}", (), False), ("", (), False),
])
def test_specialties_any_or_all(tmp_path: Path, fields: str, specialties: tuple[str, ...], needs_all: bool) -> None:
    """A plain list means that one is enough; each counts once."""
    requirement = read(tmp_path, one(fields))[12].requirement
    assert requirement is not None and (requirement.specialties, requirement.all_specialties) == (specialties, needs_all)


@pytest.mark.parametrize(("fields", "said"), [
    ("minimum_level: 0", "5: projects[0].minimum_level: must be at least 1; this is 0"),
    ("minimum_level: 6", "5: projects[0].minimum_level: must be at most 5; this is 6"),
    ('minimum_level: "3"', '5: projects[0].minimum_level: must be a whole number; this is "3"'),
    ("add_on: [{about: Leases}]", "5: projects[0].add_on[0].question: is missing; add it"),
    ('add_on: [{about: Leases, question: " "}]', "5: projects[0].add_on[0].question: is empty; write something here"),
    ("max_experts: 0", "5: projects[0].max_experts: must be at least 1; this is 0"),
    ("max_experts: many", '5: projects[0].max_experts: must be a whole number; this is "many"'),
    ("languages: en", '5: projects[0].languages: must be a list, each item on a line that begins with -; this is "en"'),
    ("languages:\n  - en\n  - 1", "7: projects[0].languages[1]: must be text; put quotes around 1"),
    ("languages: [true]", "5: projects[0].languages[0]: must be text; put quotes around true"),
    ("jurisdictions: ['']", "5: projects[0].jurisdictions[0]: is empty; write something here"),
    (r'jurisdictions: ["a\0"]', "5: projects[0].jurisdictions[0]: has a character that cannot be saved or shown; remove it"),
    ("credentials: [" + "x" * 121 + "]", "5: projects[0].credentials[0]: has 121 characters; 120 are the limit"),
    ("credentials: [" + "x, " * 201 + "]", "5: projects[0].credentials: has more than 200 items; that is the limit"),
    ("mode: closed", '5: projects[0].mode: "closed" is not known; write open or invited'),
    ("shows_others_work: yes", "5: projects[0].shows_others_work: must be true or false"),
    ("tasks: {specialty_fild: x}", "5: projects[0].tasks.specialty_fild: is not a field; did you mean specialty_field?"),
    ("tasks: data.x", '5: projects[0].tasks: must have the fields specialty_field, show_tasks_without_specialty, assignment; this is "data.x"'),
    ("tasks: {assignment: closed}", '5: projects[0].tasks.assignment: "closed" is not known; write open or assigned'),
    ("langages: [en]", "5: projects[0].langages: is not a field; did you mean languages?"),
    ("specialties: {any: [a], all: [b]}", "5: projects[0].specialties: write a list, or any: and a list, or all: and a list"),
    ("specialties: {some: [a]}", "5: projects[0].specialties.some: is not a field; known are: any, all"),
    ("specialties: [[a]]", "5: projects[0].specialties[0]: must be text, not a list; put quotes around a text that holds a colon"),
    ("specialties: law", "5: projects[0].specialties: must have the fields any, all; this is \"law\""),
    ("invited: ada@example.org", "5: projects[0].invited: must be a list, each item on a line that begins with -; this is \"ada@example.org\""),
    ("invited: [eve@example.org]", "5: projects[0].invited[0]: nobody in Label Studio has the address eve@example.org, or we have not heard of them yet"),
    ("invited: [99]", "5: projects[0].invited[0]: there is nobody with the number 99 in Label Studio, or we have not heard of them yet"),
    ("invited: [99999999999]", "5: projects[0].invited[0]: must be at most 2147483647; this is 99999999999"),
    ("invited:\n  - ada@example.org\n  - email: ADA@example.org", "7: projects[0].invited[1]: is on the list already; remove one of the two"),
    ("invited: [{until: 2026-07-01T00:00:00Z}]", "5: projects[0].invited[0]: say who: email: and an address, or user: and a number of Label Studio"),
    ("invited: [{user: 7, until: 2026-03-01T08:59:59Z}]",
     "5: projects[0].invited[0].until: 2026-03-01 08:59 UTC is in the past; write a later moment, or remove the person"),
    ("domain: law", "5: projects[0].domain: stands in line 4 already; remove one of the two"),
    ("title: Clause types", "3: projects[0]: say which project: project: and its number, or title: and its title"),
])
def test_a_field_that_is_wrong(tmp_path: Path, fields: str, said: str) -> None:
    """It is told with its line and its name, and what to do."""
    assert complaints(tmp_path, one(fields)) == [said]


@pytest.mark.parametrize("moment", [
    "2026-07-01", "2026-07-01T00:00:00", "2026-07-01 10:00", "tomorrow", "2026-13-01T00:00:00Z", "20260701", "[]", "0", "9999-12-31T23:59:59-10:00",
])
def test_a_moment_has_a_time_zone(tmp_path: Path, moment: str) -> None:
    """A date without one, or something that is no date, is refused; midnight where is never guessed."""
    said = complaints(tmp_path, one(f"invited: [{{user: 7, until: {moment}}}]"))
    assert len(said) == 1 and said[0].startswith("5: projects[0].invited[0].until: ") and "2027-01-31T18:00:00Z" in said[0]


def test_an_end_that_has_passed_since_it_was_set_may_stay(tmp_path: Path) -> None:
    """Applying last year's file again is no error where it changes nothing; setting a past end anew is."""
    text = "version: 1\nprojects:\n  - {title: Lapsed, domain: law, mode: invited, invited: [{user: 7, until: 2026-02-28T09:00:00Z}]}\n"
    assert read(tmp_path, text)[17].invited_until == PROJECTS[-1].invited_until
    assert "is in the past" in complaints(tmp_path, text.replace("28T09", "28T08"))[0]


@pytest.mark.parametrize(("entry", "said"), [
    ("{project: 99, domain: law}", "3: projects[0].project: there is no project 99 in Label Studio, or we have not heard of it yet"),
    ("{project: 0, domain: law}", "3: projects[0].project: must be at least 1; this is 0"),
    ("{title: Nowhere, domain: law}", '3: projects[0].title: there is no project with the title "Nowhere"'),
    ("{title: Same name, domain: law}", '3: projects[0].title: "Same name" is the title of projects 14, 15; write project: and its number instead'),
    ("{domain: law}", "3: projects[0]: say which project: project: and its number, or title: and its title"),
    ("{project: 12}", "3: projects[0].domain: is missing; add it"),
    ("law", "3: projects[0]: must have the fields domain, specialties, minimum_level, languages, jurisdictions, credentials, add_on, max_experts, mode, "
            'invited, shows_others_work, tasks, project, title; this is "law"'),
    ("{project: 12, domain: null, minimum_level: 2}",
     "3: projects[0].minimum_level: means nothing while domain: is null; name the domain, or remove this"),
    ("{project: 12, domain: null, mode: invited}",
     "3: projects[0].mode: means nothing while domain: is null; name the domain, or remove this"),
])
def test_an_entry_that_is_wrong(tmp_path: Path, entry: str, said: str) -> None:
    """Unknown and ambiguous projects, and what means nothing without a domain."""
    assert complaints(tmp_path, f"version: 1\nprojects:\n  - {entry}\n") == [said]


def test_one_project_twice(tmp_path: Path) -> None:
    """By number and by title: which of the two counts is not guessed."""
    text = "version: 1\nprojects:\n  - {project: 12, domain: law}\n  - {title: Clause types, domain: null}\n"
    assert complaints(tmp_path, text) == ["4: projects[1].title: project 12 has an entry at projects[0] already; keep one of the two"]


@pytest.mark.parametrize(("text", "said"), [
    ("", "1: the file is empty; write a list of projects, or remove it"),
    ("projects: []\n", "1: version: is missing; add it"),
    ("version: 2\nprojects: []\n", '1: version: "2" is not known; write 1'),
    ("version: 1\n", "1: projects: is missing; add it"),
    ("version: 1\nprojects:\n", "2: projects: is empty; write something here"),
    ("version: 1\nprojects: {}\n", "2: projects: must be a list, each item on a line that begins with -; this is a group of fields"),
    ("- project: 12\n", "1: must have the fields version, projects; this is a list"),
    ("version: 1\nversion: 1\nprojects: []\n", "2: version: stands in line 1 already; remove one of the two"),
    ("version: 1\nprojects: []\n---\nversion: 1\n",
     "3: is not valid YAML: --- begins a second list of projects here; give each list of projects a file of its own"),
    ("version: 1\nprojects:\n\t- project: 12\n", "3: is not valid YAML: indent with spaces instead of tabs"),
    (b"version: 1\nprojects: \xff\n", "2: is not UTF-8 text here; save it as UTF-8"),
    (b"version: 1\n\x00\x01\x02", "2: holds a control character; remove it"),
    ("version: 1\nprojects: " + "[" * 100_000, "2: projects[0][0][0][0][0][0][0][0]: is nested more than 8 levels deep"),
    ("version: 1\nprojects: &p []\nmore: *p\n", "2: projects: anchors (&) and aliases (*) are not allowed; write it out, or quote it"),
    ("version: 1\nprojects: !!python/object/apply:os.getcwd []\n", "2: projects: tags (!) are not allowed; remove it, or quote it"),
])
def test_no_such_file_at_all(tmp_path: Path, text: str | bytes, said: str) -> None:
    """Empty, another encoding, binary, tabs, several documents, nesting, aliases and tags are told as that."""
    assert complaints(tmp_path, text) == [said]


def test_ten_megabytes_are_refused_unparsed(tmp_path: Path) -> None:
    """The file is not read to its end: what is said shows it, for its second half is no UTF-8."""
    text = b"version: 1\nprojects:\n" + b"  - {project: 12, domain: law}\n" * 170_000 + b"\xff" * 5_000_000
    assert len(text) > 10_000_000
    assert complaints(tmp_path, text) == ["1: the file has more than 4,000,000 bytes; shorten it"]


def test_an_alias_bomb_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    """A billion projects in half a kilobyte never come to be."""
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert complaints(tmp_path, bomb + "version: 1\nprojects: *a8\n") == [
        "1: a0: anchors (&) and aliases (*) are not allowed; write it out, or quote it"
    ]


def test_what_is_not_a_file(tmp_path: Path) -> None:
    """A file that is not there and a directory are named."""
    for path, said in ((tmp_path / "none.yaml", "there is no such file"), (tmp_path, "is not a file; rename or remove it")):
        with pytest.raises(BadFields) as caught:
            routing_file.read(path, world(), PACKS)
        assert caught.value.message.endswith(f"{path}:1: {said}")


def test_questions_of_a_projects_own(tmp_path: Path) -> None:
    """At most four, each with what the answer shows."""
    [wanted] = read(tmp_path, one('add_on: [{about: Leases, question: "Who carries the repairs?"}]')).values()
    assert wanted.requirement is not None and wanted.requirement.add_on == (AddOnQuestion("Leases", "Who carries the repairs?"),)
    [five] = complaints(tmp_path, one(f"add_on: [{', '.join(['{about: a, question: b}'] * 5)}]"))
    assert "projects[0].add_on: has more than 4 items" in five


def test_all_mistakes_are_told_at_once_by_line(tmp_path: Path) -> None:
    """Levels, specialties, licences, domains, languages, fields of tasks and names that are not known, in the order of the file."""
    text = WHOLE.replace("minimum_level: 3", "minimum_level: 9") + """\
  - {project: 99, domain: law}
  - {title: Same name, domain: law}
  - project: 14
    domain: law
    specialties: [corprate]
    languages: [xx]
    credentials: [pilot]
    tasks: {specialty_field: annotations}
  - {project: 15, domain: lwa}
"""
    path = tmp_path / "routing.yaml"
    path.write_text(text)
    with pytest.raises(BadFields) as caught:
        routing_file.read(path, world(), PACKS)
    said = [line.removeprefix(f"{path}:").split(": ")[:2] for line in caught.value.message.split("\n")]
    assert said == [
        ["Nothing was changed", "8 mistakes."], ["6", "projects[0].minimum_level"], ["17", "projects[2].project"], ["18", "projects[3].title"],
        ["21", "projects[4].specialties"], ["22", "projects[4].languages"], ["23", "projects[4].credentials"], ["24", "projects[4].tasks.specialty_field"],
        ["25", "projects[5].domain"],
    ]
    assert caught.value.fields[0] == ("projects[0].minimum_level", "must be at most 5; this is 9")


def test_at_most_twenty_mistakes_are_told(tmp_path: Path) -> None:
    """Of more, the first twenty and how many there are."""
    said = complaints(tmp_path, "version: 1\nprojects:\n" + "  - {project: 99, domain: law}\n" * 25)
    assert len(said) == 21 and said[-1] == "… and 5 more"
    assert said[0].startswith("3: projects[0]") and said[19].startswith("22: projects[19]")


def test_what_is_written_reads_the_same(tmp_path: Path) -> None:
    """All there is to say survives writing and reading, odd words included."""
    odd = ('a: b # c', 'q"\\\u2028😀', "1", "true", "- x", " ", "*a", "New York", "~", "1e3", "O'Hare", "tRUE", "0x1F")
    projects = [
        Project(1, "Line\nbreak # and \x07", Requirement("law", ("a", "b"), True, 3, ("en", "no"), tuple(w for w in odd if w.strip()), ("x",), 5, "invited"),
                Rules(True, "data.specialty", True), frozenset({7, 8}), {7: JULY.replace(microsecond=7), 8: NOW - dt.timedelta(days=9)}),
        Project(2, "", None, Rules(shows_tasks_without_specialty=True), frozenset({7})),
        Project(3, "Plain", Requirement("law")),
    ]
    path = tmp_path / "routing.yaml"
    path.write_text(routing_file.write(projects, {person.ls_user_id: person.email for person in PEOPLE}), encoding="utf-8")
    wanted = routing_file.read(path, world(projects), PACKS)
    assert wanted == {one.ls_project_id: TargetState(one.requirement, one.rules, one.invited, one.invited_until) for one in projects}
    assert routing_file.write([], {}) == "version: 1\nprojects: []\n"


def test_the_example_in_the_docs_is_such_a_file(tmp_path: Path) -> None:
    """docs/routing.md shows every field, and what it shows can be read."""
    shown = re.search(r"^    version: 1\n(?:    .*\n)+", DOC.read_text(encoding="utf-8"), re.MULTILINE)
    assert shown is not None
    path = tmp_path / "routing.yaml"
    path.write_text(textwrap.dedent(shown[0]), encoding="utf-8")
    wanted = routing_file.read(path, world(), load_packs(None))
    assert wanted[12].requirement is not None and wanted[12].invited_until and wanted[13] == TargetState(None, Rules(), frozenset(), {})
    written = set(yaml.safe_load(shown[0])["projects"][0])
    assert written == set(RequirementInput.model_fields) | {"project"}
    first_columns = " ".join(re.findall(r"^\| (`.*?) \|", DOC.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", first_columns)) == set(RequirementInput.model_fields)


def test_people_and_projects_by_name_or_number() -> None:
    """Either will do where it is clear who or what is meant; a number comes before a title that looks like one."""
    assert [find_person(name, world()) for name in ("ada@example.org", " BEN@example.org", "8", "9", "eve@example.org", "²")] == [7, 8, 8, None, None, None]
    assert [find_project(name, world()) for name in ("Letters", "13", "404", "Same name", "99", "letters")] == [13, 13, 16, None, None, None]


@pytest.mark.parametrize(("raw", "said"), [
    (b'{"a": 1, "a": 1}', 'The field "a" stands twice in one object; remove one of the two.'), (b"{", "The body is not JSON in UTF-8."),
    (b'{"a": NaN}', "NaN is not JSON."), (b"\xff", "The body is not JSON in UTF-8."), (b"[" * 100_000, "The body is not JSON in UTF-8."),
    (b"[[[[[[[[[[]]]]]]]]]]", "The body is nested more than 8 levels deep."), (b"", "The body is not JSON in UTF-8."),
])
def test_json_is_read_as_strictly(raw: bytes, said: str) -> None:
    """Duplicate fields, values that are none, nesting."""
    with pytest.raises(strict_json.NotJson) as caught:
        strict_json.parse(raw)
    assert str(caught.value) == said
