"""Comparing Label Studio's projection with the truth, and correcting it.

Whoever edits the projection by hand, restores an old backup on either side or loses rows is corrected: the truth is the
service's. A row differs only if Label Studio had been told of it before it was read, and the truth has not changed since; so
what is on its way is never taken for drift. A correction gets a revision above the one found, and the usual push takes it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.routing.push import push
from ls_expert_plugin.routing.values import Membership, ProjectRules

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.storage.store import Store, Unit

logger = logging.getLogger(__name__)
Kind = Literal["missing", "extra", "stale"]
# The largest number that Label Studio's column takes. A row that somebody gave it cannot be outbid.
HIGHEST_REVISION = 2**63 - 1


@dataclass(frozen=True)
class Difference:
    """One row of the projection that is not as it should be. ``ls_user_id`` None: the rules of a project.

    ``missing``: told, and not there. ``extra``: access, or rules, that we never gave. ``stale``: an older revision or other
    values than ours. ``seen_revision`` is ours (0: we have none), ``their_revision`` Label Studio's.
    """

    kind: Kind
    ls_user_id: int | None
    ls_project_id: int
    detail: str
    seen_revision: int
    their_revision: int

    def __str__(self) -> str:
        whose = f"person {self.ls_user_id}, project {self.ls_project_id}" if self.ls_user_id is not None else f"rules of project {self.ls_project_id}"
        return f"{self.kind}: {whose}: {self.detail}"

    @property
    def can_be_outbid(self) -> bool:
        """Whether there is a revision above the one found."""
        return max(self.seen_revision, self.their_revision) < HIGHEST_REVISION


@dataclass(frozen=True)
class Drift:
    """What was found, and what became of it. ``told``: Label Studio has taken the corrections and all else that waited.

    ``compared``: how many rows of the projection were read.
    """

    differences: tuple[Difference, ...]
    corrected: tuple[Difference, ...]
    compared: int
    told: bool


def reconcile(store: Store, client: ExtensionClient, clock: Callable[[], dt.datetime], *, dry_run: bool = False) -> Drift:
    """Compare everything, correct what differs (not in a ``dry_run``), and push. Raises ``LabelStudioError``."""
    rules, rules_compared = _project_differences(store, client)
    rows, rows_compared = _membership_differences(store, client)
    found, corrected = [*rules, *rows], []
    if found and dry_run:
        with store.read() as unit:
            found = _unchanged(unit, found)
    elif found:
        with store.begin() as unit:
            unit.memberships.take_turn(alone=True)
            found = _unchanged(unit, found)
            corrected = [one for one in found if _correct(unit, one, clock())]
    for one in found:
        logger.warning("drift%s: %s", "" if dry_run else ", corrected" if one in corrected else ", NOT corrected", one)
    told = not dry_run and push(store, client)
    return Drift(tuple(found), tuple(corrected), rules_compared + rows_compared, told)


def membership_difference(truth: Membership | None, told_revision: int, theirs: Membership) -> Difference | None:
    """What is wrong with a row of the projection, if anything. Pure. Rows that wait to be pushed are not wrong."""
    who, where = theirs.ls_user_id, theirs.ls_project_id
    if truth is None:
        if not theirs.active:
            return Difference("extra", who, where, "an ended membership that we never gave", 0, theirs.revision)
        return Difference("extra", who, where, "active, and we never gave it", 0, theirs.revision)
    if told_revision < truth.revision and theirs.revision < truth.revision:
        return None
    if theirs.active and not truth.active:
        return Difference("extra", who, where, "active, and it has ended here", truth.revision, theirs.revision)
    if replace(theirs, revision=truth.revision) != truth:
        return Difference("stale", who, where, f"other {_differing(truth, theirs)}", truth.revision, theirs.revision)
    if theirs.revision != truth.revision:
        return Difference("stale", who, where, f"revision {theirs.revision} instead of {truth.revision}", truth.revision, theirs.revision)
    return None


def rules_difference(truth: ProjectRules | None, told_revision: int, theirs: ProjectRules) -> Difference | None:
    """The same for the rules of a project."""
    where = theirs.ls_project_id
    if truth is None:
        return Difference("extra", None, where, "never set here", 0, theirs.revision)
    if told_revision < truth.revision and theirs.revision < truth.revision:
        return None
    if theirs.rules != truth.rules:
        return Difference("stale", None, where, "other rules", truth.revision, theirs.revision)
    if theirs.revision != truth.revision:
        return Difference("stale", None, where, f"revision {theirs.revision} instead of {truth.revision}", truth.revision, theirs.revision)
    return None


def _membership_differences(store: Store, client: ExtensionClient) -> tuple[list[Difference], int]:
    with store.read() as unit:
        missing = unit.memberships.told_pairs()
    found: list[Difference] = []
    after = compared = 0
    while True:
        rows, following = client.memberships(after)
        if not rows:
            break
        truth = _truth(store, rows)
        if _differences(truth, rows):
            # Perhaps only what changed since the page was read: with the truth read first, what differs does differ.
            rows, following = client.memberships(after)
            truth = {**_truth(store, rows), **truth}
            found += _differences(truth, rows)
        missing -= {(one.ls_user_id, one.ls_project_id) for one in rows}
        after, compared = following, compared + len(rows)
    if missing:
        with store.read() as unit:
            gone = unit.memberships.told(missing)
        found += [
            Difference("missing", who, where, "told, and not there", truth.revision, 0) for (who, where), (truth, told) in sorted(gone.items()) if told
        ]
    return found, compared


_Truth = dict[tuple[int, int], tuple[Membership, int]]


def _truth(store: Store, rows: Iterable[Membership]) -> _Truth:
    with store.read() as unit:
        return unit.memberships.told([(one.ls_user_id, one.ls_project_id) for one in rows])


def _differences(truth: _Truth, rows: Iterable[Membership]) -> list[Difference]:
    held = ((truth.get((theirs.ls_user_id, theirs.ls_project_id)), theirs) for theirs in rows)
    found = (membership_difference(ours[0] if ours else None, ours[1] if ours else 0, theirs) for ours, theirs in held)
    return [one for one in found if one is not None]


def _project_differences(store: Store, client: ExtensionClient) -> tuple[list[Difference], int]:
    with store.read() as unit:
        truth = {rules.ls_project_id: (rules, told) for rules, told in unit.projects.all_rules()}
    theirs: dict[int, ProjectRules] = {}
    after = 0
    while True:
        rows, after = client.projects(after)
        if not rows:
            break
        theirs |= {one.ls_project_id: one for one in rows}
    found = []
    for where, there in theirs.items():
        ours, told = truth.get(where, (None, 0))
        if (one := rules_difference(ours, told, there)) is not None:
            found.append(one)
    found += [
        Difference("missing", None, where, "told, and not there", ours.revision, 0)
        for where, (ours, told) in truth.items() if told and where not in theirs
    ]
    return found, len(theirs)


def _unchanged(unit: Unit, found: Sequence[Difference]) -> list[Difference]:
    """Those whose truth is still what it was compared with; what has changed since is on its way by itself."""
    pairs = [(one.ls_user_id, one.ls_project_id) for one in found if one.ls_user_id is not None]
    memberships = {pair: ours.revision for pair, (ours, _) in unit.memberships.told(pairs).items()}
    rules = {ours.ls_project_id: ours.revision for ours, _ in unit.projects.all_rules()}
    return [
        one for one in found
        if one.seen_revision == (
            rules.get(one.ls_project_id, 0) if one.ls_user_id is None else memberships.get((one.ls_user_id, one.ls_project_id), 0)
        )
    ]


def _correct(unit: Unit, one: Difference, now: dt.datetime) -> bool:
    if not one.can_be_outbid:
        return False
    revision = max(one.seen_revision, one.their_revision) + 1
    if one.ls_user_id is None:
        return unit.projects.outbid(one.ls_project_id, one.seen_revision, revision, now)
    return unit.memberships.outbid(one.ls_user_id, one.ls_project_id, one.seen_revision, revision, now)


def _differing(ours: Membership, theirs: Membership) -> str:
    names = [field.name for field in fields(Membership) if field.name != "revision"]
    return ", ".join(name for name in names if getattr(ours, name) != getattr(theirs, name))
