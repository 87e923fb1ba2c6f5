"""``make benchmark-walks``: makes the environments, then runs ``run.py`` in ours. Standard library only."""

from __future__ import annotations

import sys

from benchmarks.launch import launch

if __name__ == "__main__":
    sys.exit(launch("benchmarks.walks.run", sys.argv[1:]))
