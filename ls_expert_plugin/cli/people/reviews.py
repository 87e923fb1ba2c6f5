"""``ls-expert reviews``: the review queue, for a terminal."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import day, named
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.terminal import Subparsers


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = commands.add_parser("reviews", help="list candidates waiting for review, and verifications due for re-review")
    parser.add_argument("--overrides", action="store_true", help="instead: how often reviewers went against a policy, and against what")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List reviews, or with ``--overrides`` what went against a policy."""
    return (list_overrides if args.overrides else list_reviews)(load(), sys.stdout)


def list_reviews(settings: Settings, out: TextIO) -> int:
    """Print who is in review, the longest waiting first, and whose verification is due for re-review."""
    from ls_expert_plugin.vetting.review.queue import waiting as queue
    from ls_expert_plugin.vetting.review.recheck import job as recheck_job
    from ls_expert_plugin.vetting.status_catalogue import label

    with components(settings) as parts, parts.store.read() as unit:
        candidates, rechecks = queue.waiting_reviews(unit), recheck_job.due_rechecks(unit)
        for waiting in candidates:
            where = f"{settings.public_url}/admin/review/{waiting.verification.id}"
            print(f"{named(waiting.person)}, {waiting.verification.domain}: {label('in_review')} since {day(waiting.since_utc)}; {where}", file=out)
        if not candidates:
            print("No candidates waiting.", file=out)
        for due in rechecks:
            where, until = f"{settings.public_url}/admin/review/{due.verification.id}", day(due.reminder.until_utc)
            print(f"{named(due.person)}, {due.verification.domain}: expires on {until} unless renewed; {due.reminder.text} {where}", file=out)
    return 0


def list_overrides(settings: Settings, out: TextIO) -> int:
    """Print how often reviewers verified or renewed against a domain's policy, and against what."""
    from ls_expert_plugin.vetting.review.policy import overrides

    with components(settings) as parts, parts.store.read() as unit:
        found = overrides.count(unit.reviews.verdicts_by_domain())
    for one in found:
        print(f"{one.domain}: {one.against} of {one.decisions} verdicts that verified, opened more or renewed went against the policy", file=out)
        for title, count in one.conditions:
            print(f"  {count:>4}  {title}", file=out)
    if not found:
        print("Nobody has verified or renewed anybody yet.", file=out)
    return 0
