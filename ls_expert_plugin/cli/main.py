"""The entry point ``ls-expert``: puts the commands together and runs one. Errors are one line on stderr and exit code 1;
several mistakes in a file, or in the settings, have a line each.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence

from ls_expert_plugin import __version__
from ls_expert_plugin.cli.command_parser import CommandParser
from ls_expert_plugin.cli.knowledge_test import items
from ls_expert_plugin.cli.people import erase_person, export_person, impact_report, reassess, recheck, reviews
from ls_expert_plugin.cli.prelabels import evaluate, prelabel, prelabel_report, prelabel_usage, prelabel_version
from ls_expert_plugin.cli.routing import apply, assign, audit, explain, export_routing, reconcile, resync, take_back
from ls_expert_plugin.cli.run import label_studio, migrate, ml_backend, serve, worker
from ls_expert_plugin.cli.setup import connect, demo, doctor, domains, encryption, roles
from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.storage.private_files import set_umask

# In the order of the help and of docs/cli.md.
GROUPS = (
    ("Run", (label_studio, serve, worker, ml_backend, migrate)),
    ("Set up", (doctor, connect, roles, domains, encryption, demo)),
    ("Routing", (apply, export_routing, explain, assign, take_back, reconcile, resync, audit)),
    ("People", (reviews, recheck, reassess, export_person, erase_person, impact_report)),
    ("Pre-labels", (prelabel, prelabel_version, evaluate, prelabel_report, prelabel_usage)),
    ("Knowledge tests", (items,)),
)
COMMANDS = tuple(command for _, commands in GROUPS for command in commands)
CHATTY_LOGGERS = ("httpx", "httpx2", "alembic", "numexpr")
EPILOG = """\
`ls-expert COMMAND --help` shows a command's options, examples and exit codes; docs/cli.md has them all.
Settings come from the environment; docs/configuration.md lists them.

exit codes: 0 done; 1 failed, or doctor found a FAIL; 2 wrong usage; 3 nothing was done, or the answer is no;
130 stopped with Ctrl-C"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)  # at INFO they log every request, and each plug-in
    try:
        if arguments[:1] == [label_studio.NAME]:
            return label_studio.pass_on(arguments[1:])
        args = parser().parse_args(arguments)
        if not args.writes_for_others:
            set_umask()
        return int(args.run(args))
    except ExpertError as problem:
        print(f"ls-expert: {problem.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


class _Parser(CommandParser):
    """Its help shows the commands in groups; without a command it prints it."""

    def __init__(self) -> None:
        super().__init__(prog="ls-expert", description="Verified experts for Label Studio.")
        self.add_argument("--version", action="version", version=f"ls-expert {__version__}", help="show the version and exit")
        self.set_defaults(writes_for_others=False, run=self._print_help)
        commands = self.add_subparsers(dest="command", metavar="COMMAND", parser_class=CommandParser)
        for command in COMMANDS:
            command.add_parser(commands)
        self.commands = commands.choices

    def format_help(self) -> str:
        """Usage, the commands by group, what else there is to know."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield from ("usage: ls-expert COMMAND [OPTIONS]", "", str(self.description))
        names = iter(self.commands)
        for title, commands in GROUPS:
            yield from ("", f"{title}:")
            yield from (f"  {name:<18}{self.commands[name].summary}" for _, name in zip(commands, names, strict=False))
        yield from ("", "options:", f"  {'-h, --help':<18}show this help and exit", f"  {'--version':<18}show the version and exit", "", EPILOG)

    def _print_help(self, args: argparse.Namespace) -> int:
        self.print_help()
        return 0


def parser() -> _Parser:
    """The parser of the whole command line. ``args.run`` is the command; ``writes_for_others``: its files are not for this user alone."""
    return _Parser()


if __name__ == "__main__":
    sys.exit(main())
