"""Reads domain packs from YAML files and checks them, so that start-up stops at a broken one.

Every ``PackError`` says where and what to do, for example
``path/law.yaml:37: competencies[2].indicators: is missing; add it``.

A file is read strictly: a field given twice, anchors and aliases (through them a small file can grow to
gigabytes), tags, deep nesting, more than ``MAX_BYTES`` and unknown fields are errors. Of YAML's many
spellings of values only ``true``, ``false``, ``null`` and whole decimal numbers count; all else is text, so
that ``no`` is the word "no".
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ls_expert_plugin.domains.pack import ID_RULE, UNSTORABLE, Location, Pack, mistakes
from ls_expert_plugin.errors import PackError

MAX_BYTES = 1_000_000
MAX_DEPTH = 8  # a pack's deepest field, licences[0].registers[0].url, has 5 steps
BUILT_IN_DIR = Path(__file__).parent

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


def load_packs(extra_dir: Path | None) -> dict[str, Pack]:
    """The packs that come along and the ``*.yaml`` of ``extra_dir``, by id; hidden files are passed over.

    Raises ``PackError`` for the first file that is broken or whose id another pack has, and for a directory
    that cannot be read.
    """
    packs: dict[str, Pack] = {}
    owners: dict[str, Path] = {}
    for path in _files(BUILT_IN_DIR) + (_files(extra_dir) if extra_dir else []):
        pack, lines = _load(path)
        if pack.id in packs:
            says = f'"{pack.id}" is already the id of the pack in {owners[pack.id]}; choose another'
            raise _error(path, lines[("id",)], ("id",), says)
        packs[pack.id], owners[pack.id] = pack, path
    return packs


def load_pack(path: Path) -> Pack:
    """The pack in one file. Raises ``PackError``."""
    return _load(path)[0]


def _files(directory: Path) -> list[Path]:
    try:
        entries = sorted(directory.iterdir())
    except OSError as error:
        raise PackError(
            f"{directory}: cannot be read as a directory of domain packs ({error.strerror}). "
            "Make it, or correct LS_EXPERT_DOMAINS_DIR."
        ) from None
    return [entry for entry in entries if entry.suffix == ".yaml" and not entry.name.startswith(".")]


def _load(path: Path) -> tuple[Pack, Mapping[Location, int]]:
    lines: dict[Location, int] = {}
    data = _value(path, _parse(path, _read(path)), (), lines)
    try:
        pack = Pack.model_validate(data)
    except ValidationError as error:
        # To pydantic a list whose items are wrong is also too short, and a misspelt field is also missing:
        # tell what is wrong with the item, and the misspelling; else go by line.
        errors = [one for one in error.errors() if one["type"] != "too_short" or not one["input"]]
        first = min(errors, key=lambda one: (one["type"] == "missing", _line(lines, one["loc"])))
        raise _error(path, _line(lines, first["loc"]), first["loc"], _says(first)) from None
    for mistake in sorted(mistakes(pack), key=lambda one: _line(lines, one.where)):
        raise _error(path, _line(lines, mistake.where), mistake.where, mistake.says)
    return pack, lines


def _read(path: Path) -> str:
    if not path.is_file():  # a directory; or a pipe, which would be waited for
        raise _error(path, 1, (), "is not a file; rename or remove it")
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _error(path, 1, (), f"cannot be read ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise _error(path, 1, (), f"the file has more than {MAX_BYTES:,} bytes; shorten it")
    try:
        return raw.decode("utf-8")  # PyYAML passes over a byte-order mark
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _error(path, line, (), "is not UTF-8 text here; save it as UTF-8") from None


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
        raise _error(path, refused.line, refused.where, refused.says) from None
    except yaml.MarkedYAMLError as error:
        # While a text is scanned, the context is where it began and the problem where PyYAML gave up.
        scanning = (error.context or "").startswith("while scanning")
        mark = (error.context_mark if scanning else None) or error.problem_mark
        problem = error.problem or "cannot be understood"
        says = next((help for sign, help in _SYNTAX_HELP if sign in problem), problem)
        raise _error(path, _line_of(mark), (), f"is not valid YAML: {says}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _error(path, line, (), "holds a control character; remove it") from None
    if node is None:
        raise _error(path, 1, (), "the file is empty; write a pack, or remove it")
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
                says = f"stands in line {lines[field]} already; remove one of the two"
                raise _error(path, line, field, says)
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


def _says(error: ErrorDetails) -> str:
    """What to do about an error that pydantic found."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        known = _fields_at(error["loc"][:-1])
        close = difflib.get_close_matches(str(error["loc"][-1]), known, 1)
        return f"is not a field; {f'did you mean {close[0]}?' if close else 'known are: ' + ', '.join(known)}"
    if given is None:
        return "is empty; write something here"
    if kind == "string_type" and isinstance(given, (bool, int)):
        return f"must be text; put quotes around {str(given).lower()}"
    if kind == "string_type":
        return f"must be text, not {_kind(given)}; put quotes around a text that holds a colon"
    if kind == "tuple_type":
        return f"must be a list, each item on a line that begins with -; this is {_kind(given)}"
    if kind == "model_type":
        return f"must have the fields {', '.join(_fields_at(error['loc']))}; this is {_kind(given)}"
    if kind == "int_type":
        return f"must be a whole number; this is {_kind(given)}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"least {context['ge']}" if "ge" in context else f"most {context['le']}"
        return f"must be at {bound}; this is {given}"
    if kind == "bool_type":
        return "must be true or false"
    if kind == "string_unicode":  # half of a surrogate pair
        return UNSTORABLE
    if kind in ("string_too_short", "too_short"):
        return "is empty; write something here"
    if kind == "string_too_long":
        return f"has {len(given)} characters; {context['max_length']} are the limit"
    if kind == "string_pattern_mismatch":
        return f'"{_short(str(given))}" cannot be an id; {ID_RULE}'
    if kind == "literal_error":
        return f'"{_short(str(given))}" is not known; write {context["expected"]}'.replace("'", "")
    if kind == "value_error":
        return str(context["error"])
    return error["msg"][0].lower() + error["msg"][1:]


def _kind(given: object) -> str:
    if isinstance(given, (dict, tuple)):
        return "a group of fields" if isinstance(given, dict) else "a list"
    return f'"{_short(given)}"' if isinstance(given, str) else str(given).lower()


def _fields_at(where: Location) -> list[str]:
    """The names of the fields that may stand at ``where``; ``where`` leads to a model."""
    model: type[BaseModel] = Pack
    for step in where:
        if isinstance(step, str):
            model = get_args(model.model_fields[step].annotation)[0]
    return list(model.model_fields)


def _line_of(mark: Any) -> int:  # PyYAML has two classes of marks
    """PyYAML counts lines from 0, people from 1."""
    return int(mark.line) + 1 if mark else 1


def _line(lines: Mapping[Location, int], where: Location) -> int:
    """The line of ``where``, or of the nearest part around it that is there."""
    while where not in lines:
        where = where[:-1]
    return lines[where]


def _error(path: Path, line: int, where: Location, says: str) -> PackError:
    steps = (f"[{step}]" if isinstance(step, int) else f".{_short(step)}" for step in where)
    field = "".join(steps).removeprefix(".")
    return PackError(f"{path}:{line}: {field}: {says}" if field else f"{path}:{line}: {says}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
