"""``ls-expert explain``: why somebody may work on a project, or may not, rule by rule. Text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TextIO

from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.routing.access_report import AccessReport, moment, verdict_on
from ls_expert_plugin.routing.lookup import Subject, find_subject
from ls_expert_plugin.storage.migrate import require_migrated
from ls_expert_plugin.worker.queue import make_queue

HAS_ACCESS, HAS_NONE = 0, 3


def explain(settings: Settings, user: str, project: str, out: TextIO) -> int:
    """Print each rule. ``user``: address or Label Studio's id; ``project``: id or title. Exit code 0 with access, 3 without.

    Raises ``NotFound``.
    """
    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        return _explain(parts, user, project, out)


def _explain(parts: Components, user: str, project: str, out: TextIO) -> int:
    with parts.store.read() as unit:
        enquiry = find_subject(unit, user, project, parts.clock())
    verdict = verdict_on(enquiry, parts.routing.explain, parts.packs)
    print("\n".join(lines(enquiry, verdict)), file=out)
    return HAS_ACCESS if verdict.has_access else HAS_NONE


def lines(enquiry: Subject, verdict: AccessReport) -> Iterator[str]:
    """The answer, line by line. Pure."""
    person, project = enquiry.person, enquiry.project
    name = f"{person.name} <{person.email}>" if person.name else person.email
    yield f"{name} (user {person.ls_user_id}), project {project.ls_project_id} “{' '.join(project.title.split())}”"
    for one in verdict.rulings:
        until = f", until {moment(one.valid_until_utc)}" if one.valid_until_utc else ""
        yield f"  {'yes' if one.met else 'NO ':<4} {one.needed}: {one.found[:1].lower()}{one.found[1:]}{until}"
    yield verdict.sentence
