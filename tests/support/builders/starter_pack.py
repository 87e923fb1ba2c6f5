"""The starter pack as text, with changes, and what examining it says."""

from __future__ import annotations

from pathlib import Path

from ls_expert_plugin.domains.loader import examine
from ls_expert_plugin.domains.starter import STARTER

FULL = STARTER.read_text(encoding="utf-8").replace("{id}", "ours").replace("{title}", "Ours")


def told(tmp_path: Path, *changes: tuple[str, str], text: str = FULL) -> tuple[list[str], list[str]]:
    """Mistakes and weaknesses of ``text`` with ``changes``: everything behind the path of the file."""
    for old, new in changes:
        assert text.count(old) == 1, (text.count(old), old)
        text = text.replace(old, new)
    path = tmp_path / "ours.yaml"
    path.write_text(text, encoding="utf-8")
    examined = examine(path)
    return [str(one).removeprefix(f"{path}:") for one in examined.mistakes], [str(one).removeprefix(f"{path}:") for one in examined.weaknesses]


def line_of(words: str, text: str = FULL) -> int:
    """The line in which ``words`` stand first."""
    return text[: text.index(words)].count("\n") + 1
