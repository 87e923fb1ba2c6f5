"""``ls-expert doctor``: checks an installation, and says what to do about whatever is not right. Nothing is changed. Text and JSON for a terminal."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_json
from ls_expert_plugin.cli.terminal import print_json
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.health_checks.check_result import CheckResult

JSON = """{
  "ok": 12, "warn": 0, "fail": 1,
  "results": [
    {"area": "connections", "status": "fail", "message": "2 of 9 projects send no webhook here (first: Wounds)", "cure": "Run `ls-expert connect`."}
  ]
}"""


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "doctor", "check your installation",
        "Says OK, WARN or FAIL for each check, with a cure below whatever is not OK. Changes nothing. A configured language model is asked a short question.",
        examples=("ls-expert doctor", "ls-expert doctor --json"), exit_codes={1: "at least one FAIL"},
    )
    parser.add_argument("--url", help="Label Studio's address (default: LS_EXPERT_LABEL_STUDIO_URL)")
    parser.add_argument("--token", help="a manager's token (default: LS_EXPERT_LABEL_STUDIO_TOKEN)")
    add_json(parser, JSON)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Examine what the settings name, or the arguments instead of them."""
    environ = dict(os.environ)
    if args.url:
        environ["LS_EXPERT_LABEL_STUDIO_URL"] = args.url
    if args.token:
        environ["LS_EXPERT_LABEL_STUDIO_TOKEN"] = args.token
    return examine(load(environ, secrets_needed=()), sys.stdout, as_json=args.json)


def examine(settings: Settings, out: TextIO, *, as_json: bool = False) -> int:
    """Print each result as it is found, then how many of each kind; exit code 1 when one is FAIL."""
    from ls_expert_plugin.health_checks.check_result import summary
    from ls_expert_plugin.health_checks.run import run_checks

    results = []
    for result in run_checks(settings):
        results.append(result)
        if not as_json:
            print(line(result), file=out, flush=True)
    counts = summary(results)
    if as_json:
        print_json({
            "ok": counts.ok, "warn": counts.warn, "fail": counts.fail,
            "results": [{"area": one.area, "status": one.status, "message": one.message, "cure": one.cure or None} for one in results],
        }, out)
    else:
        print(f"\n{counts}", file=out)
    return 1 if counts.fail else 0


def line(result: CheckResult) -> str:
    """A result as a line, with its cure on a line of its own below. Pure."""
    found = f"{result.status.upper():<5} {result.message}"
    return f"{found}\n      → {result.cure}" if result.cure else found
