"""``make benchmark-vetting``: makes the environment, then runs the measurement that is named. Standard library only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ls_expert_plugin.demo.environments import CannotStart, ensure

MEASUREMENTS = ("simulated", "serving")


def main(arguments: list[str]) -> int:
    """The exit code of the measurement that the first argument names."""
    if arguments[:1] not in ([one] for one in MEASUREMENTS):
        print(f"Say which: {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    root = Path(__file__).resolve().parents[2]
    try:
        made = ensure(root, "service,test")
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    return subprocess.run([str(made.expert_python), "-m", f"benchmarks.vetting.{arguments[0]}", *arguments[1:]], cwd=root).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
