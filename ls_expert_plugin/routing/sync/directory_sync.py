"""Directory synchronisation: members and projects as Label Studio has them, compared as rows with what we know, and taken over.

The outbox tells of each change once. What it told before a backup of ours was restored, or while it had no triggers, is found here
alone. What we have heard since the lists were asked for is newer than they are and stays.
"""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.errors import LabelStudioError
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.vetting import members as people

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.ls_client.values import Member
    from ls_expert_plugin.routing.configuration import RoutingConfiguration, RoutingContext
    from ls_expert_plugin.routing.values import KnownMember, KnownProject, ListedProject
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
Kind = Literal["joined", "changed", "left", "replaced", "created", "renamed", "deleted", "made anew", "account dated", "project dated"]
ABOUT_PEOPLE: frozenset[Kind] = frozenset({"joined", "changed", "left", "replaced", "account dated"})
# Nothing is otherwise than before; when it was made is told for the first time, of everybody after an update.
LEARNT: frozenset[Kind] = frozenset({"account dated", "project dated"})
OTHERS: frozenset[Kind] = frozenset({"replaced", "made anew"})
# Changes written in one transaction, in which nobody else recomputes memberships.
AT_A_TIME = 200
# So many may always be gone at once.
FEW = 20
# After a restore the numbers of accounts and projects made since the backup are given to others. More than so many, and more than this share of all,
# are rather the same ones, whose dates are read otherwise, or those of another Label Studio.
HANDFUL, SHARE = 5, 1 / 5


@dataclass(frozen=True)
class DirectoryChange:
    """A member, or a project, that is otherwise in Label Studio than here. ``member`` and ``project``: as they are there; ``text``: address or title.

    ``replaced``, ``made anew``: another account, or project, has the number than the one we know.
    """

    kind: Kind
    ls_id: int
    text: str
    member: Member | None = None
    project: ListedProject | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {'person' if self.kind in ABOUT_PEOPLE else 'project'} {self.ls_id} ({self.text})"


@dataclass(frozen=True)
class Directory:
    """What differs, people first; and how many members and projects there are in Label Studio."""

    changes: tuple[DirectoryChange, ...]
    members: int
    projects: int

    @property
    def doubtful(self) -> frozenset[Kind]:
        """``left`` or ``deleted``, where more would be gone than are there: rather another Label Studio, or a list that was cut short.

        What a project asks for and who is invited is lost with it, so that is for somebody to look at.
        """
        gone = Counter[Kind](one.kind for one in self.changes)
        pairs: tuple[tuple[Kind, int], ...] = (("left", self.members), ("deleted", self.projects))
        return frozenset(kind for kind, there in pairs if gone[kind] > max(there, FEW))

    @property
    def others(self) -> tuple[int, int]:
        """How many people, and projects, would be others than before under their numbers."""
        kinds = Counter[Kind](one.kind for one in self.changes)
        return kinds["replaced"], kinds["made anew"]

    @property
    def is_shifted(self) -> bool:
        """Whether that is more than a restore explains. Then nothing is taken over: whose work and what requirements there are hangs by it."""
        return any(others > max(HANDFUL, SHARE * there) for others, there in zip(self.others, (self.members, self.projects), strict=True))

    @property
    def sure(self) -> tuple[DirectoryChange, ...]:
        """The changes that are not doubtful; none, if dates are shifted."""
        return () if self.is_shifted else tuple(one for one in self.changes if one.kind not in self.doubtful)


def find(store: Database, client: ExtensionClient, clock: Callable[[], dt.datetime]) -> Directory:
    """Compare Label Studio's lists with what is known here. Raises ``LabelStudioError``."""
    began = clock()
    members = {member.ls_user_id: member for member in client.members()}
    projects = dict(client.listed_projects())
    with store.read() as unit:
        known_members, known_projects = unit.people.in_directory(), unit.projects.in_directory()
    changes = (*member_changes(known_members, members, began), *project_changes(known_projects, projects, began))
    return Directory(changes, len(members), len(projects))


def look(store: Database, client: ExtensionClient, clock: Callable[[], dt.datetime]) -> Directory:
    """``find``, and note or release the hold. Raises ``LabelStudioError`` also where dates are shifted: nothing is to be taken over then."""
    directory = find(store, client, clock)
    with store.read() as unit:
        held = unit.directory_holds.current()
    if directory.is_shifted:
        store.run(lambda unit: unit.directory_holds.hold(*directory.others, clock()))
        if held is None:
            logger.warning("%d accounts and %d projects would be others than before: nothing is taken over from Label Studio.", *directory.others)
        with store.read() as unit:
            raise_if_held(unit)
    elif held is not None:
        release(store)
    _warn(directory)
    return directory


def raise_if_held(unit: UnitOfWork) -> None:
    """Raise ``LabelStudioError`` while there is a hold."""
    held = unit.directory_holds.current()
    if held is not None:
        raise LabelStudioError(f"{held} See `ls-expert doctor`.")


def release(store: Database) -> None:
    """End the hold, if there is one."""
    store.run(lambda unit: unit.directory_holds.release())


def take_dates(store: Database, changes: Collection[DirectoryChange]) -> int:
    """Of accounts and projects that would be others: they are the same, and were made when Label Studio says now. How many.

    Somebody has seen it, or knows why: the database was moved to one that reads dates in another zone.
    """
    people = {one.ls_id: one.member.made_at_utc for one in changes if one.kind == "replaced" and one.member and one.member.made_at_utc}
    projects = {one.ls_id: one.project.made_at_utc for one in changes if one.kind == "made anew" and one.project and one.project.made_at_utc}

    def work(unit: UnitOfWork) -> None:
        unit.people.set_made_at(people)
        unit.projects.set_made_at(projects)

    store.run(work)
    return len(people) + len(projects)


