"""``make parity`` and ``make parity-sample``: makes the environment, then compares in it. Standard library only.

    python3 -m tests.parity.run [--sample] [sqlite] [postgresql]
"""

import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 10):
    sys.exit(f"This needs Python 3.10 or later, and python3 here is {sys.version_info[0]}.{sys.version_info[1]}. "
             "Set PYTHON to a newer one: make parity PYTHON=python3.12")

from ls_expert_plugin.demo.environments import CannotStart, ensure_label_studio_with, keeping_bytecode

# What Label Studio runs its own tests with (the test group of its pyproject.toml, for Python 3.10). Much newer ones fail tests
# for reasons of their own.
TEST_PACKAGES = (
    "pytest==7.2.2", "pytest-django==4.12.0", "pytest-env==0.6.2", "pytest-mock==3.15.1", "tavern==2.17.0", "grpcio-reflection>=1.78",
    "fakeredis>=2.26.1,<2.27", "responses==0.13.0", "psutil>=7", "freezegun>=1.5.1,<1.6", "mock>=5.1.0", "moto[s3]>=4.2.6,<5",
    "requests-mock==1.12.1", "factory-boy>=3.3.3,<4",
)


def main(arguments: list[str]) -> int:
    """The exit code of the comparison."""
    root = Path(__file__).resolve().parents[2]
    try:
        python = ensure_label_studio_with(root, "label-studio-tests", TEST_PACKAGES)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    return subprocess.run([str(python), "-m", "tests.parity.compare", *arguments], cwd=root, env=keeping_bytecode(os.environ)).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
