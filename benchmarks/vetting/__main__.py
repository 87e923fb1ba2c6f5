"""``make benchmark-vetting``: makes the environment, then runs the measurement that is named. Standard library only."""

from __future__ import annotations

import sys

from benchmarks.launch import launch

MEASUREMENTS = ("simulated", "serving")


def main(arguments: list[str]) -> int:
    """The exit code of the measurement that the first argument names."""
    if arguments[:1] not in ([one] for one in MEASUREMENTS):
        print(f"Say which: {', '.join(MEASUREMENTS)}", file=sys.stderr)
        return 2
    return launch(f"benchmarks.vetting.{arguments[0]}", arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
