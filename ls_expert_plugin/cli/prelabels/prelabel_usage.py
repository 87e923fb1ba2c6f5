"""``ls-expert prelabel-usage``: what pre-labels by a language model have cost, by day, project and version."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_json
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import print_json
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers

JSON = """{
  "days": 30,
  "usage": [
    {"day": "2026-11-30", "subject": "project 12, some-model-1", "calls": 40, "failed": 0, "tokens_read": 52000, "tokens_written": 3100, "cost": null}
  ]
}"""


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "prelabel-usage", "show what pre-labels by a language model have cost",
        "By day, project and version; in money where LS_EXPERT_PRELABEL_PRICE is set.",
        examples=("ls-expert prelabel-usage", "ls-expert prelabel-usage --days 7 --json"),
    )
    parser.add_argument("--days", type=int, default=30, help="how far back (default: %(default)s)")
    add_json(parser, JSON)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return show_usage(load(), args.days, sys.stdout, as_json=args.json)


def show_usage(settings: Settings, days: int, out: TextIO, *, as_json: bool = False) -> int:
    """A line for each day, project and version; exit code 0."""
    from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, Price

    price = Price(*settings.prelabel_price) if settings.prelabel_price else None
    with components(settings) as parts, parts.store.read() as unit:
        used = unit.usage.by_day(parts.clock() - dt.timedelta(days=days), PURPOSE)
    if as_json:
        print_json({"days": days, "usage": [{
            "day": one.day, "subject": one.subject, "calls": one.calls, "failed": one.failed, "tokens_read": one.tokens_read,
            "tokens_written": one.tokens_written, "cost": round(price.of(one.tokens_read, one.tokens_written), 4) if price else None,
        } for one in used]}, out)
        return 0
    for one in used:
        cost = f"  {price.of(one.tokens_read, one.tokens_written):.2f}" if price else ""
        failed = f", {one.failed} failed" if one.failed else ""
        print(f"{one.day}  {one.calls} calls{failed}, {one.tokens_read:,} tokens read, {one.tokens_written:,} written{cost}  {one.subject}", file=out)
    if not used:
        print(f"No pre-labels were asked of a language model in {days} days.", file=out)
    return 0
