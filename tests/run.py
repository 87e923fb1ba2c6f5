"""``make test`` and ``make lint``: makes the environments, then runs the tools in them. Standard library only.

    python3 -m tests.run [--lint] [arguments for pytest]

Label Studio's environment is made too: the tests start the real one.
"""

import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 10):
    sys.exit(f"This needs Python 3.10 or later, and python3 here is {sys.version_info[0]}.{sys.version_info[1]}. "
             "Set PYTHON to a newer one: make test PYTHON=python3.12")

from ls_expert_plugin.demo.environments import CannotStart, ensure, ensure_pinned

# The older end of what setup.cfg allows; the newer end is what the whole suite runs with.
OLDEST_OPENAI = "openai==1.60.0"


def main(arguments: list[str]) -> int:
    """The exit code of the first tool that fails, or 0."""
    root = Path(__file__).resolve().parents[1]
    try:
        made = ensure(root, "service,test")
        oldest = None if arguments else ensure_pinned(root, "expert-oldest-openai", "service,test", [OLDEST_OPENAI])
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    python = str(made.expert_python)
    env = {**os.environ, "TESTED_LABEL_STUDIO_BIN": str(made.label_studio_bin)}
    if arguments[:1] == ["--lint"]:
        commands = [[python, "-m", "ruff", "check", "."], [python, "-m", "mypy"]]
    else:
        commands = [[python, "-m", "pytest", *arguments]]
        if oldest is not None:
            adapter = sorted(str(path) for path in (root / "tests" / "unit").glob("test_llm_*.py"))
            commands.insert(0, [str(oldest), "-m", "pytest", "-q", *adapter])
    for command in commands:
        done = subprocess.run(command, cwd=root, env=env).returncode
        if done:
            return done
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
