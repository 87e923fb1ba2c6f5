"""The page docs/cli.md, generated from the parsers of the commands: ``make docs``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ls_expert_plugin.cli.command_parser import EXIT_CODES, CommandParser, exit_codes_of, inner_commands
from ls_expert_plugin.cli.main import GROUPS, parser


def as_markdown() -> str:
    """The page, as it is to be in the repository. Nothing in it depends on the version of Python. Pure."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    commands = parser().commands
    yield from (
        "# Command line", "",
        "`ls-expert` starts the processes, and does what an operator does. Settings come from the environment ([configuration](configuration.md)).",
        "The page is generated: `make docs`.", "",
    )
    names = iter(commands)
    grouped = [(title, [name for _, name in zip(modules, names, strict=False)]) for title, modules in GROUPS]
    for title, theirs in grouped:
        yield f"- {title}: " + " · ".join(f"[`{name}`](#{name})" for name in theirs)
    yield from ("", "## Exit codes", "", "| code | meaning |", "|---|---|")
    yield from (f"| {code} | {meaning} |" for code, meaning in sorted({**EXIT_CODES, 3: "nothing was done, or the answer is no"}.items()))
    yield from (
        "", "A command's own meanings stand with it. Errors are sentences on stderr; results are on stdout.", "",
        "## JSON", "",
        "`--json` prints one document on stdout, as in the examples below. Names and kinds of fields stay as they are; new fields may come. Moments are",
        "ISO 8601 in UTC. An empty list means that there is nothing; in text a sentence says so.", "",
    )
    for title, theirs in grouped:
        yield from (f"## {title}", "")
        for name in theirs:
            yield from _command(commands[name], f"ls-expert {name}", 3)


def _command(command: CommandParser, name: str, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} {name.removeprefix('ls-expert ')}", "", " ".join((command.description or "").split()), "")
    if within := inner_commands(command):
        for sub, inner in within.items():
            yield from _command(inner, f"{name} {sub}", level + 1)
        return
    arguments = [action for action in command._actions if not isinstance(action, argparse._HelpAction)]
    if arguments:
        yield from ("| argument | what it is |", "|---|---|", *map(_argument, arguments), "")
    yield from ("```sh", *command.examples, "```", "")
    if command.exit_codes:
        own = (f"{code}: {meaning}" for code, meaning in exit_codes_of(command).items() if code in command.exit_codes)
        yield from (f"Exit codes: {'; '.join(own)}.", "")
    if command.json_shape:
        yield from ("```json", command.json_shape, "```", "")


def _argument(action: argparse.Action) -> str:
    value = action.metavar or ("" if action.nargs == 0 else action.dest.upper())
    name = " ".join(filter(None, [", ".join(action.option_strings), str(value)]))
    said = (action.help or "").replace("%(default)s", str(action.default)).replace("|", "\\|")
    return f"| `{name}` | {said}{' (required)' if action.option_strings and action.required else ''} |"


if __name__ == "__main__":
    print(as_markdown(), end="")
