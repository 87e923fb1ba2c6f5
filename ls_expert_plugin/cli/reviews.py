"""``ls-expert reviews``, ``recheck``, ``reassess`` and ``domains policy``: what the review's pages show, for a terminal."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path
from typing import TextIO

from ls_expert_plugin.bootstrap import assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.errors import Conflict, NotFound
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.vetting.assessment.rescore import Reassessed, reassess
from ls_expert_plugin.vetting.review import overrides, queue, recheck_job
from ls_expert_plugin.vetting.review.policy_text import in_words
from ls_expert_plugin.vetting.review.recheck import Expire, Remind, Settle
from ls_expert_plugin.vetting.values import Person
from ls_expert_plugin.worker.queue import make_queue


def list_reviews(settings: Settings, out: TextIO) -> int:
    """Print who waits for a review, the longest waiting first, and whose verification is looked at again."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts, parts.store.read() as unit:
        for waiting in queue.waiting_reviews(unit):
            where = f"{settings.public_url}/admin/review/{waiting.verification.id}"
            print(f"{_named(waiting.person)}, {waiting.verification.domain}: waits since {_day(waiting.since_utc)}; {where}", file=out)
        for due in recheck_job.due_rechecks(unit):
            where, until = f"{settings.public_url}/admin/review/{due.verification.id}", _day(due.reminder.until_utc)
            print(f"{_named(due.person)}, {due.verification.domain}: expires on {until} unless renewed; {due.reminder.text} {where}", file=out)
    return 0


def list_overrides(settings: Settings, out: TextIO) -> int:
    """Print how often reviewers verified or renewed against a domain's policy, and against what."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts, parts.store.read() as unit:
        found = overrides.count(unit.reviews.verdicts_by_domain())
    for one in found:
        print(f"{one.domain}: {one.against} of {one.decisions} verdicts that verified or renewed went against the policy", file=out)
        for title, count in one.conditions:
            print(f"  {count:>4}  {title}", file=out)
    if not found:
        print("Nobody has verified or renewed anybody yet.", file=out)
    return 0


def recheck_now(settings: Settings, out: TextIO, *, dry_run: bool) -> int:
    """Look again at whoever is verified, and print each step."""
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        if not dry_run:
            parts.routing.require_current()
        done = recheck_job.recheck_all(parts.store, parts.packs, parts.clock(), dry_run=dry_run)
        told = True if dry_run or not done else parts.routing.catch_up()
    for one in done:
        print(f"{_named(one.person)}, {one.domain}: {_words(one.step)}", file=out)
    if not done:
        print("Nothing to do.", file=out)
    elif dry_run:
        print("Dry run: nothing was changed.", file=out)
    elif not told:
        print("Label Studio did not answer; it will be told as soon as it does.", file=out)
    return 0


def reassess_now(settings: Settings, out: TextIO, *, domain: str | None, verification_id: int | None, dry_run: bool) -> int:
    """Score old interviews again by the present rubric, and print what is another level now. 1 when one could not be scored.

    Raises ``NotFound`` (no such domain), ``Conflict`` (no language model).
    """
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        if parts.interview_model is None:
            raise Conflict("No language model is configured, and without one there are no levels. See OPENAI_BASE_URL in docs/configuration.md.")
        if domain is not None and domain not in parts.packs:
            raise NotFound(f"There is no domain {domain!r}. There are: {', '.join(parts.packs)}.")
        number = failed = 0
        for number, one in enumerate(reassess(
            parts.store, parts.packs, parts.interview_model, parts.clock, domain=domain, verification_id=verification_id, dry_run=dry_run
        ), start=1):
            failed += bool(one.problem)
            pack = parts.packs[one.verification.domain]
            versions = f"rubric {one.before.pack_version} → {pack.version}"
            print(f"{number}. {_named(one.person)}, {one.verification.domain}, {versions}: {_outcome(one)}", file=out, flush=True)
            for change in one.changes:
                print(f"     {change.competency}: {_level(change.was)} → {_level(change.now)}", file=out)
    if not number:
        print("Nothing to do: every interview has been read by the present versions.", file=out)
    elif dry_run:
        print("Dry run: no model was asked, and nothing was changed.", file=out)
    return 1 if failed else 0


def print_policies(domains_dir: Path | None, name: str | None, out: TextIO) -> int:
    """Print policies in words. Raises ``NotFound`` for a domain that is not there."""
    packs = load_packs(domains_dir)
    if name is not None and name not in packs:
        raise NotFound(f"There is no domain {name!r}. There are: {', '.join(packs)}.")
    for pack in packs.values():
        if name in (None, pack.id):
            print(f"{pack.title} ({pack.id}, version {pack.version})", *(f"  {one}" for one in in_words(pack)), sep="\n", file=out)
    return 0


def _words(step: Remind | Settle | Expire) -> str:
    if isinstance(step, Remind):
        return f"reminded, until {_day(step.until_utc)}: {step.reason.text}"
    if isinstance(step, Settle):
        return f"settled: {step.reminder.text}"
    return f"expired: {step.text}"


def _outcome(one: Reassessed) -> str:
    if one.problem:
        return one.problem
    if one.after is None:
        return "would be read again"
    return f"{len(one.changes)} of {len(one.after.scores)} levels are others now" if one.changes else "the same levels"


def _level(level: int | str | None) -> str:
    return "not scored" if level == "none" else str(level or "too little to go by")


def _named(person: Person) -> str:
    return f"{person.name} <{person.email}>" if person.name else person.email


def _day(moment: dt.datetime) -> str:
    return moment.astimezone(dt.timezone.utc).date().isoformat()
