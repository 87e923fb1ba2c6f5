"""``ls-expert explain``: why somebody may work on a project, or may not, rule by rule. Text for a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_json
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import named, print_json
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.routing.explanation.access_report import AccessReport
    from ls_expert_plugin.routing.explanation.lookup import Subject

HAS_ACCESS, HAS_NONE = 0, 3
JSON = """{
  "person": {"ls_user_id": 7, "email": "ada@example.org", "name": "Ada Byron"},
  "project": {"ls_project_id": 12, "title": "Wound care"},
  "has_access": false, "sentence": "No access. What is missing: Verified in Medicine.",
  "rules": [{"rule": "Verified in Medicine", "met": false, "found": "In review", "valid_until_utc": null}]
}"""


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "explain", "show why somebody has access to a project, or has not", "Rule by rule.",
        examples=("ls-expert explain ada@example.org 12", 'ls-expert explain 7 "Wound care" --json'), exit_codes={0: "has access", 3: "has no access"},
    )
    parser.add_argument("user", help="their address, or their number in Label Studio")
    parser.add_argument("project", help="its number or its title")
    add_json(parser, JSON)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return explain(load(), args.user, args.project, sys.stdout, as_json=args.json)


def explain(settings: Settings, user: str, project: str, out: TextIO, *, as_json: bool = False) -> int:
    """Print each rule. ``user``: address or Label Studio's id; ``project``: id or title. Exit code 0 with access, 3 without.

    Raises ``NotFound``.
    """
    from ls_expert_plugin.routing.explanation.access_report import verdict_on
    from ls_expert_plugin.routing.explanation.lookup import find_subject

    with components(settings) as parts:
        with parts.store.read() as unit:
            subject = find_subject(unit, user, project, parts.clock())
        verdict = verdict_on(subject, parts.routing.explain, parts.packs)
    if as_json:
        print_json(_as_json(subject, verdict), out)
    else:
        print("\n".join(lines(subject, verdict)), file=out)
    return HAS_ACCESS if verdict.has_access else HAS_NONE


def _as_json(subject: Subject, verdict: AccessReport) -> dict[str, Any]:
    return {
        "person": {"ls_user_id": subject.person.ls_user_id, "email": subject.person.email, "name": subject.person.name},
        "project": {"ls_project_id": subject.project.ls_project_id, "title": subject.project.title},
        "has_access": verdict.has_access, "sentence": verdict.sentence,
        "rules": [{"rule": one.needed, "met": one.met, "found": one.found, "valid_until_utc": one.valid_until_utc} for one in verdict.rulings],
    }


def lines(subject: Subject, verdict: AccessReport) -> Iterator[str]:
    """The answer, line by line. Pure."""
    from ls_expert_plugin.routing.explanation.access_report import moment

    person, project = subject.person, subject.project
    yield f"{named(person)} (user {person.ls_user_id}), project {project.ls_project_id} “{' '.join(project.title.split())}”"
    for ruling in verdict.rulings:
        until = f", until {moment(ruling.valid_until_utc)}" if ruling.valid_until_utc else ""
        found = ruling.found if ruling.rule == "domain" else ruling.found[:1].lower() + ruling.found[1:]  # a status reads as everywhere
        yield f"  {'yes' if ruling.met else 'NO ':<4} {ruling.needed}: {found}{until}"
    yield verdict.sentence
