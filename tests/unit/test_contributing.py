"""What CONTRIBUTING.md promises of a clone: hooks with the tests' own tools, and a list of commits that git blame can read."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ".environments/expert-service-test/bin/python"


def test_the_hooks_run_the_tools_of_the_tests_environment() -> None:
    """The same Python that the Makefile names; ruff leaves out what it leaves out by itself, also when a file is named."""
    (repo,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert {hook["id"]: hook["entry"] for hook in repo["hooks"]} == {"ruff": f"{PYTHON} -m ruff check --force-exclude", "mypy": f"{PYTHON} -m mypy"}
    assert PYTHON in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_git_blame_can_read_the_list_of_commits() -> None:
    """Comments and full hashes; git stops at anything else."""
    lines = (ROOT / ".git-blame-ignore-revs").read_text(encoding="ascii").splitlines()
    assert [line for line in lines if line and not re.fullmatch(r"#.*|[0-9a-f]{40}", line)] == []
