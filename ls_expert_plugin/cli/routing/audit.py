"""``ls-expert audit``: what enforcement would have refused whom, as counted in audit mode. Text for a terminal."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from typing import TYPE_CHECKING, Any, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_json
from ls_expert_plugin.cli.session import extension
from ls_expert_plugin.cli.terminal import print_json
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.ls_client.values import Counted

JSON = """{
  "enforcement": "audit",
  "refusals": [
    {"ls_user_id": 7, "email": "ada@example.org", "method": "GET", "endpoint": "projects:api:project-detail", "reason": "object", "count": 3,
     "last_at_utc": "2026-11-30T16:40:00+00:00"}
  ]
}"""
_REASONS = {"address": "not for experts", "object": "not theirs"}


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "audit", "show what enforcement would have refused", "As counted where Label Studio runs with LS_EXPERT_ENFORCEMENT=audit.",
        examples=("ls-expert audit", "ls-expert audit --json"),
    )
    add_json(parser, JSON)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return show_audit(load(secrets_needed=("LS_EXPERT_SHARED_SECRET",)), sys.stdout, as_json=args.json)


def show_audit(settings: Settings, out: TextIO, *, as_json: bool = False) -> int:
    """What enforcement would have refused, by person and address, the most frequent first."""
    with closing(extension(settings)) as client:
        is_audit = client.status()["enforcement"] == "audit"
        counted = list(client.audit())
    if as_json:
        print_json({"enforcement": "audit" if is_audit else "enforce", "refusals": [_as_json(one) for one in counted]}, out)
        return 0
    print(
        "Audit mode: nothing is refused." if is_audit else "Enforcement is on. Nothing is counted; what follows was counted in audit mode.",
        file=out,
    )
    print(summary(counted), end="", file=out)
    return 0


def _as_json(one: Counted) -> dict[str, Any]:
    return {
        "ls_user_id": one.ls_user_id, "email": one.email, "method": one.method, "endpoint": one.url_name, "reason": one.reason, "count": one.count,
        "last_at_utc": one.last_at_utc,
    }


def summary(counted: Iterable[Counted]) -> str:
    """The report's lines, whoever would be refused most first. Pure."""
    people: dict[tuple[int, str], list[Counted]] = defaultdict(list)
    for one in counted:
        people[one.ls_user_id, one.email or "somebody who is gone"].append(one)
    if not people:
        return "Nothing would have been refused so far.\n"
    lines = []
    for (ls_user_id, email), theirs in sorted(people.items(), key=lambda entry: (-_total(entry[1]), entry[0])):
        lines += ["", f"{email} (user {ls_user_id}): would have been refused {_times(_total(theirs))}"]
        for one in sorted(theirs, key=lambda one: (-one.count, one.url_name, one.method)):
            last = f"{one.last_at_utc:%Y-%m-%d %H:%M} UTC"
            lines.append(f"  {one.count:>6}  {one.method:<7} {one.url_name}  ({_REASONS.get(one.reason, one.reason)}; last {last})")
    return "\n".join(lines) + "\n"


def _total(counted: Iterable[Counted]) -> int:
    return sum(one.count for one in counted)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
