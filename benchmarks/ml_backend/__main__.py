"""``python -m benchmarks.ml_backend serving|bulk|quality``."""

from __future__ import annotations

import sys

from benchmarks.ml_backend import bulk, quality, serving

COMMANDS = {"serving": serving.main, "bulk": bulk.main, "quality": quality.main}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        sys.exit("python -m benchmarks.ml_backend serving|bulk|quality")
    COMMANDS[sys.argv[1]](sys.argv[2:])
