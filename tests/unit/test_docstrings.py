"""Docstrings: a module's and a public name's say something, and name no file that is gone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("ls_expert_plugin", "benchmarks")
MODULES = sorted(path for top in FOLDERS for path in (ROOT / top).rglob("*.py") if "migrations" not in path.parts)
FILES = {path.relative_to(ROOT).as_posix() for top in (*FOLDERS, "tests") for path in (ROOT / top).rglob("*.py")}
# A file of Label Studio 1.23.2 that is named as a source; in ``label_studio/`` there are many.
OF_LABEL_STUDIO = {"webhooks/api.py"}
LEAST_WORDS = 6
# Public functions there are views, steps of the guard, steps of a script: their module tells of them.
BY_THEIR_MODULE = {"web", "enforcement", "benchmarks"}

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _documented(node: ast.AST, *, private: bool = False) -> Iterator[tuple[Documented, bool]]:
    if isinstance(node, Documented):
        private = private or getattr(node, "name", "").startswith("_")
        if ast.get_docstring(node):
            yield node, private
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _documented(child, private=private or isinstance(node, ast.FunctionDef))


def _words(text: str) -> int:
    return len(re.findall(r"[\w'`./-]+", text))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_say_something_and_name_what_is_there(path: Path) -> None:
    """Six words at least: in a module's first sentence, and about what is public. A file that moved is named where it is now."""
    short, gone = [], []
    for node, private in _documented(ast.parse(path.read_text(encoding="utf-8"))):
        text, name = ast.get_docstring(node) or "", getattr(node, "name", "the module")
        first = re.split(r"(?<=[.!?])\s|\n\n", text, maxsplit=1)[0]
        is_exempt = private or not BY_THEIR_MODULE.isdisjoint(path.relative_to(ROOT).parts)
        if _words(first) < LEAST_WORDS if isinstance(node, ast.Module) else _words(text) < LEAST_WORDS and not is_exempt:
            short.append(f"{name}: {text}")
        gone += [
            f"{name}: {file}" for file in re.findall(r"[\w/]+\.py\b", text)
            if "label_studio" not in path.parts and file not in OF_LABEL_STUDIO and not any(there == file or there.endswith(f"/{file}") for there in FILES)
        ]
    assert (short, gone) == ([], [])
