"""Reads domain packs from YAML files and checks them, so that start-up stops at a broken one.

A pack is one file, or a folder with a ``pack.yaml``: the ``*.yaml`` of such a folder are read as if they were one file, each field of
the pack in one of them. Every mistake says where it is and what to do, for example
``path/law.yaml:37: competencies[2].indicators: is missing; add it``. How strictly a file is read: ``reading/strict_yaml.py``.
"""

from __future__ import annotations

import functools
import itertools
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ls_expert_plugin.domains.field_types import ID_RULE
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.domains.validation.pack_validation import mistakes, weaknesses
from ls_expert_plugin.errors import PackError
from ls_expert_plugin.reading import strict_yaml
from ls_expert_plugin.reading.strict_yaml import Unreadable
from ls_expert_plugin.reading.validation_errors import Location, Mistake, Problem, says, worth_telling

MAX_BYTES = 1_000_000
BUILT_IN_DIR = Path(__file__).parent
# A folder is a pack when it holds a file of this name.
MAIN_FILE = "pack.yaml"

_Places = dict[Location, tuple[Path, int]]


@dataclass(frozen=True)
class Examined:
    """All there is to say about one pack. ``pack`` is None when there are mistakes in its fields; ``mistakes`` go by line."""

    path: Path
    pack: Pack | None
    mistakes: tuple[Problem, ...]
    weaknesses: tuple[Problem, ...]
    id_place: tuple[Path, int]

    def taken(self, owner: Path) -> Problem:
        """The mistake that this pack's id is the id of the one in ``owner``."""
        path, line = self.id_place
        return Problem(path, line, ("id",), f'"{self.pack.id if self.pack else ""}" is already the id of the pack in {owner}; choose another')


def load_packs(extra_dir: Path | None) -> dict[str, Pack]:
    """The packs that come along and those in ``extra_dir``, by id; hidden files are passed over.

    Raises ``PackError`` for the first pack that is broken or whose id another one has, and for a directory that cannot be read.
    """
    packs: dict[str, Pack] = {}
    owners: dict[str, Path] = {}
    for examined in itertools.chain(built_in(), map(examine, pack_paths(extra_dir) if extra_dir else [])):
        pack = _sound(examined)
        if pack.id in packs:
            raise PackError(str(examined.taken(owners[pack.id])))
        packs[pack.id], owners[pack.id] = pack, examined.path
    return packs


def load_pack(path: Path) -> Pack:
    """The pack in one file or folder. Raises ``PackError``."""
    return _sound(examine(path))


@functools.cache  # they do not change while the program runs, and reading them takes a third of a second
def built_in() -> tuple[Examined, ...]:
    """The packs that come along, as examined."""
    return tuple(examine(path) for path in pack_paths(BUILT_IN_DIR))


def pack_paths(directory: Path) -> list[Path]:
    """The packs in ``directory``: its ``*.yaml``, and its folders with a ``pack.yaml``; or itself, when it is such a folder.

    Raises ``PackError`` when it cannot be read.
    """
    if is_folder_pack(directory):
        return [directory]
    try:
        entries = sorted(directory.iterdir())
    except OSError as error:
        raise PackError(
            f"{directory}: cannot be read as a directory of domain packs ({error.strerror}). "
            "Make it, or correct LS_EXPERT_DOMAINS_DIR."
        ) from None
    shown = [entry for entry in entries if not entry.name.startswith(".")]
    return [entry for entry in shown if entry.suffix == ".yaml" or is_folder_pack(entry)]


def is_folder_pack(path: Path) -> bool:
    """Whether ``path`` is a folder that is one pack. False for one that may not be looked into."""
    return os.path.exists(path / MAIN_FILE)  # Path.exists raises where we lack the permission


def examine(path: Path) -> Examined:
    """Read and check one pack; everything wrong or weak in it is in the result."""
    main = path / MAIN_FILE if is_folder_pack(path) else path
    problems: list[Problem] = []
    places: _Places = {(): (main, 1)}
    try:
        files = _parts(path, main)
    except OSError as error:
        return Examined(path, None, (Problem(path, 1, (), f"cannot be read ({error.strerror})"),), (), (main, 1))
    data = _read_parts(files, places, problems)
    if problems:
        return Examined(path, None, tuple(problems), (), (main, 1))
    id_place = _place(places, ("id",))
    order = [file for file, _ in places.values()]
    try:
        pack = Pack.model_validate(data)
    except ValidationError as error:
        found = [Mistake(one["loc"], says(one, Pack, ID_RULE)) for one in worth_telling(error.errors(), Pack)]
        return Examined(path, None, _by_line(found, places, order), (), id_place)
    return Examined(path, pack, _by_line(mistakes(pack), places, order), _by_line(weaknesses(pack), places, order), id_place)


def _sound(examined: Examined) -> Pack:
    """The pack, or the first of its mistakes as ``PackError``; what is merely missing comes after the others."""
    if examined.mistakes or examined.pack is None:
        raise PackError(str(min(examined.mistakes, key=lambda one: one.says.startswith("is missing;"))))
    return examined.pack


def _parts(path: Path, main: Path) -> list[Path]:
    if main == path:
        return [path]
    return [main, *(part for part in sorted(path.iterdir()) if part.suffix == ".yaml" and part.name[0] != "." and part != main)]


def _read_parts(files: list[Path], places: _Places, problems: list[Problem]) -> object:
    """What the files hold together. Adds to ``places`` where each part of it stands, and to ``problems`` what cannot be read."""
    merged: dict[str, object] = {}
    for file in files:
        try:
            document = strict_yaml.read(file, "pack", MAX_BYTES)
        except Unreadable as problem:
            problems.append(Problem(file, problem.line, problem.where, problem.says))
            continue
        value, lines = document.value, document.lines
        problems += [Problem(file, one.line or 1, one.where, one.says) for one in document.repeated]
        if len(files) == 1:
            places.update({where: (file, line) for where, line in lines.items()})
            return value
        if not isinstance(value, dict):
            problems.append(Problem(file, lines[()], (), "must hold fields of a pack, for example questions: and the list below it"))
            continue
        for field in [name for name in value if name in merged]:
            other, line = places[(field,)]
            problems.append(Problem(file, lines[(field,)], (field,), f"stands in {other.name}:{line} already; remove one of the two"))
        places.update({where: (file, line) for where, line in lines.items() if where not in places or (not where and file == files[0])})
        merged.update({name: part for name, part in value.items() if name not in merged})
    return merged


def _place(places: Mapping[Location, tuple[Path, int]], where: Location) -> tuple[Path, int]:
    """The place of ``where``, or of the nearest part around it that is there."""
    while where not in places:
        where = where[:-1]
    return places[where]


def _by_line(found: Iterable[Mistake], places: _Places, order: list[Path]) -> tuple[Problem, ...]:
    problems = [Problem(*_place(places, one.where), one.where, one.says) for one in found]
    return tuple(sorted(problems, key=lambda one: (order.index(one.path), one.line)))
