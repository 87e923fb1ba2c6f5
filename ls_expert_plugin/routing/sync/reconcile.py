"""Comparing Label Studio's projection with the truth, and correcting it.

Whoever edits the projection by hand, restores an old backup on either side or loses rows is corrected: the truth is the
service's. Rows are read where a person's checksum is another on the two sides. A row differs only if Label Studio had been told of it
before it was read, and the truth has not changed since; so what is on its way is never taken for drift. A correction gets a revision
above the one found, and the usual push takes it.
"""

from __future__ import annotations

import datetime as dt
import heapq
import itertools
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

from ls_expert_plugin.protocol.membership_checksum import PEOPLE_AT_A_TIME, PersonChecksum
from ls_expert_plugin.routing.sync.push import push
from ls_expert_plugin.routing.values import Membership, ProjectRules, TaskAssignment

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
Kind = Literal["missing", "extra", "stale"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# The largest number that Label Studio's column takes. A row that somebody gave it cannot be outbid.
HIGHEST_REVISION = 2**63 - 1
# Rows of people whose checksums differ, read and compared at a time: bounds the memory.
ROWS_AT_A_TIME = 2000
# Corrected in one transaction, in which nobody else recomputes memberships.
CORRECTED_AT_A_TIME = 1000
# Differences that the result names, and the log.
MOST_KEPT, MOST_LOGGED = 1000, 10


@dataclass(frozen=True)
class Difference:
    """One row of the projection that is not as it should be. ``ls_user_id`` None: the rules of a project; with ``ls_task_id``: an assignment.

    ``missing``: told, and not there. ``extra``: access, or rules, that we never gave. ``stale``: an older revision or other
    values than ours. ``seen_revision`` is ours (0: we have none), ``their_revision`` Label Studio's.
    """

    kind: Kind
    ls_user_id: int | None
    ls_project_id: int
    detail: str
    seen_revision: int
    their_revision: int
    ls_task_id: int | None = None

    def __str__(self) -> str:
        if self.ls_task_id is not None:
            return f"{self.kind}: person {self.ls_user_id}, task {self.ls_task_id} of project {self.ls_project_id}: {self.detail}"
        whose = f"person {self.ls_user_id}, project {self.ls_project_id}" if self.ls_user_id is not None else f"rules of project {self.ls_project_id}"
        return f"{self.kind}: {whose}: {self.detail}"

    @property
    def can_be_outbid(self) -> bool:
        """Whether there is a revision above the one found."""
        return max(self.seen_revision, self.their_revision) < HIGHEST_REVISION


@dataclass(frozen=True)
class Drift:
    """What was found, and what became of it. ``differences``: the first ``MOST_KEPT`` of them; ``counts``: all, by kind.

    ``compared``: how many rows there are. ``corrected``: how many got a revision above the one found. ``told``: Label Studio has taken
    the corrections and all else that waited.
    """

    differences: tuple[Difference, ...]
    counts: Mapping[Kind, int]
    corrected: int
    compared: int
    told: bool

    @property
    def found(self) -> int:
        """How many rows differ, on either side."""
        return sum(self.counts.values())


def reconcile(store: Database, client: ExtensionClient, clock: Callable[[], dt.datetime], *, dry_run: bool = False) -> Drift:
    """Compare everything, correct what differs (not in a ``dry_run``), and push. Raises ``LabelStudioError``.

    However much differs, it is found and corrected some at a time; what was corrected before something fails stays corrected.
    """
    findings = _Findings(store, clock, dry_run)
    if not dry_run:
        _end_gone(store, client, clock)
    rules, rules_compared = _project_differences(store, client)
    findings.take(rules)
    rows_compared = _compare_memberships(store, client, findings.take)
    rows_compared += _compare_assignments(store, client, findings.take)
    findings.log()
    told = not dry_run and push(store, client)
    return Drift(tuple(findings.kept), dict(findings.counts), findings.corrected, rules_compared + rows_compared, told)


class _Findings:
    """Corrects differences as they are found, counts them, and keeps the first."""

    def __init__(self, store: Database, clock: Callable[[], dt.datetime], dry_run: bool) -> None:
        self._store, self._clock, self._dry_run = store, clock, dry_run
        self.kept: list[Difference] = []
        self.counts: Counter[Kind] = Counter()
        self.corrected = 0

    def take(self, found: Iterable[Difference]) -> None:
        waiting = iter(found)
        while some := list(itertools.islice(waiting, CORRECTED_AT_A_TIME)):
            if self._dry_run:
                with self._store.read() as unit:
                    some = _unchanged(unit, some)
            else:
                some, corrected = self._store.run(partial(_correct_unchanged, found=some, now=self._clock()))
                self.corrected += corrected
            self.counts.update(one.kind for one in some)
            self.kept += some[: MOST_KEPT - len(self.kept)]

    def log(self) -> None:
        """One line of the log for everything that was different, with counts."""
        if self.kept:
            kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))
            what = "nothing was changed" if self._dry_run else f"{self.corrected} corrected"
            first = "; ".join(map(str, self.kept[:MOST_LOGGED]))
            logger.warning("drift: %s; %s. %s: %s", kinds, what, "The first" if self.counts.total() > MOST_LOGGED else "They are", first)


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


