"""Scaffolding of a domain pack: a small one that works, to be changed into one's own."""

from __future__ import annotations

import re
from pathlib import Path

from ls_expert_plugin.domains.field_types import ID_RULE
from ls_expert_plugin.domains.loader import BUILT_IN_DIR, built_in, is_folder_pack
from ls_expert_plugin.errors import BadInput

STARTER = BUILT_IN_DIR / "starter.txt"  # not *.yaml: it is no pack that comes along
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


def write_starter(name: str, folder: Path) -> Path:
    """Write the starter pack as ``folder/name.yaml``, and return that path. Raises ``BadInput`` where that cannot be, and when it is there already."""
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
    return path
