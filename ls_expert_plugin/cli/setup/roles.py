"""``ls-expert roles``: who is a manager in Label Studio, and who an expert. Text for a terminal.

Straight to Label Studio's extension; the service hears of a changed role through the outbox.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.session import extension
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import NotFound

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its commands ``list`` and ``set``."""
    parser = commands.add_parser("roles", help="show or change who is a manager in Label Studio, and who an expert")
    subparsers = parser.add_subparsers(dest="roles_command", required=True, metavar="list|set")
    subparsers.add_parser("list", help="everybody with their role").set_defaults(run=_list)
    role_set = subparsers.add_parser("set", help="give somebody a role, from their next request on")
    role_set.add_argument("email", help="their address in Label Studio")
    role_set.add_argument("role", choices=("manager", "expert"))
    role_set.set_defaults(run=_set)


def _list(args: argparse.Namespace) -> int:
    return list_roles(_settings(), sys.stdout)


def _set(args: argparse.Namespace) -> int:
    return set_role(_settings(), args.email, args.role, sys.stdout)


def _settings() -> Settings:
    return load(secrets_needed=("LS_EXPERT_SHARED_SECRET",))


def list_roles(settings: Settings, out: TextIO) -> int:
    """A line for each member: role, address, name."""
    with closing(extension(settings)) as client:
        for member in client.members():
            print(f"{member.role:<8} {member.email}  {member.name}".rstrip(), file=out)
    return 0


def set_role(settings: Settings, email: str, role: str, out: TextIO) -> int:
    """Make the member with this address a manager or an expert. Raises ``NotFound`` and ``BadInput``."""
    with closing(extension(settings)) as client:
        member = next((one for one in client.members() if one.email.lower() == email.strip().lower()), None)
        if member is None:
            raise NotFound(f"Nobody in Label Studio has the address {email}. `ls-expert roles list` shows everybody.")
        client.set_role(member.ls_user_id, role)
    print(f"{member.email} is {role} now (was {member.role}); it counts from their next request.", file=out)
    return 0
