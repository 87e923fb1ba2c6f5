"""``ls-expert reviews``: the review queue, for a terminal."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, TextIO

from ls_expert_plugin.cli.command_parser import add_command, add_json
from ls_expert_plugin.cli.session import components
from ls_expert_plugin.cli.terminal import day, named, print_json
from ls_expert_plugin.config import Settings, load

if TYPE_CHECKING:
    from ls_expert_plugin.cli.command_parser import Subparsers
    from ls_expert_plugin.vetting.values import Person, Verification

JSON = """{
  "waiting": [
    {"verification": 3, "domain": "medicine", "email": "ada@example.org", "name": "Ada Byron", "url": "https://experts.example.org/admin/review/3",
     "since_utc": "2026-11-30T16:40:00+00:00"}
  ],
  "due_for_re_review": [
    {"verification": 1, "domain": "law", "email": "bo@example.org", "name": "Bo Li", "url": "https://experts.example.org/admin/review/1",
     "until_utc": "2026-12-30T16:40:00+00:00", "why": "The licence expires."}
  ]
}"""


def add_parser(commands: Subparsers) -> None:
    """Add the command with its arguments."""
    parser = add_command(
        commands, "reviews", "list candidates waiting for review, and verifications due for re-review", "The longest waiting first, with the address of each "
        "dossier.", examples=("ls-expert reviews", "ls-expert reviews --json", "ls-expert reviews --overrides"),
    )
    parser.add_argument("--overrides", action="store_true", help="list instead how often reviewers went against a policy, and against what")
    add_json(parser, JSON)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List reviews, or with ``--overrides`` what went against a policy."""
    return (list_overrides if args.overrides else list_reviews)(load(), sys.stdout, as_json=args.json)


def list_reviews(settings: Settings, out: TextIO, *, as_json: bool = False) -> int:
    """Print who is in review, the longest waiting first, and whose verification is due for re-review."""
    from ls_expert_plugin.vetting.lifecycle.status_catalogue import label
    from ls_expert_plugin.vetting.review.queue import waiting as queue
    from ls_expert_plugin.vetting.review.recheck import job as recheck_job

    with components(settings) as parts, parts.store.read() as unit:
        candidates, rechecks = queue.waiting_reviews(unit), recheck_job.due_rechecks(unit)
        if as_json:
            print_json({
                "waiting": [_entry(settings, one.person, one.verification) | {"since_utc": one.since_utc} for one in candidates],
                "due_for_re_review": [
                    _entry(settings, one.person, one.verification) | {"until_utc": one.reminder.until_utc, "why": one.reminder.text} for one in rechecks
                ],
            }, out)
            return 0
        for waiting in candidates:
            where = f"{settings.public_url}/admin/review/{waiting.verification.id}"
            print(f"{named(waiting.person)}, {waiting.verification.domain}: {label('in_review')} since {day(waiting.since_utc)}; {where}", file=out)
        if not candidates:
            print("No candidates waiting.", file=out)
        for due in rechecks:
            where, until = f"{settings.public_url}/admin/review/{due.verification.id}", day(due.reminder.until_utc)
            print(f"{named(due.person)}, {due.verification.domain}: expires on {until} unless renewed; {due.reminder.text} {where}", file=out)
    return 0


def _entry(settings: Settings, person: Person, verification: Verification) -> dict[str, Any]:
    return {
        "verification": verification.id, "domain": verification.domain, "email": person.email, "name": person.name,
        "url": f"{settings.public_url}/admin/review/{verification.id}",
    }


def list_overrides(settings: Settings, out: TextIO, *, as_json: bool = False) -> int:
    """Print how often reviewers verified or renewed against a domain's policy, and against what."""
    from ls_expert_plugin.vetting.review.policy import overrides

    with components(settings) as parts, parts.store.read() as unit:
        found = overrides.count(unit.reviews.verdicts_by_domain())
    if as_json:
        print_json({"overrides": [{
            "domain": one.domain, "decisions": one.decisions, "against_policy": one.against,
            "conditions": [{"title": title, "count": count} for title, count in one.conditions],
        } for one in found]}, out)
        return 0
    for one in found:
        print(f"{one.domain}: {one.against} of {one.decisions} verdicts that verified, opened more or renewed went against the policy", file=out)
        for title, count in one.conditions:
            print(f"  {count:>4}  {title}", file=out)
    if not found:
        print("Nobody has verified or renewed anybody yet.", file=out)
    return 0
