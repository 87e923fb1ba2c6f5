"""`ls-expert domains` as a program: exit codes and output, for a person and for a script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ls_expert_plugin.cli.main", "domains", *arguments], env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=60,
    )


def test_all_packs_lint_clean_without_any_other_setting(tmp_path: Path) -> None:
    """Without a path all packs are looked at, the team's own too; no secrets are needed."""
    new = _run("new", "space_law", "--to", str(tmp_path))
    assert (new.returncode, new.stderr) == (0, "") and f"LS_EXPERT_DOMAINS_DIR={tmp_path}" in new.stdout
    lint = _run("lint", LS_EXPERT_DOMAINS_DIR=str(tmp_path))
    assert (lint.returncode, lint.stdout, lint.stderr) == (0, "4 packs, 0 mistakes, 0 warnings\n", "")


def test_every_mistake_is_a_line_and_the_exit_code_is_1(tmp_path: Path) -> None:
    """Mistakes on stdout, none hidden behind another."""
    _run("new", "ours", "--to", str(tmp_path))
    path = tmp_path / "ours.yaml"
    text = path.read_text(encoding="utf-8").replace("version: 1 ", "version: one ").replace("mandatory: true # asked", "mandatory: perhaps # asked")
    path.write_text(text, encoding="utf-8")
    done = _run("lint", str(path))
    assert (done.returncode, done.stderr) == (1, "")
    first, second, waits, count = done.stdout.splitlines()
    assert first.startswith(f"{path}:6: version: must be a whole number")
    assert second.startswith(f"{path}:") and second.endswith("competencies[0].mandatory: must be true or false")
    assert "once the fields are right" in waits
    assert count == "1 pack, 2 mistakes, 0 warnings"


def test_a_policy_is_printed_in_words() -> None:
    """One domain or all; one that is not there is a sentence that names those that are."""
    law = _run("policy", "law")
    assert law.returncode == 0 and law.stdout.startswith("Law (law, version ") and "Nobody is verified without a person." in law.stdout
    assert "Medicine (" not in law.stdout and "Medicine (" in _run("policy").stdout
    unknown = _run("policy", "alchemy")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1) and "law" in unknown.stderr
