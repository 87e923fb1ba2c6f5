"""``ls-expert``: a file for each command, and what it needs in Label Studio's environment, where the service's libraries are not installed."""

from __future__ import annotations

import argparse
import subprocess
import sys

from ls_expert_plugin.cli.main import COMMANDS, parser

# What Label Studio 1.23.2's environment has none of.
SERVICE_ALONE = ("sqlalchemy", "alembic", "flask", "celery", "anyascii", "rapidfuzz", "sklearn", "catsim", "openai", "pydantic_settings")


def test_the_command_and_the_start_of_label_studio_need_nothing_of_the_services() -> None:
    """Importing them touches no library that Label Studio's environment lacks."""
    asked = (
        f"import sys; sys.modules.update(dict.fromkeys({SERVICE_ALONE!r}))\n"
        "import ls_expert_plugin.cli.main, ls_expert_plugin.servers, ls_expert_plugin.handshake, ls_expert_plugin.agreement.ab_metrics\n"
        "assert 'doctor' in ls_expert_plugin.cli.main.parser().format_help()"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_each_command_has_a_file_of_its_name_in_a_folder_that_says_what_it_is_for() -> None:
    """In the order of the help; each brings its own parser, and says what runs it."""
    (subparsers,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    places = [module.__name__.removeprefix("ls_expert_plugin.cli.").split(".") for module in COMMANDS]
    assert [name.replace("_", "-") for _, name in places] == list(subparsers.choices)
    assert {folder for folder, _ in places} == {"run", "setup", "routing", "people", "prelabels", "knowledge_test"}
    assert parser().parse_args(["roles", "list"]).run.__module__ == "ls_expert_plugin.cli.setup.roles"
    assert parser().parse_args(["domains", "lint"]).writes_for_others and not parser().parse_args(["migrate"]).writes_for_others
