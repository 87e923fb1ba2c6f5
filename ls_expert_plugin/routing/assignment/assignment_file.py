"""CSV of assignments: a line for each task and person, read all or nothing, with the line of every mistake. Pure.

    task,person
    101,ada@example.org
    102,7

``person`` is an address, or a number of Label Studio.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass

from ls_expert_plugin.errors import BadFields, TooLarge
from ls_expert_plugin.reading.validation_errors import short
from ls_expert_plugin.routing.requirements.resolution import NameIndex, find_person

HEADER = ("task", "person")
MAX_BYTES, MAX_LINES = 4 * 1024 * 1024, 100_000
# Of a field of a line that could mean anything, so much is read.
_MAX_ID = 2**31 - 1


@dataclass(frozen=True)
class AssignmentLine:
    """One line of the file: its number, the task's id, and whom it names. ``ls_user_id`` None: nobody, or several."""

    number: int
    ls_task_id: int | None
    ls_user_id: int | None
    task: str
    person: str


def read(text: str, people: NameIndex) -> list[AssignmentLine]:
    """The lines of the file, with whom each names. Raises ``TooLarge``, and ``BadFields`` where it is no such file at all."""
    if len(text.encode()) > MAX_BYTES:
        raise TooLarge(f"The file has more than {MAX_BYTES // 1024 // 1024} MB.")
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        header = tuple(cell.strip().lower() for cell in next(reader, []))
        if header != HEADER:
            raise BadFields.naming([("", f"the first line has to be {','.join(HEADER)}")], ["line 1"])
        found = [_line(reader.line_num, row, people) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as problem:
        raise BadFields.naming([("", f"is no CSV: {problem}")], [f"line {reader.line_num}"]) from None
    if len(found) > MAX_LINES:
        raise TooLarge(f"The file has more than {MAX_LINES:,} lines.")
    return found


def pairs(lines: Collection[AssignmentLine], ls_project_id: int, tasks: Collection[int], members: Collection[int]) -> list[tuple[int, int]]:
    """(person, task) of every line. ``tasks`` there are in the project, ``members`` have access to it. Raises ``BadFields`` that names each wrong line."""
    mistakes: list[tuple[int, str, str]] = []
    seen: dict[tuple[int, int], int] = {}
    for line in lines:
        if line.ls_task_id is None or line.ls_task_id not in tasks:
            mistakes.append((line.number, "task", f'there is no task "{short(line.task)}" in project {ls_project_id}'))
        if line.ls_user_id is None:
            mistakes.append((line.number, "person", f'nobody, or more than one, is "{short(line.person)}" in Label Studio'))
        elif line.ls_user_id not in members:
            mistakes.append((line.number, "person", f"{short(line.person)} has no access to project {ls_project_id}"))
        if line.ls_user_id is not None and line.ls_task_id is not None:
            pair = line.ls_user_id, line.ls_task_id
            if pair in seen:
                mistakes.append((line.number, "", f"the same as line {seen[pair]}; remove one of the two"))
            seen.setdefault(pair, line.number)
    if mistakes:
        raise BadFields.naming([(field, says) for _, field, says in mistakes], [f"line {number}" for number, _, _ in mistakes])
    return list(seen)


def _line(number: int, row: list[str], people: NameIndex) -> AssignmentLine:
    task, person = (cell.strip() for cell in (*row, "", "")[:2])
    is_number = task.isascii() and task.isdigit() and len(task) <= 10 and 0 < int(task) <= _MAX_ID
    too_many = any(cell.strip() for cell in row[2:])
    return AssignmentLine(number, int(task) if is_number and not too_many else None, find_person(person, people), ",".join(row) if too_many else task, person)
