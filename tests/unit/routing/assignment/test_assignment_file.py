"""CSV of assignments: read whole or not at all, with the line of every mistake."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.errors import BadFields, TooLarge
from ls_expert_plugin.routing.assignment.assignment_file import pairs, read
from ls_expert_plugin.routing.requirements.resolution import known
from ls_expert_plugin.vetting.values import Person

NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone.utc)
PEOPLE = known((), [Person(id=n, ls_user_id=n, email=f"{name}@example.org", name="", role="expert") for n, name in ((7, "ada"), (8, "ben"), (9, "eve"))], NOW)


def _pairs(text: str) -> list[tuple[int, int]]:
    return pairs(read(text, PEOPLE), 12, {101, 102}, {7, 8})


@pytest.mark.parametrize("text", [
    "task,person\n101,ada@example.org\n102,8\n",
    "\ufeffTask, Person\r\n101,ADA@example.org\r\n\r\n 102 , 8 ,,\r\n",
    'task,person\n"101","7"\n102,ben@example.org',
])
def test_each_line_names_a_task_and_a_person(text: str) -> None:
    """By address or number; with a byte order mark, blanks, empty lines and either end of line."""
    assert _pairs(text) == [(7, 101), (8, 102)]


@pytest.mark.parametrize(("text", "said"), [
    ("task;person\n1;7", "line 1: the first line has to be task,person"), ("", "line 1: the first line has to be task,person"),
    ("task,person\n101,7\n103,7", 'line 3: task: there is no task "103" in project 12'), ("task,person\n101,7\n-5,7", "line 3: task: "),
    ("task,person\n101,nobody@example.org", 'line 2: person: nobody, or more than one, is "nobody@example.org"'),
    ("task,person\n101", "line 2: person: nobody"), ("task,person\n101,9", "line 2: person: 9 has no access to project 12"),
    ("task,person\n101,7\n101,ada@example.org", "line 3: the same as line 2"), ("task,person\n101,7,x", "line 2: task: "),
    ("task,person\n99999999999999999999,7", "line 2: task: "),
])
def test_one_mistake_keeps_all_of_it_from_being_used(text: str, said: str) -> None:
    """It is named with its line."""
    with pytest.raises(BadFields) as told:
        _pairs(text)
    assert said in told.value.message


def test_several_mistakes_are_told_at_once() -> None:
    """Twenty of them, and how many there are."""
    with pytest.raises(BadFields, match="50 mistakes") as told:
        _pairs("task,person\n" + "\n".join(f"{n},7" for n in range(200, 250)))
    assert "line 2: task" in told.value.message and "and 30 more" in told.value.message


def test_what_is_too_large_is_not_read() -> None:
    """Megabytes, or more lines than are assigned in one go."""
    with pytest.raises(TooLarge):
        read("task,person\n" + "1,7\n" * 1_100_000, PEOPLE)
    with pytest.raises(TooLarge):
        read("task,person\n" + "1,7\n" * 100_001, PEOPLE)
