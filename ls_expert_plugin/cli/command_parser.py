"""Argument parsers of commands: each with a description, examples, its own exit codes and the shape of its JSON, for help and docs/cli.md alike."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

# Every command's; some have others, or say more about one of these.
EXIT_CODES: Mapping[int, str] = {0: "done", 1: "failed, with a sentence on stderr", 2: "wrong usage", 130: "stopped with Ctrl-C"}
WIDTH = 100


class CommandParser(argparse.ArgumentParser):
    """The parser of one command. ``summary``: its line in the list of commands; ``json_shape``: an example of what ``--json`` prints."""

    summary = ""
    examples: Sequence[str] = ()
    exit_codes: Mapping[int, str] = {}
    json_shape = ""


Subparsers: TypeAlias = "argparse._SubParsersAction[CommandParser]"


def add_command(
    commands: Subparsers, name: str, summary: str, description: str = "", *, examples: Sequence[str], exit_codes: Mapping[int, str] | None = None,
) -> CommandParser:
    """Add a command: what it does in a few words and in some sentences, at least one example, and exit codes beside those that all have."""
    parser = commands.add_parser(name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.summary, parser.examples, parser.exit_codes = summary, tuple(examples), exit_codes or {}
    parser.description = textwrap.fill(f"{summary[:1].upper()}{summary[1:]}. {description}".strip(), WIDTH, break_on_hyphens=False, break_long_words=False)
    parser.epilog = "\n".join(_epilog(parser))
    return parser


def add_subcommands(parser: CommandParser) -> Subparsers:
    """Commands within a command. Called without one of them, it prints its help."""
    def print_help(args: argparse.Namespace) -> int:
        parser.print_help()
        return 0

    parser.set_defaults(run=print_help)
    return parser.add_subparsers(metavar="COMMAND", title="commands")


def add_json(parser: CommandParser, shape: str) -> None:
    """Add ``--json``. ``shape``: an example of what it prints; names and kinds in it stay as they are from version to version."""
    parser.json_shape = shape
    parser.add_argument("--json", action="store_true", help="print JSON; docs/cli.md has its shape")


def inner_commands(parser: CommandParser) -> dict[str, CommandParser]:
    """The commands within a command, by name."""
    return next((action.choices for action in parser._actions if isinstance(action, argparse._SubParsersAction)), {})


def exit_codes_of(parser: CommandParser) -> Mapping[int, str]:
    """All exit codes of a command, by number."""
    return dict(sorted({**EXIT_CODES, **parser.exit_codes}.items()))


def _epilog(parser: CommandParser) -> Iterator[str]:
    yield from ("examples:", *(f"  {example}" for example in parser.examples), "", "exit codes:")
    yield from (f"  {code:<4} {meaning}" for code, meaning in exit_codes_of(parser).items())
