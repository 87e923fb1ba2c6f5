"""Linter of domain packs: every mistake and weakness of the packs at some paths, and ids that two of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ls_expert_plugin.domains.loader import BUILT_IN_DIR, MAIN_FILE, Examined, built_in, examine, is_folder_pack, pack_paths
from ls_expert_plugin.errors import PackError
from ls_expert_plugin.reading.validation_errors import Problem


@dataclass(frozen=True)
class LintReport:
    """What was found in so many packs. ``is_partial``: fields of one are wrong, so whether all fits together was not checked."""

    packs: int
    mistakes: Sequence[Problem]
    weaknesses: Sequence[Problem]
    is_partial: bool


def packs_at(path: Path | None, domains_dir: Callable[[], Path | None]) -> list[Path]:
    """The packs that ``path`` names: itself, the folder it is a part of, or those in it; without ``path``, all that would be loaded.

    ``domains_dir`` reads the setting, and is called only when there is no ``path``. Raises ``PackError`` when there are none.
    """
    if path is None:
        extra_dir = domains_dir()
        return pack_paths(BUILT_IN_DIR) + (pack_paths(extra_dir) if extra_dir else [])
    if not path.exists():
        raise PackError(f"{path}: is not there. Name a pack, or a directory of packs.")
    if path.is_file():
        return [path.parent if is_folder_pack(path.parent) else path]
    found = pack_paths(path)
    if not found:
        raise PackError(f"{path}: holds no domain pack: no *.yaml, and no folder with a {MAIN_FILE}.")
    return found


def lint(paths: Sequence[Path]) -> LintReport:
    """Examine the packs at ``paths``, beside those that come along."""
    examined = [examine(path) for path in paths]
    return LintReport(
        len(paths), [problem for found in examined for problem in found.mistakes] + list(_taken(examined)),
        [problem for found in examined for problem in found.weaknesses], any(found.pack is None for found in examined),
    )


def _taken(examined: Sequence[Examined]) -> Iterator[Problem]:
    """Ids that two packs have, or that a pack that comes along has: only one of the two could be loaded."""
    owners = {one.pack.id: one.path for one in built_in() if one.pack}
    for one in examined:
        if one.pack is None:
            continue
        owner = owners.setdefault(one.pack.id, one.path)
        if owner.resolve() != one.path.resolve():
            yield one.taken(owner)
