"""``ls-expert reassess``: old interviews scored again by the present rubric."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import named
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import Conflict, NotFound

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.vetting.assessment.rescore import Reassessed


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "reassess", "score old interviews again by the current rubric", "Changes nobody's status. Needs a language model, and asks it.",
        examples=("ls-expert reassess --domain medicine --dry-run", "ls-expert reassess --verification 3"),
        exit_codes={1: "at least one interview could not be scored"},
    )
    parser.add_argument("--domain", help="only this domain; default: all")
    parser.add_argument("--verification", type=int, help="only this one: the number in the address of its dossier")
    parser.add_argument("--dry-run", action="store_true", help="show which would be scored again, and ask no model")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Carry the command out; returns the exit code."""
    return reassess_now(load(), sys.stdout, domain=args.domain, verification_id=args.verification, dry_run=args.dry_run)


def reassess_now(settings: Settings, out: TextIO, *, domain: str | None, verification_id: int | None, dry_run: bool) -> int:
    """Score old interviews again by the present rubric, and print what is another level now. 1 when one could not be scored.

    Raises ``NotFound`` (no such domain), ``Conflict`` (no language model).
    """
    from ls_expert_plugin.vetting.assessment.rescore import reassess

    with components(settings) as parts:
        if parts.interview_model is None:
            raise Conflict("No language model is configured, and without one there are no levels. See OPENAI_BASE_URL in docs/configuration.md.")
        if domain is not None and domain not in parts.packs:
            raise NotFound(f"There is no domain {domain!r}. There are: {', '.join(parts.packs)}.")
        number = failed = 0
        for number, one in enumerate(reassess(
            parts.store, parts.packs, parts.interview_model, parts.clock, domain=domain, verification_id=verification_id, dry_run=dry_run
        ), start=1):
            failed += bool(one.problem)
            pack = parts.packs[one.verification.domain]
            versions = f"rubric {one.before.pack_version} → {pack.version}"
            print(f"{number}. {named(one.person)}, {one.verification.domain}, {versions}: {_outcome(one)}", file=out, flush=True)
            for change in one.changes:
                print(f"     {change.competency}: {_level(change.was)} → {_level(change.now)}", file=out)
    if not number:
        print("Nothing to do: every interview has been scored by the current rubric.", file=out)
    elif dry_run:
        print("Dry run: no model was asked, and nothing was changed.", file=out)
    return 1 if failed else 0


def _outcome(one: Reassessed) -> str:
    if one.problem:
        return one.problem
    if one.after is None:
        return "would be scored again"
    return f"{len(one.changes)} of {len(one.after.scores)} levels have changed" if one.changes else "the same levels"


def _level(level: int | str | None) -> str:
    return "not scored" if level == "none" else str(level or "too little to go by")
