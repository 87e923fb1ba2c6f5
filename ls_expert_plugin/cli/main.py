"""The entry point ``ls-expert``: puts the commands together and runs one. Errors are one line on stderr and exit code 1;
a file with several mistakes has a line for each.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from ls_expert_plugin import __version__
from ls_expert_plugin.cli.knowledge_test import items
from ls_expert_plugin.cli.people import erase_person, export_person, impact_report, reassess, recheck, reviews
from ls_expert_plugin.cli.prelabels import evaluate, prelabel, prelabel_report, prelabel_usage, prelabel_version
from ls_expert_plugin.cli.routing import apply, audit, explain, export_routing, reconcile, resync
from ls_expert_plugin.cli.run import label_studio, migrate, ml_backend, serve, worker
from ls_expert_plugin.cli.setup import connect, demo, doctor, domains, encryption, roles
from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.private_files import set_umask

# In the order of the help.
COMMANDS = (
    label_studio, serve, ml_backend, worker, migrate, demo, connect, roles, reassess, impact_report, items, prelabel_version, prelabel, evaluate,
    prelabel_report, prelabel_usage, audit, domains, apply, export_routing, explain, export_person, erase_person, encryption, reconcile, resync,
    reviews, recheck, doctor,
)
CHATTY_LOGGERS = ("httpx", "httpx2", "alembic", "numexpr")


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


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line. ``args.run`` is the command; ``writes_for_others``: its files are not for this user alone."""
    made = argparse.ArgumentParser(
        prog="ls-expert", description="Verified experts for Label Studio.",
        epilog="Settings come from the environment; docs/configuration.md lists them.",
    )
    made.add_argument("--version", action="version", version=f"ls-expert {__version__}")
    made.set_defaults(writes_for_others=False)
    subparsers = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(subparsers)
    return made


if __name__ == "__main__":
    sys.exit(main())
