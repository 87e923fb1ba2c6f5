"""YAML files, read strictly, with the line of every field.

A field given twice, anchors and aliases (through them a small file can grow to gigabytes), tags, deep nesting, a second
document and more bytes than allowed are errors. Of YAML's many spellings of values only ``true``, ``false``, ``null`` and
whole decimal numbers count; all else is text, so that ``no`` is the word "no" and a date is what was written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ls_expert_plugin.reading.validation_errors import Location, Mistake

MAX_DEPTH = 8  # a pack's deepest field, licences[0].registers[0].url, has 5 steps; so has projects[0].invited[0].until

_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
# What PyYAML says, and what a person has to do. {what} is what the file is: a pack, a list of projects.
_SYNTAX_HELP = (
    ("mapping values are not allowed", "a text holds a colon and a space; quote it or check the indentation"),
    ("found character '\\t'", "indent with spaces instead of tabs"),
    ("end of stream", "a quotation mark is opened here and never closed"),
    ("could not find expected ':'", "a colon is missing behind the name of a field"),
    ("expected <block end>", "check the indentation and the quotation marks, here and in the lines above"),
    ("expected ',' or", "a bracket is never closed, a comma is missing, or a text needs quotes around it"),
    ("another document", "--- begins a second {what} here; give each {what} a file of its own"),
    ("that cannot start any token", "put quotes around a text that begins with this character"),
    ("'<document start>'", "something stands here that belongs to no field; check the quotation marks and the indentation"),
)


@dataclass(frozen=True)
class Document:
    """What a file says. ``value`` is made of dicts, tuples, text, whole numbers, truth values and None.

    ``lines``: on which line each part stands, from 1. ``repeated``: fields that stand there twice; the first one is in ``value``.
    """

    value: object
    lines: Mapping[Location, int]
    repeated: tuple[Mistake, ...]

    def line(self, where: Location) -> int:
        """The line of ``where``, or of the nearest part around it that is there."""
        while where not in self.lines:
            where = where[:-1]
        return self.lines[where]


class Unreadable(Exception):
    """This is not a file we read. ``line`` counts from 1; ``says`` is what to do."""

    def __init__(self, line: int, where: Location, says: str) -> None:
        super().__init__(says)
        self.line, self.where, self.says = line, where, says


def read(path: Path, what: str, max_bytes: int) -> Document:
    """The document in a file. Never holds more than ``max_bytes`` of it. Raises ``Unreadable``."""
    return parse(_text(path, max_bytes), what)


def parse(text: str, what: str) -> Document:
    """The document in a text; ``what`` it should be is for the sentences. Raises ``Unreadable``."""
    node = _composed(text, what)
    lines: dict[Location, int] = {}
    repeated: list[Mistake] = []
    value = _value(node, (), lines, repeated)
    return Document(value, lines, tuple(repeated))


def _text(path: Path, max_bytes: int) -> str:
    if not path.is_file():  # a directory; or a pipe, which would be waited for
        raise Unreadable(1, (), "there is no such file" if not path.exists() and not path.is_symlink() else "is not a file; rename or remove it")
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
    except OSError as error:
        raise Unreadable(1, (), f"cannot be read ({error.strerror})") from None
    if len(raw) > max_bytes:
        raise Unreadable(1, (), f"the file has more than {max_bytes:,} bytes; shorten it")
    try:
        return raw.decode("utf-8")  # PyYAML passes over a byte-order mark
    except UnicodeDecodeError as error:
        raise Unreadable(raw.count(b"\n", 0, error.start) + 1, (), "is not UTF-8 text here; save it as UTF-8") from None


class _Composer(yaml.SafeLoader):
    """Composes nodes, and refuses what a file may not contain before anything grows from it."""

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
        raise Unreadable(_line_of(event.start_mark), tuple(self._path), says)


def _composed(text: str, what: str) -> yaml.Node:
    try:
        node = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        # While a text is scanned, the context is where it began and the problem where PyYAML gave up.
        scanning = (error.context or "").startswith("while scanning")
        mark = (error.context_mark if scanning else None) or error.problem_mark
        problem = error.problem or "cannot be understood"
        says = next((help.format(what=what) for sign, help in _SYNTAX_HELP if sign in problem), problem)
        raise Unreadable(_line_of(mark), (), f"is not valid YAML: {says}") from None
    except yaml.reader.ReaderError as error:
        raise Unreadable(text.count("\n", 0, error.position) + 1, (), "holds a control character; remove it") from None
    if node is None:
        raise Unreadable(1, (), f"the file is empty; write a {what}, or remove it")
    return node


def _value(node: yaml.Node, where: Location, lines: dict[Location, int], repeated: list[Mistake]) -> object:
    """The plain value of ``node``; notes in ``lines`` on which line each part of it stands."""
    lines.setdefault(where, _line_of(node.start_mark))
    if isinstance(node, yaml.SequenceNode):
        return tuple(_value(item, (*where, number), lines, repeated) for number, item in enumerate(node.value))
    if isinstance(node, yaml.MappingNode):
        fields: dict[str, object] = {}
        for key, value in node.value:
            field, line = (*where, key.value), _line_of(key.start_mark)
            if key.value in fields:
                repeated.append(Mistake(field, f"stands in line {lines[field]} already; remove one of the two", line))
                continue
            lines[field] = line
            fields[key.value] = _value(value, field, lines, repeated)
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