def assignment_difference(truth: TaskAssignment | None, told_revision: int, theirs: TaskAssignment) -> Difference | None:
    """The same for an assignment of a task."""
    ours = truth.revision if truth else 0
    found = partial(Difference, ls_user_id=theirs.ls_user_id, ls_project_id=theirs.ls_project_id, seen_revision=ours, their_revision=theirs.revision,
                    ls_task_id=theirs.ls_task_id)
    if truth is None:
        return found("extra", detail="active, and we never gave it" if theirs.active else "an ended assignment that we never gave")
    if told_revision < truth.revision and theirs.revision < truth.revision:
        return None
    if theirs.active and not truth.active:
        return found("extra", detail="active, and it has ended here")
    if replace(theirs, revision=truth.revision) != truth:
        return found("stale", detail=f"other {_differing(truth, theirs)}")
    return found("stale", detail=f"revision {theirs.revision} instead of {truth.revision}") if theirs.revision != truth.revision else None


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


def _end_gone(store: Database, client: ExtensionClient, clock: Callable[[], dt.datetime]) -> None:
    """What Label Studio has ended by itself, because the task is not there, ends here too; that is no drift."""
    gone = list(client.gone_assignments())
    if gone:
        store.run(lambda unit: unit.task_assignments.end_gone(gone, clock()))


def _compare_memberships(store: Database, client: ExtensionClient, take: Callable[[Iterable[Difference]], None]) -> int:
    """A person's rows are read where their checksums differ; ``take`` gets the differences. Returns how many rows there are."""
    ours = _checksums(store, lambda unit, after: unit.memberships.checksums(after, PEOPLE_AT_A_TIME))
    return _compare(ours, client.membership_checksums(), partial(_membership_differences, store, client), take)


def _compare_assignments(store: Database, client: ExtensionClient, take: Callable[[Iterable[Difference]], None]) -> int:
    ours = _checksums(store, lambda unit, after: unit.task_assignments.checksums(after, PEOPLE_AT_A_TIME))
    return _compare(ours, client.assignment_checksums(), partial(_assignment_differences, store, client), take)


def _compare(
    ours: Iterable[PersonChecksum], theirs: Iterable[PersonChecksum], differences: Callable[[Sequence[int]], Iterator[Difference]],
    take: Callable[[Iterable[Difference]], None],
) -> int:
    compared = 0
    some: list[int] = []
    rows_of_some = 0
    for ls_user_id, rows, is_equal in compare_checksums(ours, theirs):
        compared += rows
        if is_equal:
            continue
        if some and (len(some) == PEOPLE_AT_A_TIME or rows_of_some + rows > ROWS_AT_A_TIME):
            take(differences(some))
            some, rows_of_some = [], 0
        some.append(ls_user_id)
        rows_of_some += rows
    if some:
        take(differences(some))
    return compared


def compare_checksums(ours: Iterable[PersonChecksum], theirs: Iterable[PersonChecksum]) -> Iterator[tuple[int, int, bool]]:
    """(person, how many rows they have on the side that has more, whether both sides have the same), by id as both come. Pure."""
    merged = heapq.merge(ours, theirs, key=lambda one: one.ls_user_id)
    for ls_user_id, sides in itertools.groupby(merged, key=lambda one: one.ls_user_id):
        both = list(sides)
        yield ls_user_id, max(one.rows for one in both), len(both) == 2 and both[0] == both[1]


def _checksums(store: Database, read: Callable[[UnitOfWork, int], list[PersonChecksum]]) -> Iterator[PersonChecksum]:
    """Of everybody, by id; no transaction stays open between two pages."""
    after = 0
    while True:
        with store.read() as unit:
            page = read(unit, after)
        if not page:
            return
        yield from page
        after = page[-1].ls_user_id


