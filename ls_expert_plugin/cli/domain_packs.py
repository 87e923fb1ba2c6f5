"""``ls-expert domains lint`` and ``ls-expert domains new``: writing a pack of one's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TextIO

from ls_expert_plugin.domains.field_types import ID_RULE
from ls_expert_plugin.domains.loader import BUILT_IN_DIR, MAIN_FILE, Examined, built_in, examine, is_folder_pack, pack_paths
from ls_expert_plugin.errors import BadInput, PackError
from ls_expert_plugin.reading.validation_errors import Problem

STARTER = BUILT_IN_DIR / "starter.txt"  # not *.yaml: it is no pack that comes along
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


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


def lint(paths: Sequence[Path], out: TextIO) -> int:
    """Print every mistake and every warning in the packs at ``paths``. Returns 1 when there was a mistake, else 0."""
    examined = [examine(path) for path in paths]
    wrong = [problem for one in examined for problem in one.mistakes] + list(_taken(examined))
    weak = [problem for one in examined for problem in one.weaknesses]
    for problem in wrong:
        print(problem, file=out)
    for problem in weak:
        print(Problem(problem.path, problem.line, problem.where, f"warning: {problem.says}"), file=out)
    if any(one.pack is None for one in examined):
        print("Whether all of it fits together is checked once the fields are right.", file=out)
    print(f"{_count(len(paths), 'pack')}, {_count(len(wrong), 'mistake')}, {_count(len(weak), 'warning')}", file=out)
    return 1 if wrong else 0


def new(name: str, folder: Path, out: TextIO) -> int:
    """Write the starter pack as ``folder/name.yaml``. Raises ``BadInput`` where that cannot be, and when it is there already."""
    if not _ID.fullmatch(name):
        raise BadInput(f'"{name}" cannot be the id of a pack; {ID_RULE}.')
    if any(one.pack and one.pack.id == name for one in built_in()):
        raise BadInput(f'"{name}" is the id of a pack that comes along. Choose another name.')
    path = folder / f"{name}.yaml"
    if is_folder_pack(folder / name):
        raise BadInput(f"{folder / name} is there already. Choose another name.")
    text = STARTER.read_text(encoding="utf-8").replace("{id}", name).replace("{title}", name.replace("_", " ").capitalize())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(f"{path if folder.is_dir() else folder} is there already. Choose another name or directory.") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be written ({error.strerror}). Choose another directory.") from None
    print(f"{path} is a small pack that works. Change it into yours, then check it:", file=out)
    print(f"  ls-expert domains lint {folder}", file=out)
    print(f"To use it, set LS_EXPERT_DOMAINS_DIR={folder.absolute()} and start the service and the worker again.", file=out)
    return 0


def _taken(examined: Sequence[Examined]) -> Iterator[Problem]:
    """Ids that two packs have, or that a pack that comes along has: only one of the two could be loaded."""
    owners = {one.pack.id: one.path for one in built_in() if one.pack}
    for one in examined:
        if one.pack is None:
            continue
        owner = owners.setdefault(one.pack.id, one.path)
        if owner.resolve() != one.path.resolve():
            yield one.taken(owner)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
