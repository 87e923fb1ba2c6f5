"""``make test`` and its kin: makes the environments, then runs the tools in them. Standard library only.

    python3 -m tests.run [--lint | --unit | --everything | --screenshots] [arguments for pytest]

Label Studio's environment is made too, but for ``--unit`` and ``--lint``: the tests start the real one. Without paths four workers
share the tests, in a random order whose seed is printed (``--randomly-seed=N`` runs one again).
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

if sys.version_info < (3, 10):
    sys.exit(f"This needs Python 3.10 or later, and python3 here is {sys.version_info[0]}.{sys.version_info[1]}. "
             "Set PYTHON to a newer one: make test PYTHON=python3.12")

from ls_expert_plugin.demo.environments import CannotStart, ensure, ensure_pinned, ensure_service, keeping_bytecode, why_not
from ls_expert_plugin.demo.supervisor import restore_handlers
from tests.leftovers import folder_of_this_run, full_disk

# The older end of what setup.cfg allows; the newer end is what the whole suite runs with.
OLDEST_OPENAI = "openai==1.60.0"
STOPS_WITHIN_S = 10
# Twice the cores this is timed on: tests wait for browsers, servers and timers a good part of their time.
WORKERS = ("-n", "4", "--dist", "loadscope", "--no-loadscope-reorder")


def main(arguments: list[str]) -> int:
    """The exit code of the first tool that fails, or 0."""
    root = Path(__file__).resolve().parents[1]
    kind = arguments.pop(0) if arguments[:1] in (["--lint"], ["--unit"], ["--everything"], ["--screenshots"]) else None
    named = any(not argument.startswith("-") for argument in arguments)
    try:
        problem = full_disk()
        if problem:
            raise CannotStart(problem)
        if kind in ("--lint", "--unit", "--screenshots"):
            python = str(ensure_service(root, "service,test"))
            env = {}
        else:
            made = ensure(root, "service,test")
            python, env = str(made.expert_python), {"TESTED_LABEL_STUDIO_BIN": str(made.label_studio_bin)}
        oldest = ensure_pinned(root, "expert-oldest-openai", "service,test", [OLDEST_OPENAI]) if kind == "--everything" and not named else None
    except CannotStart as cannot:
        print(cannot, file=sys.stderr)
        return 1
    if kind == "--lint":
        commands = [[python, "-m", "ruff", "check", "."], [python, "-m", "mypy"]]
    elif kind == "--screenshots":
        commands = [[python, "-m", "tests.e2e.pages.screenshots", *arguments]]
    else:
        chosen = [] if named else [*WORKERS, "tests/unit"] if kind == "--unit" else ["--keep-durations", *WORKERS]
        everything = ["--everything"] if kind == "--everything" else []
        commands = [[python, "-m", "pytest", *everything, *chosen, *arguments]]
        if kind != "--unit" and not named:
            commands.insert(0, [python, "-m", "tests.support.servers.templates"])
        if oldest is not None:
            commands.insert(0, [str(oldest), "-m", "pytest", "-q", "tests/unit/llm"])
    try:
        with folder_of_this_run() as folder:
            return _run(commands, root, {**keeping_bytecode(os.environ), **env, "TMPDIR": str(folder)})
    except OSError as failed:
        print(why_not(failed, "where temporary files go", "TMPDIR"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(commands: list[list[str]], root: Path, env: dict[str, str]) -> int:
    """One after the other, until one fails. A terminal sends Ctrl-C to pytest too, which says where it was; otherwise it is ended."""
    for command in commands:
        process = subprocess.Popen(command, cwd=root, env=env)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOPS_WITHIN_S)
            process.kill()
            process.wait()
            raise
        if code:
            return code
    return 0


if __name__ == "__main__":
    restore_handlers()
    sys.exit(main(sys.argv[1:]))
