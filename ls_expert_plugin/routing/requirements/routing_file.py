"""``routing.yaml``: what each project asks for, read into what is wanted, and written from what is so.

    version: 1
    projects:
      - project: 12
        domain: law
        specialties: {any: [commercial_contracts, corporate]}

Every mistake is told with file, line and field, and with one mistake nothing is wanted at all. ``docs/routing.md`` has all fields.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadFields
from ls_expert_plugin.reading import strict_yaml
from ls_expert_plugin.reading.strict_yaml import Document, Unreadable
from ls_expert_plugin.reading.validation_errors import Mistake, field_name
from ls_expert_plugin.routing.requirements.editing import TargetState, as_it_is, check
from ls_expert_plugin.routing.requirements.resolution import NameIndex, placed, resolve
from ls_expert_plugin.routing.requirements.schema import entries_of
from ls_expert_plugin.routing.requirements.serialization import fields_of
from ls_expert_plugin.routing.values import Project

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

WHAT = "list of projects"
MAX_BYTES = 4_000_000  # 15,000 projects that ask for everything

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.+-]*(?: [A-Za-z0-9_@.+-]+)*")
_MEANS_SOMETHING_ELSE = re.compile(r"true|false|null|yes|no|on|off|[-+.0-9eox_]*", re.IGNORECASE)


def read(path: Path, world: NameIndex, packs: Mapping[str, Pack]) -> dict[int, TargetState]:
    """What the file wants of each project it names. Raises ``BadFields``."""
    return _read(lambda: strict_yaml.read(path, WHAT, MAX_BYTES), f"{path}:", world, packs)


def parse(text: str, world: NameIndex, packs: Mapping[str, Pack]) -> dict[int, TargetState]:
    """The same for the text of such a file. Raises ``BadFields``, which names lines."""
    return _read(lambda: strict_yaml.parse(text, WHAT), "line ", world, packs)


def _read(document_of: Callable[[], Document], place: str, world: NameIndex, packs: Mapping[str, Pack]) -> dict[int, TargetState]:
    try:
        document = document_of()
    except Unreadable as problem:
        raise BadFields.naming([(field_name(problem.where), problem.says)], [f"{place}{problem.line}"]) from None
    wanted, mistakes = understand(document.value, world, packs)
    raise_if_any([*document.repeated, *mistakes], place, document)
    return wanted


def understand(value: object, world: NameIndex, packs: Mapping[str, Pack]) -> tuple[dict[int, TargetState], list[Mistake]]:
    """The same for what has been read already, a file or a JSON body."""
    entries, mistakes = entries_of(value)
    wanted, places, unresolved = resolve(entries, world)
    unfit = [
        Mistake(placed(places[one.ls_project_id], one.field), one.sentence) for one in check(wanted, packs, world.people)
    ]
    return wanted, [*mistakes, *unresolved, *unfit]


def raise_if_any(mistakes: Sequence[Mistake], place: str = "", document: Document | None = None) -> None:
    """Raises ``BadFields`` for all mistakes, by line, with the ``place`` before its number; without a file, as they come."""
    if not mistakes:
        return
    if document is None:
        raise refusal(mistakes)
    by_line = sorted(((one.line or document.line(one.where), one) for one in mistakes), key=lambda entry: entry[0])
    raise BadFields.naming([(field_name(one.where), one.says) for _, one in by_line], [f"{place}{line}" for line, _ in by_line])


def refusal(mistakes: Sequence[Mistake]) -> BadFields:
    """The error for what was wrong in something that is no file."""
    return BadFields.naming([(field_name(one.where), one.says) for one in mistakes])


def write(projects: Iterable[Project], emails: Mapping[int, str]) -> str:
    """All these projects as such a file; reading it changes nothing. ``emails``: of everybody there is, by Label Studio's id."""
    lines = ["version: 1", "projects:"]
    for project in projects:
        lines += _entry(project, emails)
    return "\n".join(lines) + "\n" if len(lines) > 2 else "version: 1\nprojects: []\n"


def _entry(project: Project, emails: Mapping[int, str]) -> Iterator[str]:
    title = "".join(char if char.isprintable() else " " for char in " ".join(project.title.split()))
    yield f"  - project: {project.ls_project_id}" + (f"  # {title}" if title else "")
    for name, value in fields_of(as_it_is(project), emails).items():
        if name == "invited" and isinstance(value, list):
            yield "    invited:"
            yield from (f"      - {_flow(one)}" for one in value)
        else:
            yield f"    {name}: {_flow(value)}"


def _flow(value: object) -> str:
    """A value on one line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) and not _MEANS_SOMETHING_ELSE.fullmatch(value) else _quoted(value)
    return "null" if value is None else str(value).lower()


def _quoted(text: str) -> str:
    """In double quotes; what cannot be printed as a number of Unicode."""
    return '"' + "".join(
        f"\\{char}" if char in '"\\' else char if char.isprintable() else f"\\U{ord(char):08x}" for char in text
    ) + '"'
