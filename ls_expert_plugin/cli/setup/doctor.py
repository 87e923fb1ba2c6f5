"""``ls-expert doctor``: what is right with an existing Label Studio and our side, and what to change, line by line.

Every check of ``doctor_checks/`` runs whatever the others found; each failed one says what to do. Nothing is changed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TextIO

from ls_expert_plugin.cli.setup.doctor_checks.finding import Finding
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import LabelStudioError

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = commands.add_parser("doctor", help="look at an existing Label Studio and say what is right and what to change")
    parser.add_argument("--url", help="Label Studio's address (default: LS_EXPERT_LABEL_STUDIO_URL)")
    parser.add_argument("--token", help="a manager's token (default: LS_EXPERT_LABEL_STUDIO_TOKEN)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Examine what the settings name, or the arguments instead of them."""
    environ = dict(os.environ)
    if args.url:
        environ["LS_EXPERT_LABEL_STUDIO_URL"] = args.url
    if args.token:
        environ["LS_EXPERT_LABEL_STUDIO_TOKEN"] = args.token
    return examine(load(environ, secrets_needed=()), sys.stdout)


def examine(settings: Settings, out: TextIO) -> int:
    """Print the report; exit code 1 when something is to be changed."""
    from ls_expert_plugin.cli.setup.doctor_checks import connections, label_studio, language_models, outbox, processes, service
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.ls_client.sdk import SdkClient

    extension = ExtensionClient(settings.label_studio_url, settings.shared_secret)
    status: dict[str, Any] | None = None
    asked_utc = dt.datetime.now(dt.timezone.utc)
    if not settings.shared_secret:
        loaded = Finding("change", "extension: LS_EXPERT_SHARED_SECRET is not set. Set the same one here and where Label Studio runs.")
    else:
        try:
            status = extension.status()
            loaded = Finding("ok", f"the extension is loaded, version {status['plugin_version']}")
        except LabelStudioError as problem:
            loaded = Finding("change", f"extension: {problem.message}")
    studio = SdkClient(settings.label_studio_url, settings.label_studio_token) if settings.label_studio_token else None
    checks: tuple[Callable[[], Iterable[Finding]], ...] = (
        lambda: label_studio.version(settings), lambda: [loaded], lambda: label_studio.enforcement(status), lambda: label_studio.token(studio),
        lambda: label_studio.addresses(settings, status), lambda: connections.webhooks(settings, studio), lambda: connections.ml_backend(settings, studio),
        lambda: label_studio.clock(status, asked_utc), lambda: service.database(settings), lambda: processes.processes(settings),
        lambda: outbox.outbox_findings(settings, status), lambda: service.projection(settings, extension if status else None),
        lambda: language_models.models(settings), lambda: service.pre_labels(settings, status), lambda: service.mail(settings),
    )
    mark = {"ok": "ok     ", "change": "CHANGE ", "note": "note   "}
    to_change = 0
    for check in checks:
        for finding in check():
            to_change += finding.state == "change"
            print(mark[finding.state] + finding.text, file=out)
    extension.close()
    if studio is not None:
        studio.close()
    print("Nothing to change." if not to_change else f"To change: {to_change}.", file=out)
    return 1 if to_change else 0
