"""Locating: where in a tree the text of a fault stands, what the file says with it, and which function a named test is."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.planted_faults.fault import Fault

PACKAGE = "ls_expert_plugin"


class NoLongerApplies(Exception):
    """The text of a fault, or a test it names, is not to be found in one place. The sentence says which."""


@dataclass(frozen=True)
class Planted:
    """The file to change, and all of its text with the fault in it."""

    path: Path
    text: str


def planted(root: Path, fault: Fault) -> Planted:
    """The fault in the tree at ``root``: in the file it names, else in the one file of the package that has the text.

    Raises ``NoLongerApplies``.
    """
    pattern = _pattern(fault.before)
    named = root / fault.file
    found = _found(pattern, [named] if named.is_file() else [])
    if not found:
        found = _found(pattern, _files(root, named.suffix))
    if len(found) != 1:
        raise NoLongerApplies(f"no longer applies: the text before stands {f'in {len(found)} places' if found else 'nowhere'} ({fault.file})")
    path, match = found[0]
    text = path.read_text()
    changed = Planted(path, text[: match.start()] + _with(match, fault.after) + text[match.end():])
    if path.suffix == ".py":
        try:
            ast.parse(changed.text)
        except SyntaxError as problem:
            raise NoLongerApplies(f"no longer applies: with the fault the file is no Python ({problem.msg}, line {problem.lineno})") from None
    return changed


def named_test(root: Path, name: str) -> str:
    """``path::name`` of a test as it is to be called: in the file it names, else in the one test file with such a test.

    Raises ``NoLongerApplies``.
    """
    path, _, function = name.partition("::")
    if (root / path).is_file() and function in _tests(root / path):
        return name
    found = [one for one in sorted((root / "tests").rglob("test_*.py")) if function in _tests(one)]
    if len(found) != 1:
        raise NoLongerApplies(f"no longer applies: there {'are several tests' if found else 'is no test'} {function} ({path})")
    return f"{found[0].relative_to(root)}::{function}"


def marks_of(root: Path, name: str) -> frozenset[str]:
    """The marks of a test (as ``named_test`` gives it), its own and those of its file: the names after ``pytest.mark``."""
    path, _, function = name.partition("::")
    return _tests(root / path)[function]


def _pattern(before: str) -> re.Pattern[str]:
    """A part of one line as it is; several lines as whole lines, however far they are indented."""
    lines = before.rstrip("\n").split("\n")
    if len(lines) == 1:
        return re.compile(re.escape(lines[0]))
    indented = (f"(?P=indent){re.escape(line)}" if line.strip() else " *" for line in lines[1:])
    return re.compile(rf"^(?P<indent> *){re.escape(lines[0])}\n" + "\n".join(indented) + "$", re.MULTILINE)


def _with(match: re.Match[str], after: str) -> str:
    indent = match.groupdict().get("indent")
    if indent is None:
        return after.rstrip("\n")
    return "\n".join(f"{indent}{line}" if line.strip() else "" for line in after.rstrip("\n").split("\n"))


def _found(pattern: re.Pattern[str], paths: Iterable[Path]) -> list[tuple[Path, re.Match[str]]]:
    return [(path, match) for path in paths for match in pattern.finditer(path.read_text())]


def _files(root: Path, suffix: str) -> Iterator[Path]:
    return (path for path in sorted((root / PACKAGE).rglob(f"*{suffix}")) if "migrations" not in path.parts)


@functools.cache
def _tests(path: Path) -> dict[str, frozenset[str]]:
    """The test functions of a file, by name, with their marks."""
    tree = ast.parse(path.read_text())
    of_file = [node.value for node in tree.body if isinstance(node, ast.Assign) and "pytestmark" in ast.unparse(node.targets[0])]
    return {
        node.name: frozenset(_marks([*of_file, *node.decorator_list]))
        for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _marks(expressions: Collection[ast.expr]) -> Iterator[str]:
    """Of the whole test: those of single cases stand within ``parametrize``."""
    for expression in expressions:
        for one in expression.elts if isinstance(expression, ast.List | ast.Tuple) else [expression]:
            mark = one.func if isinstance(one, ast.Call) else one
            if isinstance(mark, ast.Attribute) and ast.unparse(mark.value) == "pytest.mark":
                yield mark.attr
