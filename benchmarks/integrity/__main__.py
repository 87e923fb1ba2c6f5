"""``make benchmark-integrity``: makes the environments, then runs ``run.py`` in ours. Standard library only."""

from __future__ import annotations

import sys

from benchmarks.launch import launch

if __name__ == "__main__":
    sys.exit(launch("benchmarks.integrity.run", sys.argv[1:], names_label_studio=True))
