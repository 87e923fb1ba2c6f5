"""``ls-expert roles``: who is a manager in Label Studio, and who an expert. Text for a terminal.

Straight to Label Studio's extension; the service hears of a changed role through the outbox.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_json, add_subcommands
from ls_expert_plugin.cli.session import extension
from ls_expert_plugin.cli.terminal import print_json
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import NotFound

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers

JSON = """[{"ls_user_id": 7, "email": "ada@example.org", "name": "Ada Byron", "role": "expert"}]"""


def add_parser(commands: Subparsers) -> None:
    """Add the command with its commands ``list`` and ``set``."""
    parser = add_command(commands, "roles", "show or change who is a manager in Label Studio, and who an expert", examples=("ls-expert roles list",))
    subcommands = add_subcommands(parser)
    listing = add_command(subcommands, "list", "show everybody with their role", examples=("ls-expert roles list", "ls-expert roles list --json"))
    add_json(listing, JSON)
    listing.set_defaults(run=_list)
    role_set = add_command(
        subcommands, "set", "give somebody a role", "It counts from their next request.", examples=("ls-expert roles set ada@example.org manager",),
    )
    role_set.add_argument("email", help="their address in Label Studio")
    role_set.add_argument("role", choices=("manager", "expert"), help="manager or expert")
    role_set.set_defaults(run=_set)


def _list(args: argparse.Namespace) -> int:
    return list_roles(_settings(), sys.stdout, as_json=args.json)


def _set(args: argparse.Namespace) -> int:
    return set_role(_settings(), args.email, args.role, sys.stdout)


def _settings() -> Settings:
    return load(secrets_needed=("LS_EXPERT_SHARED_SECRET",))


def list_roles(settings: Settings, out: TextIO, *, as_json: bool = False) -> int:
    """A line for each member: role, address, name."""
    with closing(extension(settings)) as client:
        members = list(client.members())
    if as_json:
        print_json([{"ls_user_id": member.ls_user_id, "email": member.email, "name": member.name, "role": member.role} for member in members], out)
        return 0
    for member in members:
        print(f"{member.role:<8} {member.email}  {member.name}".rstrip(), file=out)
    if not members:
        print("Label Studio has no members.", file=out)
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