def _warn(directory: Directory) -> None:
    """Log what is left alone because it is doubtful."""
    for kind in sorted(directory.doubtful):
        count = sum(one.kind == kind for one in directory.changes)
        logger.warning("%d would be %s in Label Studio, more than are there: left as it is. `ls-expert resync` shows and takes it over.", count, kind)


def member_changes(known: Mapping[int, KnownMember], there: Mapping[int, Member], asked_at_utc: dt.datetime) -> Iterator[DirectoryChange]:
    """What the members that Label Studio was asked for then change here, by id. Pure."""
    for who in sorted(known.keys() | there.keys()):
        ours, theirs = known.get(who), there.get(who)
        if ours is not None and (_is_newer(ours.heard_at_utc, asked_at_utc) or _is_newer(ours.gone_at_utc, asked_at_utc)):
            continue
        if ours is not None and theirs is not None and ours.is_another(theirs.made_at_utc):
            yield DirectoryChange("replaced", who, theirs.email, theirs)
            continue
        if ours is not None and ours.is_being_erased:
            continue
        is_here = ours is not None and ours.gone_at_utc is None
        if theirs is None:
            if ours is not None and is_here:
                yield DirectoryChange("left", who, ours.email)
        elif ours is None or not is_here:
            yield DirectoryChange("joined", who, theirs.email, theirs)
        elif (ours.email, ours.name, ours.role) != (theirs.email, theirs.name.strip(), theirs.role):
            yield DirectoryChange("changed", who, theirs.email, theirs)
        elif ours.made_at_utc is None and theirs.made_at_utc:
            yield DirectoryChange("account dated", who, theirs.email, theirs)


def project_changes(known: Mapping[int, KnownProject], there: Mapping[int, ListedProject], asked_at_utc: dt.datetime) -> Iterator[DirectoryChange]:
    """What the projects that Label Studio was asked for then change here, by id. Pure."""
    for where in sorted(known.keys() | there.keys()):
        ours, theirs = known.get(where), there.get(where)
        if ours is not None and _is_newer(ours.updated_at_utc, asked_at_utc):
            continue
        is_here = ours is not None and ours.gone_at_utc is None
        if theirs is None:
            if ours is not None and is_here:
                yield DirectoryChange("deleted", where, ours.title)
        elif ours is None or not is_here:
            yield DirectoryChange("created", where, theirs.title, project=theirs)
        elif ours.is_another(theirs.made_at_utc):
            yield DirectoryChange("made anew", where, theirs.title, project=theirs)
        elif ours.title != theirs.title:
            yield DirectoryChange("renamed", where, theirs.title, project=theirs)
        elif ours.made_at_utc is None and theirs.made_at_utc:
            yield DirectoryChange("project dated", where, theirs.title, project=theirs)


def take_over(
    store: Database, changes: Collection[DirectoryChange], configuration: RoutingConfiguration, clock: Callable[[], dt.datetime],
) -> None:
    """Write these changes, some at a time, and recompute the memberships of those whom they concern."""
    waiting = iter(changes)
    while some := list(itertools.islice(waiting, AT_A_TIME)):
        store.run(partial(_take_over, some=some, context=configuration.at(clock())))


def _take_over(unit: UnitOfWork, some: Collection[DirectoryChange], context: RoutingContext) -> None:
    unit.memberships.take_turn(alone=True)
    write(
        unit, {one.ls_id: one.member for one in some if one.kind in ABOUT_PEOPLE},
        {one.ls_id for one in some if one.kind == "deleted"}, {one.ls_id: one.project for one in some if one.project is not None},
        context,
    )


def write(
    unit: UnitOfWork, members: Mapping[int, Member | None], deleted: Collection[int], listed: Mapping[int, ListedProject], context: RoutingContext,
) -> None:
    """Members (None: they left) and projects as Label Studio has them now, and what follows for memberships, each once.

    Whoever calls has taken its turn alone.
    """
    for ls_user_id, member in sorted(members.items()):  # by id: the one order of locks
        if member is None:
            people.gone(unit, ls_user_id, context.now)
        else:
            people.joined(unit, member.ls_user_id, member.email, member.name, member.role, context.now, member.made_at_utc)
    ended = set(deleted)
    for ls_project_id in sorted({*deleted, *listed}):
        if ls_project_id in deleted:
            unit.projects.gone(ls_project_id, context.now)
        project = listed.get(ls_project_id)
        if project is not None and unit.projects.heard_of(ls_project_id, project.title, context.now, project.made_at_utc):
            logger.warning("project %d of Label Studio is another one than before, and asks for nothing yet. See `ls-expert doctor`.", ls_project_id)
            ended.add(ls_project_id)
    due = unit.memberships.due() & members.keys() if not context.open_by_default else members.keys()
    if due:
        memberships.recompute(unit, due, context)
    projects = {*ended, *(listed if context.open_by_default else ())}
    if projects:
        memberships.recompute_projects(unit, projects, context)


def _is_newer(heard_at_utc: dt.datetime | None, asked_at_utc: dt.datetime) -> bool:
    return heard_at_utc is not None and heard_at_utc > asked_at_utc
