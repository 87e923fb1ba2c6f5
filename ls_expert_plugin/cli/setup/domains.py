"""``ls-expert domains``: checking packs (``lint``), beginning one of one's own (``new``), and policies in words (``policy``)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_subcommands
from ls_expert_plugin.config import load
from ls_expert_plugin.errors import NotFound

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Its commands. Packs are for whoever the team gives them to, so their files are not private."""
    parser = add_command(commands, "domains", "check domain packs, or begin one of your own", examples=("ls-expert domains lint",))
    parser.set_defaults(writes_for_others=True)
    subcommands = add_subcommands(parser)
    linter = add_command(
        subcommands, "lint", "check domain packs", "Each mistake is a line with file, line and field.",
        examples=("ls-expert domains lint", "ls-expert domains lint packs/nursing.yaml"), exit_codes={1: "at least one mistake"},
    )
    linter.add_argument(
        "path", nargs="?", type=Path, metavar="PATH",
        help="a pack, or a directory of packs (default: the packs that come along and those in LS_EXPERT_DOMAINS_DIR)",
    )
    linter.set_defaults(run=_lint)
    beginning = add_command(
        subcommands, "new", "write a small pack with comments, to be changed into yours", examples=("ls-expert domains new nursing --to packs",),
    )
    beginning.add_argument("name", metavar="NAME", help="the pack's id: lower-case letters, digits and _")
    policy = add_command(
        subcommands, "policy", "print a domain's policy in words", "What has to be there before somebody is verified, and when that is checked again.",
        examples=("ls-expert domains policy", "ls-expert domains policy medicine"),
    )
    policy.add_argument("name", nargs="?", metavar="NAME", help="the pack's id (default: all)")
    policy.set_defaults(run=_policy)
    beginning.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="the directory to write it to; made if it is not there")
    beginning.set_defaults(run=_new)


def _lint(args: argparse.Namespace) -> int:
    from ls_expert_plugin.domains.validation.lint import packs_at

    return lint(packs_at(args.path, lambda: load(secrets_needed=()).domains_dir), sys.stdout)


def _new(args: argparse.Namespace) -> int:
    return new(args.name, args.to, sys.stdout)


def _policy(args: argparse.Namespace) -> int:
    return print_policies(load(secrets_needed=()).domains_dir, args.name, sys.stdout)


def lint(paths: Sequence[Path], out: TextIO) -> int:
    """Print every mistake and every warning in the packs at ``paths``. Returns 1 when there was a mistake, else 0."""
    from ls_expert_plugin.domains.validation.lint import lint as examine_all
    from ls_expert_plugin.reading.validation_errors import Problem

    found = examine_all(paths)
    for problem in found.mistakes:
        print(problem, file=out)
    for problem in found.weaknesses:
        print(Problem(problem.path, problem.line, problem.where, f"warning: {problem.says}"), file=out)
    if found.is_partial:
        print("Whether all of it fits together is checked once the fields are right.", file=out)
    print(f"{_count(found.packs, 'pack')}, {_count(len(found.mistakes), 'mistake')}, {_count(len(found.weaknesses), 'warning')}", file=out)
    return 1 if found.mistakes else 0


def new(name: str, folder: Path, out: TextIO) -> int:
    """Write the starter pack, and print what comes next. Raises ``BadInput`` where that cannot be, and when it is there already."""
    from ls_expert_plugin.domains.starter import write_starter

    path = write_starter(name, folder)
    print(f"{path.absolute()} is a small pack that works. Change it into yours, then check it:", file=out)
    print(f"  ls-expert domains lint {folder.absolute()}", file=out)
    print(f"To use it, set LS_EXPERT_DOMAINS_DIR={folder.absolute()} and start the service and the worker again.", file=out)
    return 0


def print_policies(domains_dir: Path | None, name: str | None, out: TextIO) -> int:
    """Print policies in words. Raises ``NotFound`` for a domain that is not there."""
    from ls_expert_plugin.domains.loader import load_packs
    from ls_expert_plugin.vetting.review.policy.policy_text import in_words

    packs = load_packs(domains_dir)
    if name is not None and name not in packs:
        raise NotFound(f"There is no domain {name!r}. There are: {', '.join(packs)}.")
    for pack in packs.values():
        if name in (None, pack.id):
            print(f"{pack.title} ({pack.id}, version {pack.version})", *(f"  {one}" for one in in_words(pack)), sep="\n", file=out)
    return 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
