"""Launcher of a benchmark: makes the environments, then runs a module in ours. Standard library only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ls_expert_plugin.demo.environments import CannotStart, ensure

ROOT = Path(__file__).resolve().parents[1]


def launch(module: str, arguments: Sequence[str], *, names_label_studio: bool = False) -> int:
    """Run ``module`` with these arguments; its exit code. ``names_label_studio``: with ``--label-studio-bin``, too."""
    try:
        made = ensure(ROOT, "service,test")
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    where = ["--label-studio-bin", str(made.label_studio_bin)] if names_label_studio else []
    try:
        return subprocess.run([str(made.expert_python), "-m", module, *where, *arguments], cwd=ROOT).returncode
    except KeyboardInterrupt:
        return 130