def _membership_differences(store: Database, client: ExtensionClient, ls_user_ids: Sequence[int]) -> Iterator[Difference]:
    """Between these people's rows. The truth is read first: what differs from a row that was told before does differ."""
    with store.read() as unit:
        truth = unit.memberships.told_of(ls_user_ids)
    after = 0
    while True:
        rows, after = client.memberships(after, ls_user_ids)
        if not rows:
            break
        for theirs in rows:
            ours, told = truth.pop((theirs.ls_user_id, theirs.ls_project_id), (None, 0))
            found = membership_difference(ours, told, theirs)
            if found is not None:
                yield found
    for (who, where), (held, told) in sorted(truth.items()):
        if told:
            yield Difference("missing", who, where, "told, and not there", held.revision, 0)


def _assignment_differences(store: Database, client: ExtensionClient, ls_user_ids: Sequence[int]) -> Iterator[Difference]:
    """The same between these people's assignments."""
    with store.read() as unit:
        truth = unit.task_assignments.told_of(ls_user_ids)
    after = 0
    while True:
        rows, after = client.assignments(after, ls_user_ids)
        if not rows:
            break
        for theirs in rows:
            ours, told = truth.pop(theirs.pair, (None, 0))
            found = assignment_difference(ours, told, theirs)
            if found is not None:
                yield found
    for (who, task), (held, told) in sorted(truth.items()):
        if told:
            yield Difference("missing", who, held.ls_project_id, "told, and not there", held.revision, 0, task)


def _project_differences(store: Database, client: ExtensionClient) -> tuple[list[Difference], int]:
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


def _unchanged(unit: UnitOfWork, found: Sequence[Difference]) -> list[Difference]:
    """Those whose truth is still what it was compared with; what has changed since is on its way by itself."""
    pairs = [(one.ls_user_id, one.ls_project_id) for one in found if one.ls_user_id is not None and one.ls_task_id is None]
    tasks = [(one.ls_user_id, one.ls_task_id) for one in found if one.ls_user_id is not None and one.ls_task_id is not None]
    assignments = {pair: ours.revision for pair, (ours, _) in unit.task_assignments.told(tasks).items()}
    memberships = {pair: ours.revision for pair, (ours, _) in unit.memberships.told(pairs).items()}
    rules = {ours.ls_project_id: ours.revision for ours, _ in unit.projects.all_rules()} if len(pairs) + len(tasks) < len(found) else {}

    def revision(one: Difference) -> int:
        if one.ls_user_id is None:
            return rules.get(one.ls_project_id, 0)
        if one.ls_task_id is not None:
            return assignments.get((one.ls_user_id, one.ls_task_id), 0)
        return memberships.get((one.ls_user_id, one.ls_project_id), 0)

    return [one for one in found if one.seen_revision == revision(one)]


def _correct_unchanged(unit: UnitOfWork, found: Sequence[Difference], now: dt.datetime) -> tuple[list[Difference], int]:
    unit.memberships.take_turn(alone=True)
    unchanged = _unchanged(unit, found)
    return unchanged, _correct(unit, unchanged, now)


def _correct(unit: UnitOfWork, found: Sequence[Difference], now: dt.datetime) -> int:
    """Outbid each that can be; how many."""
    outbid = [one for one in found if one.can_be_outbid]
    rows = {(one.ls_user_id, one.ls_project_id): one for one in outbid if one.ls_user_id is not None and one.ls_task_id is None}
    unit.memberships.outbid(
        {pair: _above(one) for pair, one in rows.items()}, [pair for pair, one in rows.items() if one.seen_revision == 0], now
    )
    tasks = {(one.ls_user_id, one.ls_task_id): one for one in outbid if one.ls_user_id is not None and one.ls_task_id is not None}
    unit.task_assignments.outbid(
        {pair: _above(one) for pair, one in tasks.items()}, {pair: one.ls_project_id for pair, one in tasks.items() if one.seen_revision == 0}, now
    )
    rules = [one for one in outbid if one.ls_user_id is None]
    return len(rows) + len(tasks) + sum(unit.projects.outbid(one.ls_project_id, one.seen_revision, _above(one), now) for one in rules)


def _above(one: Difference) -> int:
    return max(one.seen_revision, one.their_revision) + 1


def _differing(ours: Membership | TaskAssignment, theirs: Membership | TaskAssignment) -> str:
    names = [field.name for field in fields(ours) if field.name != "revision"]
    return ", ".join(name for name in names if getattr(ours, name) != getattr(theirs, name))
