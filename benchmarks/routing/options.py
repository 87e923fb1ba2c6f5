"""What is measured, on how much data; and the command line that says so."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Database = Literal["sqlite", "postgresql"]
DATABASES: tuple[Database, ...] = ("sqlite", "postgresql")
# How much smaller "few users" and "few hidden projects" are.
FEWER = 10


@dataclass(frozen=True)
class Sizes:
    """How much data. Every user is a member of half of the projects; tasks are spread evenly."""

    users: int = 200
    projects: int = 5000
    tasks: int = 100_000


@dataclass(frozen=True)
class Options:
    """``rounds``: how often each operation is measured on each side."""

    databases: tuple[Database, ...]
    sizes: Sizes
    rounds: int
    warmup: int
    label_studio_bin: Path


def read(arguments: Sequence[str]) -> Options:
    """The options that the command line asks for; ends the program with a sentence when it cannot be read."""
    sizes = Sizes()
    parser = argparse.ArgumentParser(prog="make benchmark-routing", description="Compare stock and extended Label Studio.")
    parser.add_argument("--label-studio-bin", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--database", choices=DATABASES, action="append", help="only this one (default: both)")
    parser.add_argument("--users", type=int, default=sizes.users, help="members, half of the projects each (default: %(default)s)")
    parser.add_argument("--projects", type=int, default=sizes.projects, help="(default: %(default)s)")
    parser.add_argument("--tasks", type=int, default=sizes.tasks, help="in all projects together (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=150, help="how often each operation is measured (default: %(default)s)")
    parser.add_argument("--warmup", type=int, default=15, help="rounds that are not counted (default: %(default)s)")
    asked = parser.parse_args(arguments)
    if asked.users < 20 or asked.projects < 40 or asked.tasks < 5 * asked.projects:
        parser.error("at least 20 users, 40 projects and five tasks a project")
    if asked.rounds < 10 or asked.warmup < 1:
        parser.error("at least 10 rounds and one for warming up")
    if 3 * (asked.rounds + asked.warmup + 1) > asked.projects // 2:
        parser.error("each of three comparisons takes projects of its own, one for each round, of those that the expert sees: fewer rounds, or more projects")
    return Options(
        tuple(asked.database or DATABASES), Sizes(asked.users, asked.projects, asked.tasks), asked.rounds, asked.warmup, asked.label_studio_bin,
    )
