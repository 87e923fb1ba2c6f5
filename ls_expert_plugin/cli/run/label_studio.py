"""``ls-expert label-studio``: Label Studio with our extension. Whatever follows belongs to Label Studio's own command line, options included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ls_expert_plugin.cli.command_parser import add_command

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers

NAME = "label-studio"


def add_parser(commands: Subparsers) -> None:
    """Its line in the help; its arguments are never parsed here."""
    add_command(
        commands, NAME, "start Label Studio with our extension", "Takes label-studio's own command and options; `ls-expert label-studio --help` shows those.",
        examples=("ls-expert label-studio start --port 8080 --data-dir /srv/label-studio",),
    )


def pass_on(arguments: Sequence[str]) -> int:
    """Replace this process by Label Studio's command, with these arguments."""
    from ls_expert_plugin.cli.run.servers import run_label_studio

    run_label_studio(arguments)
    return 0
