"""Resource limits: ``python limited_process.py CPU_S MEMORY_BYTES SCRIPT [ARGUMENT …]`` runs a script that may take no more than that.

Standard library only: it is run by its path, where nothing of ours can be imported. Exit code ``TOO_MUCH``: the memory was not enough.
"""

from __future__ import annotations

import runpy
import sys

TOO_MUCH = 3


def _limit(cpu_s: int, memory_bytes: int) -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    except (ImportError, ValueError, OSError):
        pass  # not every system has these; the time limit of whoever waits holds everywhere


def main(cpu_s: str, memory_bytes: str, script: str, *arguments: str) -> int:
    """Limit this process, then run the script in it."""
    _limit(int(cpu_s), int(memory_bytes))
    sys.argv = [script, *arguments]
    try:
        runpy.run_path(script, run_name="__main__")
    except MemoryError:
        return TOO_MUCH
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
