"""``ls-expert explain``: why somebody may work on a project, or may not, rule by rule. Text for a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import named
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers
    from ls_expert_plugin.routing.explanation.access_report import AccessReport
    from ls_expert_plugin.routing.explanation.lookup import Subject

HAS_ACCESS, HAS_NONE = 0, 3


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = commands.add_parser("explain", help="why somebody may work on a project or may not; exit code 3 when not")
    parser.add_argument("user", help="their address, or their number in Label Studio")
    parser.add_argument("project", help="its number or its title")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return explain(load(), args.user, args.project, sys.stdout)


def explain(settings: Settings, user: str, project: str, out: TextIO) -> int:
    """Print each rule. ``user``: address or Label Studio's id; ``project``: id or title. Exit code 0 with access, 3 without.

    Raises ``NotFound``.
    """
    from ls_expert_plugin.routing.explanation.access_report import verdict_on
    from ls_expert_plugin.routing.explanation.lookup import find_subject

    with components(settings) as parts:
        with parts.store.read() as unit:
            subject = find_subject(unit, user, project, parts.clock())
        verdict = verdict_on(subject, parts.routing.explain, parts.packs)
    print("\n".join(lines(subject, verdict)), file=out)
    return HAS_ACCESS if verdict.has_access else HAS_NONE


def lines(subject: Subject, verdict: AccessReport) -> Iterator[str]:
    """The answer, line by line. Pure."""
    from ls_expert_plugin.routing.explanation.access_report import moment

    person, project = subject.person, subject.project
    yield f"{named(person)} (user {person.ls_user_id}), project {project.ls_project_id} “{' '.join(project.title.split())}”"
    for ruling in verdict.rulings:
        until = f", until {moment(ruling.valid_until_utc)}" if ruling.valid_until_utc else ""
        yield f"  {'yes' if ruling.met else 'NO ':<4} {ruling.needed}: {ruling.found[:1].lower()}{ruling.found[1:]}{until}"
    yield verdict.sentence
