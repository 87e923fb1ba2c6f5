"""docs/extending.md: its examples, applied to a copy of the repository, do what they say, and what it names is there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What the examples change or import.
COPIED = ("ls_expert_plugin", "tests/support", "tests/__init__.py", "docker/compose.yaml", "pyproject.toml")
# Words in code type that are no names of ours: placeholders.
_NO_NAMES = {"NNNN", "LAST"}
MOST_S = 500  # a hang is a failure; it takes some seconds


@dataclass(frozen=True)
class Block:
    """A fenced block: a whole file, or changes to one."""

    language: str
    file: str
    text: str

    @property
    def is_test(self) -> bool:
        return self.file.startswith("tests/")


def _blocks(page: str) -> Iterator[Block]:
    for language, body in BLOCK.findall(page):
        first, _, rest = body.partition("\n")
        found = re.match(r"(?:# |\{# |--- )([\w./]+)", first)
        assert found, f"a block does not begin with the name of a file: {first}"
        yield Block(language, found[1], rest if language == "diff" else body)


BLOCKS = tuple(_blocks(PAGE))
TESTS = [block.file for block in BLOCKS if block.is_test]
SECTIONS = re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)


def _applied(text: str, changes: str) -> str:
    """Each hunk's context and old lines stand in the file once, one after the other; context that ends with … is the beginning of a line."""
    lines = text.splitlines()
    for hunk in changes.rstrip("\n").split("\n@@\n"):
        given = [(line[:1], line[1:]) for line in hunk.split("\n")]
        old = [line for sign, line in given if sign != "+"]
        places = [at for at in range(len(lines) - len(old) + 1) if all(map(_is, lines[at : at + len(old)], old))]
        assert len(places) == 1, f"stands {len(places)} times in the file:\n{hunk}"
        at, made = places[0], list[str]()
        for sign, line in given:
            if sign == "+":
                made.append(line)
                continue
            if sign != "-":
                made.append(lines[at])
            at += 1
        lines[places[0] : at] = made
    return "\n".join(lines) + "\n"


def _is(line: str, shown: str) -> bool:
    return line.startswith(shown[:-1]) if shown.endswith("…") else line == shown


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with all examples in it, the plug-in installed beside."""
    copy = tmp_path_factory.mktemp("extended")
    for name in COPIED:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, copy / name)
    last = max(path.name[:4] for path in (copy / "ls_expert_plugin/storage/migrations/versions").glob("0*.py"))
    for block in BLOCKS:
        if block.language == "ini":
            _install(copy, block)
            continue
        file = copy / block.file.replace("NNNN", f"{int(last) + 1:04}")
        file.parent.mkdir(parents=True, exist_ok=True)
        text = _applied(file.read_text(encoding="utf-8"), block.text) if block.language == "diff" else block.text
        file.write_text(text.replace("'NNNN'", f"'{int(last) + 1:04}'").replace("'LAST'", f"'{last}'"), encoding="utf-8")
    return copy


def _install(copy: Path, block: Block) -> None:
    """As pip does with the entry points of a setup.cfg."""
    name = block.file.removesuffix(".cfg")
    group, _, entry = block.text.partition("[options.entry_points]\n")[2].partition("=")
    info = copy / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{group.strip()}]\n{entry.strip()}\n")


@pytest.fixture(scope="module")
def outcomes(extended: Path) -> dict[str, list[str]]:
    """For each test file of the page what came of its tests: an empty text, or why it failed. One process for all."""
    report = extended / "report.xml"
    alone = ("-p", "no:cacheprovider", "-p", "no:randomly", "--noconftest", "--import-mode=importlib")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *alone, f"--junitxml={report}", *TESTS], cwd=extended, capture_output=True, text=True, timeout=MOST_S,
        env={**os.environ, "PYTHONPATH": str(extended), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert report.is_file(), run.stdout + run.stderr
    found: dict[str, list[str]] = {file: [] for file in TESTS}
    for case in ElementTree.parse(report).iter("testcase"):
        file = (case.get("classname") or case.get("name") or "").replace(".", "/") + ".py"
        found.setdefault(file, []).append("\n".join(f"{part.get('message')}\n{part.text}" for part in case if part.tag in ("failure", "error")))
    return found


@pytest.mark.parametrize("file", TESTS)
def test_the_example_does_what_its_test_says(file: str, outcomes: dict[str, list[str]]) -> None:
    """The test on the page passes in a copy that has the page's changes."""
    assert outcomes[file] and not any(outcomes[file]), "\n".join(outcomes[file])


def test_the_examples_are_as_clean_as_the_rest(extended: Path) -> None:
    """Whoever copies one need not tidy it up first."""
    files = [block.file for block in BLOCKS if block.file.endswith(".py") and "NNNN" not in block.file and not block.is_test]
    run = subprocess.run([sys.executable, "-m", "ruff", "check", "--no-cache", *files], cwd=extended, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(("title", "text"), SECTIONS, ids=[title for title, _ in SECTIONS])
def test_every_section_has_a_test(title: str, text: str) -> None:
    """No example without one that runs."""
    assert [block for block in _blocks(text) if block.is_test], title


def test_what_the_page_names_is_there(extended: Path) -> None:
    """Files by their path below the package or the top, classes and functions by a definition somewhere in the code."""
    words = set(re.findall(r"`([^`\n]+)`", re.sub(BLOCK, "", PAGE)))
    files = {word for word in words if re.fullmatch(r"[\w/.-]+(\.\w+|/)", word) and "/" in word or re.fullmatch(r"\w+\.py", word)}
    missing = {file for file in files if not any((top / file).exists() for top in (extended, extended / "ls_expert_plugin", ROOT))}
    assert missing == set()
    code = "\n".join(path.read_text(encoding="utf-8") for folder in (extended / "ls_expert_plugin", ROOT / "tests") for path in folder.rglob("*.py"))
    names = {word.removesuffix("()") for word in words - files if re.fullmatch(r"[A-Za-z]\w+(\(\))?", word)} - _NO_NAMES
    assert names > {"CredentialCheck", "REDACTORS", "whole_person"}
    macros = re.findall(r"macro (\w+)\(", (extended / "ls_expert_plugin/web/templates/_parts.html").read_text(encoding="utf-8"))
    defined = {name for pair in re.findall(r"(?:class|def) (\w+)|^ *(\w+)\b(?=: |, .+ = | = )", code, re.MULTILINE) for name in pair}
    assert names - defined - set(macros) == set()
