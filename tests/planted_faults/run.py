"""``make planted-faults``: makes the environments, then plants each fault in a copy and looks for a test that catches it. Standard library only.

    python3 -m tests.planted_faults.run [--sample N] [--only ID] [--jobs N]
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 10):
    sys.exit(f"This needs Python 3.10 or later, and python3 here is {sys.version_info[0]}.{sys.version_info[1]}. "
             "Set PYTHON to a newer one: make planted-faults PYTHON=python3.12")

from ls_expert_plugin.demo.environments import CannotStart, ensure
from ls_expert_plugin.demo.supervisor import restore_handlers

STOPS_WITHIN_S = 60


def main(arguments: list[str]) -> int:
    """The exit code of ``plant.py``: 0 when every fault was caught."""
    root = Path(__file__).resolve().parents[2]
    try:
        made = ensure(root, "service,test")
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    env = {**os.environ, "TESTED_LABEL_STUDIO_BIN": str(made.label_studio_bin)}
    process = subprocess.Popen([str(made.expert_python), "-m", "tests.planted_faults.plant", *arguments], cwd=root, env=env)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.terminate()  # a terminal has told it already, whoever ends this alone has not: it takes down what it has started
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN_S)
        process.kill()
        process.wait()
        return 130


if __name__ == "__main__":
    restore_handlers()
    sys.exit(main(sys.argv[1:]))
