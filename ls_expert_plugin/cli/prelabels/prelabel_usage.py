"""``ls-expert prelabel-usage``: what pre-labels by a language model have cost, by day, project and version."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = commands.add_parser("prelabel-usage", help="what pre-labels by a language model have cost, by day, project and version")
    parser.add_argument("--days", type=int, default=30, help="how far back (default: %(default)s)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return show_usage(load(), args.days, sys.stdout)


def show_usage(settings: Settings, days: int, out: TextIO) -> int:
    """A line for each day, project and version; exit code 0."""
    from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, Price

    price = Price(*settings.prelabel_price) if settings.prelabel_price else None
    with components(settings) as parts, parts.store.read() as unit:
        used = unit.usage.by_day(parts.clock() - dt.timedelta(days=days), PURPOSE)
    for one in used:
        cost = f"  {price.of(one.tokens_read, one.tokens_written):.2f}" if price else ""
        failed = f", {one.failed} failed" if one.failed else ""
        print(f"{one.day}  {one.calls} calls{failed}, {one.tokens_read:,} tokens read, {one.tokens_written:,} written{cost}  {one.subject}", file=out)
    if not used:
        print(f"No pre-labels were asked of a language model in {days} days.", file=out)
    return 0
