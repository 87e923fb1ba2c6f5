"""Runs the benchmark of matching at several sizes, each in a process of its own for its memory.

    python -m benchmarks.matching [--people 5000 20000 50000] [--seed 0] [--changes 40]

Projects and places grow with the people: 50,000 people have 2,000 projects with 20,000 places.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os

from benchmarks.matching.run import measured


def main() -> None:
    """Print a block for each size."""
    parser = argparse.ArgumentParser(description="How long a plan takes, and what it is worth.")
    parser.add_argument("--people", type=int, nargs="+", default=[5_000, 20_000, 50_000])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--changes", type=int, default=40, help="changes of a person, and as many of a project")
    options = parser.parse_args()
    for people in options.people:
        process = multiprocessing.get_context("spawn").Process(target=measured, args=(people, options.seed, options.changes))
        process.start()
        process.join()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
