"""Reads one YAML file strictly, and knows the line of each value in it.

A field given twice, anchors and aliases (through them a small file can grow to gigabytes), tags, deep nesting and more than
``MAX_BYTES`` are errors. Of YAML's many spellings of values only ``true``, ``false``, ``null`` and whole decimal numbers count; all
else is text, so that ``no`` is the word "no".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ls_expert_plugin.domains.mistake import Location

MAX_BYTES = 1_000_000
MAX_DEPTH = 8  # a pack's deepest field, licences[0].registers[0].url, has 5 steps

_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
# What PyYAML says, and what a person has to do.
_SYNTAX_HELP = (
    ("mapping values are not allowed", "a text holds a colon and a space; quote it or check the indentation"),
    ("found character '\\t'", "indent with spaces instead of tabs"),
    ("end of stream", "a quotation mark is opened here and never closed"),
    ("could not find expected ':'", "a colon is missing behind the name of a field"),
    ("expected <block end>", "check the indentation and the quotation marks, here and in the lines above"),
    ("expected ',' or", "a bracket is never closed, a comma is missing, or a text needs quotes around it"),
    ("another document", "--- begins a second pack here; give each pack a file of its own"),
    ("that cannot start any token", "put quotes around a text that begins with this character"),
)


@dataclass(frozen=True)
class Problem:
    """Something to put right: the file, the line (from 1), the field, and a sentence that says what to do."""

    path: Path
    line: int
    where: Location
    says: str

    def __str__(self) -> str:
        steps = (f"[{step}]" if isinstance(step, int) else f".{short(step)}" for step in self.where)
        field = "".join(steps).removeprefix(".")
        return f"{self.path}:{self.line}: {field}: {self.says}" if field else f"{self.path}:{self.line}: {self.says}"


class Unreadable(Exception):
    """The file holds no YAML that a pack may be made of."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read(path: Path) -> tuple[object, dict[Location, int]]:
    """The plain value of the file (dict, tuple, str, int, bool, None), and the line of each part of it. Raises ``Unreadable``."""
    lines: dict[Location, int] = {}
    return _value(path, _parse(path, _text(path)), (), lines), lines


def short(text: str) -> str:
    """``text`` on one line, of 60 characters at most."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


def _text(path: Path) -> str:
    if not path.is_file():  # a directory; or a pipe, which would be waited for
        raise _unreadable(path, 1, "is not a file; rename or remove it")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, 1, f"cannot be read ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise _unreadable(path, 1, f"the file has more than {MAX_BYTES:,} bytes; shorten it")
    try:
        return raw.decode("utf-8")  # PyYAML passes over a byte-order mark
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, line, "is not UTF-8 text here; save it as UTF-8") from None


class _Refused(Exception):
    """Valid YAML that a pack may not contain."""

    def __init__(self, line: int, where: Location, says: str) -> None:
        super().__init__(says)
        self.line, self.where, self.says = line, where, says


class _Composer(yaml.SafeLoader):
    """Composes nodes, and refuses what a pack may not contain before anything grows from it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._path: list[str | int] = []

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Called by PyYAML: ``index`` is a position in a list, a value's key, or None for a key itself."""
        step = index.value if isinstance(index, yaml.ScalarNode) else index
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        self._path += [] if step is None else [step]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse(event, "anchors (&) and aliases (*) are not allowed; write it out, or quote it")
        if getattr(event, "tag", None):
            self._refuse(event, "tags (!) are not allowed; remove it, or quote it")
        if isinstance(parent, yaml.MappingNode) and index is None and not isinstance(event, yaml.ScalarEvent):
            self._refuse(event, "the name of a field must be a plain word")
        if len(self._path) > MAX_DEPTH:
            self._refuse(event, f"is nested more than {MAX_DEPTH} levels deep")
        node = super().compose_node(parent, index)
        if step is not None:
            self._path.pop()
        return node

    def _refuse(self, event: yaml.Event, says: str) -> None:
        raise _Refused(_line_of(event.start_mark), tuple(self._path), says)


def _parse(path: Path, text: str) -> yaml.Node:
    try:
        node = _Composer(text).get_single_node()
    except _Refused as refused:
        raise _unreadable(path, refused.line, refused.says, refused.where) from None
    except yaml.MarkedYAMLError as error:
        # While a text is scanned, the context is where it began and the problem where PyYAML gave up.
        scanning = (error.context or "").startswith("while scanning")
        mark = (error.context_mark if scanning else None) or error.problem_mark
        problem = error.problem or "cannot be understood"
        says = next((help for sign, help in _SYNTAX_HELP if sign in problem), problem)
        raise _unreadable(path, _line_of(mark), f"is not valid YAML: {says}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _unreadable(path, line, "holds a control character; remove it") from None
    if node is None:
        raise _unreadable(path, 1, "the file is empty; write a pack, or remove it")
    return node


def _value(path: Path, node: yaml.Node, where: Location, lines: dict[Location, int]) -> object:
    """The plain value of ``node``; notes in ``lines`` on which line each part of it stands."""
    lines.setdefault(where, _line_of(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        return tuple(_value(path, item, (*where, number), lines) for number, item in enumerate(node.value))
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, object] = {}
        for key, value in node.value:
            field, line = (*where, key.value), _line_of(key.start_mark)
            if field in lines:
                raise _unreadable(path, line, f"stands in line {lines[field]} already; remove one of the two", field)
            lines[field] = line
            fields[key.value] = _value(path, value, field, lines)
        return fields
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style:  # in quotes, or a block of text
        return text
    if text.lower() in ("", "~", "null"):
        return None
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _line_of(mark: Any) -> int:  # PyYAML has two classes of marks
    """PyYAML counts lines from 0, people from 1."""
    return int(mark.line) + 1 if mark else 1


def _unreadable(path: Path, line: int, says: str, where: Location = ()) -> Unreadable:
    return Unreadable(Problem(path, line, where, says))
