"""``ls-expert``: a file for each command, and what it needs in Label Studio's environment, where the service's libraries are not installed."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ls_expert_plugin.cli.command_parser import CommandParser, inner_commands
from ls_expert_plugin.cli.main import COMMANDS, GROUPS, main, parser
from ls_expert_plugin.cli.reference import as_markdown

ROOT = Path(__file__).resolve().parents[3]
# Words behind "ls-expert" in prose, and the command of an example in extending.md.
NO_COMMANDS = {"availability"}

# What Label Studio 1.23.2's environment has none of.
SERVICE_ALONE = ("sqlalchemy", "alembic", "flask", "celery", "anyascii", "rapidfuzz", "sklearn", "catsim", "openai", "pydantic_settings")


def test_the_command_and_the_start_of_label_studio_need_nothing_of_the_services() -> None:
    """Importing them touches no library that Label Studio's environment lacks."""
    asked = (
        f"import sys; sys.modules.update(dict.fromkeys({SERVICE_ALONE!r}))\n"
        "import ls_expert_plugin.cli.main, ls_expert_plugin.cli.run.servers, ls_expert_plugin.protocol.handshake, ls_expert_plugin.agreement.ab_metrics\n"
        "assert 'doctor' in ls_expert_plugin.cli.main.parser().format_help()"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_each_command_has_a_file_of_its_name_in_a_folder_that_says_what_it_is_for() -> None:
    """In the order of the help; each brings its own parser, and says what runs it."""
    places = [module.__name__.removeprefix("ls_expert_plugin.cli.").split(".") for module in COMMANDS]
    assert [name.replace("_", "-") for _, name in places] == list(parser().commands)
    assert {folder for folder, _ in places} == {"run", "setup", "routing", "people", "prelabels", "knowledge_test"}
    assert parser().parse_args(["roles", "list"]).run.__module__ == "ls_expert_plugin.cli.setup.roles"
    assert parser().parse_args(["domains", "lint"]).writes_for_others and not parser().parse_args(["migrate"]).writes_for_others


def _all(commands: dict[str, CommandParser], name: str = "ls-expert") -> Iterator[tuple[str, CommandParser]]:
    for word, command in commands.items():
        yield f"{name} {word}", command
        yield from _all(inner_commands(command), f"{name} {word}")


ALL = dict(_all(parser().commands))


def test_without_a_command_the_help_shows_all_in_groups(capsys: pytest.CaptureFixture[str]) -> None:
    """As with --help, and without an error; each group has its commands below it, each command a line."""
    assert main([]) == 0
    said = capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0 and capsys.readouterr().out == said
    lines = said.splitlines()
    for title, commands in GROUPS:
        at = lines.index(f"{title}:")
        names = [module.__name__.rpartition(".")[2].replace("_", "-") for module in commands]
        assert [line.split()[0] for line in lines[at + 1 : at + 1 + len(names)]] == names and lines[at + 1 + len(names)] == ""
    assert max(map(len, lines)) <= 110 and "exit codes: 0 done" in said
    assert main(["roles"]) == 0 and "ls-expert roles list" in capsys.readouterr().out


@pytest.mark.parametrize("name", ALL)
def test_every_command_says_what_it_does_with_an_example_that_can_be_typed(name: str) -> None:
    """Summary, description, exit codes and at least one example, whose arguments are the command's own."""
    command = ALL[name]
    said = command.format_help()
    assert command.summary and command.summary[0].islower() and not command.summary.endswith(".")
    assert command.description and f"examples:\n  {command.examples[0]}" in said and "exit codes:\n  0 " in said
    for example in command.examples:
        words = shlex.split(example.partition(" > ")[0])
        words = words[words.index("ls-expert") + 1 :]
        assert f"ls-expert {' '.join(words)}".startswith(name), example
        if words[0] != "label-studio":
            assert callable(parser().parse_args(words).run)
    json.loads(command.json_shape or "null")
    assert bool(command.json_shape) == ("--json" in said)


def test_the_documentation_is_the_commands() -> None:
    """docs/cli.md is what `make docs` writes: every command with its arguments, examples, exit codes and JSON."""
    written = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert written == as_markdown(), "run `make docs`"
    for name, command in ALL.items():
        assert all(f"\n{example}\n" in written for example in command.examples) or inner_commands(command), name
        assert command.json_shape in written


def test_what_lists_something_can_print_json() -> None:
    """For scripts and pages."""
    assert {name.removeprefix("ls-expert ") for name, command in ALL.items() if command.json_shape} >= {
        "doctor", "reviews", "explain", "prelabel-usage", "audit", "roles list",
    }


@pytest.mark.parametrize("page", ["README.md", *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")), "docker/README.md"])
def test_commands_in_the_documentation_are_there(page: str) -> None:
    """Each `ls-expert …` of a page can be typed: the command and its options are known."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for found in re.findall(r"ls-expert ([a-z][a-z-]*(?: [a-z-]+)*(?: --[a-z-]+)*)", text):
        command, options = _command_of(found.split())
        assert command is not None or found.split()[0] in NO_COMMANDS, f"{page}: ls-expert {found}"
        known = {option for action in command._actions for option in action.option_strings} if command else set()
        assert command is None or "label-studio" in found or set(options) <= known, f"{page}: ls-expert {found}"


def _command_of(words: list[str]) -> tuple[CommandParser | None, list[str]]:
    """The command that is named, in as far as it is one, and the options behind it."""
    command, commands = None, parser().commands
    for word in words:
        if word in commands:
            command = commands[word]
            commands = inner_commands(command)
    return command, [word for word in words if word.startswith("--")]
