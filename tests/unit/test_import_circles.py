"""Circles of imports, and the straight line of a request through enforcement: read from the code, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "ls_expert_plugin"
ENFORCEMENT = "ls_expert_plugin.label_studio.enforcement."
# From the top down: who decides about a request, who changes its answer, what hides rows, what reads a request.
LAYERS = ("guard", "response", "scoping", "request")


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


FILES = {_name(path): path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()}


def _when_run(node: ast.AST) -> Iterator[ast.ImportFrom | ast.Import]:
    """Imports, inside functions too, but for those that types alone need."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        if isinstance(child, ast.ImportFrom | ast.Import):
            yield child
        yield from _when_run(child)


def _modules(name: str) -> frozenset[str]:
    named: set[str] = set()
    for node in _when_run(TREES[name]):
        if isinstance(node, ast.Import):
            named.update(alias.name for alias in node.names)
        elif node.module:
            named.update(whole if (whole := f"{node.module}.{alias.name}") in FILES else node.module for alias in node.names)
    return frozenset(named & FILES.keys() - {name})


IMPORTS = {name: _modules(name) for name in FILES}


def circle(imports: Mapping[str, frozenset[str]]) -> list[str]:
    """Modules of which each needs the next and the last the first; none: they stand in an order."""
    left = dict(imports)
    while free := [name for name, needed in left.items() if not needed & left.keys()]:
        for name in free:
            del left[name]
    path: list[str] = []
    current = min(left, default=None)
    while current is not None and current not in path:
        path.append(current)
        current = min(left[current] & left.keys())
    return path[path.index(current):] if current is not None else []


def test_no_module_needs_itself_by_way_of_others() -> None:
    """Imports inside functions count: such a circle is hidden, not gone."""
    assert circle(IMPORTS) == []


def test_a_circle_is_found() -> None:
    """The search above, where there is one, beside what only leads to it."""
    assert circle({"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b", "d"}), "d": frozenset()}) == ["b", "c"]


def test_the_folders_of_enforcement_have_one_order() -> None:
    """A request goes down through them once: no file below needs one above."""
    upward = [
        f"{name} -> {needed}" for name in FILES if name.startswith(ENFORCEMENT) for needed in IMPORTS[name] if needed.startswith(ENFORCEMENT)
        and LAYERS.index(needed.removeprefix(ENFORCEMENT).split(".")[0]) < LAYERS.index(name.removeprefix(ENFORCEMENT).split(".")[0])
    ]
    assert upward == []


def _users(called: str) -> set[str]:
    return {
        name.removeprefix(ENFORCEMENT) for name, tree in TREES.items() if name.startswith(ENFORCEMENT) for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == called
    }


def test_a_request_is_read_and_looked_up_in_one_place() -> None:
    """What decides takes the context, and reads neither body nor database again; the guard alone has a context built."""
    assert _users("build_contexts") == {"guard.request_guard"}
    assert _users("read_body") == _users("named_objects") == _users("rule_of") == {"guard.context_builder"}
    assert _users("find_out") == {"guard.context_builder", "guard.identities"}
