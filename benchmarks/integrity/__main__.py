"""``make benchmark-integrity``: makes the environments, then runs ``run.py`` in ours. Standard library only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ls_expert_plugin.demo.environments import CannotStart, ensure


def main(arguments: list[str]) -> int:
    """The exit code of the measurement."""
    root = Path(__file__).resolve().parents[2]
    try:
        made = ensure(root, "service,test")
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    command = [str(made.expert_python), "-m", "benchmarks.integrity.run", "--label-studio-bin", str(made.label_studio_bin), *arguments]
    try:
        return subprocess.run(command, cwd=root).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
