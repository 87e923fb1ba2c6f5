"""Reads domain packs from YAML files and checks them, so that start-up stops at a broken one.

Every ``PackError`` says where and what to do, for example
``path/law.yaml:37: competencies[2].indicators: is missing; add it``. How strictly a file is read: ``reading/strict_yaml.py``.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from ls_expert_plugin.domains.pack import ID_RULE, Pack, mistakes
from ls_expert_plugin.errors import PackError
from ls_expert_plugin.reading import strict_yaml
from ls_expert_plugin.reading.mistakes import Location, says, told
from ls_expert_plugin.reading.strict_yaml import Document, Unreadable

MAX_BYTES = 1_000_000
BUILT_IN_DIR = Path(__file__).parent


def load_packs(extra_dir: Path | None) -> dict[str, Pack]:
    """The packs that come along and the ``*.yaml`` of ``extra_dir``, by id; hidden files are passed over.

    Raises ``PackError`` for the first file that is broken or whose id another pack has, and for a directory
    that cannot be read.
    """
    packs: dict[str, Pack] = {}
    owners: dict[str, Path] = {}
    for path in _files(BUILT_IN_DIR) + (_files(extra_dir) if extra_dir else []):
        pack, document = _load(path)
        if pack.id in packs:
            taken = f'"{pack.id}" is already the id of the pack in {owners[pack.id]}; choose another'
            raise _error(path, document.line(("id",)), ("id",), taken)
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


def _load(path: Path) -> tuple[Pack, Document]:
    try:
        document = strict_yaml.read(path, "pack", MAX_BYTES)
    except Unreadable as problem:
        raise _error(path, problem.line, problem.where, problem.says) from None
    for mistake in document.repeated:
        raise _error(path, mistake.line or 1, mistake.where, mistake.says)
    try:
        pack = Pack.model_validate(document.value)
    except ValidationError as error:
        # To pydantic a list whose items are wrong is also too short, and a misspelt field is also missing:
        # tell what is wrong with the item, and the misspelling; else go by line.
        errors = [one for one in error.errors() if one["type"] != "too_short" or not one["input"]]
        first = min(errors, key=lambda one: (one["type"] == "missing", document.line(one["loc"])))
        raise _error(path, document.line(first["loc"]), first["loc"], says(first, Pack, ID_RULE)) from None
    for mistake in sorted(mistakes(pack), key=lambda one: document.line(one.where)):
        raise _error(path, document.line(mistake.where), mistake.where, mistake.says)
    return pack, document


def _error(path: Path, line: int, where: Location, sentence: str) -> PackError:
    return PackError(f"{path}:{line}: {told(where, sentence)}")
