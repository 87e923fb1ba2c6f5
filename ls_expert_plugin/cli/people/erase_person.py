"""``ls-expert erase-person``: delete a person's data, after saying what that is."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.command_parser import add_command
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import BadInput, NotFound

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers

_WORDS = {
    "turn": "questions and answers of interviews", "evidence": "passages found in them", "score": "levels", "raised_flag": "red flags",
    "turn_seen": "notes on how answers came", "similar_turn": "notes on answers alike", "suggestion": "suggestions", "claim": "entries of the profile",
    "claim_event": "lines of their ledger", "sitting": "knowledge tests", "sitting_answer": "answers in knowledge tests", "invitation": "invitations",
    "requirement_event_invited": "places on former lists of projects",
    "voluntary_answer": "voluntary answers", "add_on": "answers to projects' own questions",
    "resume": "résumé", "notification": "notes on e-mails", "portal_session": "sign-ins to the portal",
    "review_assignment": "reviews that a reviewer has taken", "private_note": "reviewers' private notes", "dossier_look": "when reviewers looked",
}


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "erase-person", "delete a person's data, and their name in Label Studio", "Shows first what goes, and asks. Cannot be undone.",
        examples=("ls-expert erase-person ada@example.org", "ls-expert erase-person 7 --yes"), exit_codes={3: "nothing was deleted, because you said no"},
    )
    parser.add_argument("user", help="their address, or their number in Label Studio")
    parser.add_argument("--yes", action="store_true", help="skip confirmation")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Erase after asking; returns the exit code."""
    return erase_person(load(), args.user, is_sure=args.yes, out=sys.stdout)


def erase_person(settings: Settings, user: str, *, is_sure: bool, out: TextIO) -> int:
    """Print what would go and what would stay, and ask; with ``is_sure``, do it without asking.

    Exit code 3 when nothing was done. Raises ``NotFound`` and ``BadInput``.
    """
    from ls_expert_plugin.storage.repositories.people.personal_data import Personal
    from ls_expert_plugin.vetting.privacy import erasure

    with components(settings) as parts:
        with parts.store.read() as unit:
            found = Personal(unit.session).find(user)
            person = unit.people.get(found[0]) if found else None
            if person is None:
                raise NotFound(f"There is nobody {user!r}, or more than one. Give their address as it is in the portal, or their number in Label Studio.")
            erasure.check_may_be_erased(person)
            counts = unit.erasures.count(person.id, person.ls_user_id)
        print(f"{person.email}, user {person.ls_user_id} of Label Studio. This removes, and cannot be undone:", file=out)
        for table, count in counts.items():
            print(f"  {count:>6}  {_WORDS[table]}", file=out)
        print("Their consents and verifications end, and their projects close. Label Studio loses their name, address, picture and ways in.\n"
              "Their annotations stay, under a number; so does the record that they worked, consented and were verified, without words.", file=out)
        if not is_sure and not _says_yes(person.email, out):
            print("Nothing was done.", file=out)
            return 3
        asked = parts.store.run(lambda unit: erasure.ask(unit, person, erasure.COMMAND, parts.clock()))
        if erasure.carry_out(parts.store, parts.routing, parts.extension, asked, parts.clock):
            print("Erased.", file=out)
        else:
            print("Erased here. Label Studio does not answer; the worker closes their projects and takes their name away as soon as it does.", file=out)
    return 0


def _says_yes(email: str, out: TextIO) -> bool:
    if not sys.stdin.isatty():
        raise BadInput("Nobody is here to ask. Add --yes to erase without asking.")
    print(f"Write the address to go on ({email}): ", end="", flush=True, file=out)
    return sys.stdin.readline().strip() == email
