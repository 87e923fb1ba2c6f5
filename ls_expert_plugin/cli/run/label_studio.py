"""``ls-expert label-studio``: Label Studio with our extension. Whatever follows belongs to Label Studio's own command line, options included."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers

NAME = "label-studio"


def add_parser(commands: Subparsers) -> None:
    """Its line in the help; its arguments are never parsed here."""
    commands.add_parser(NAME, help="start Label Studio with our extension; takes label-studio's own options")


def pass_on(arguments: Sequence[str]) -> int:
    """Replace this process by Label Studio's command, with these arguments."""
    from ls_expert_plugin.servers import run_label_studio

    run_label_studio(arguments)
    return 0
