"""Resynchronisation: rereading from Label Studio's own tables what its outbox cannot tell (any more).

For the time after a restored backup on either side: members, roles and projects are compared as rows and taken over, work of the
gap is read by id, and the projection of memberships is compared and corrected. May be interrupted and run again.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.sync import directory_sync
from ls_expert_plugin.routing.sync.directory_sync import LEARNT, OTHERS, DirectoryChange

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient
    from ls_expert_plugin.ls_client.values import OutboxEvent
    from ls_expert_plugin.routing.configuration import RoutingConfiguration
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

logger = logging.getLogger(__name__)
# While a long way is read, ``progress`` is told so each time so many annotations have been looked at.
SAYS_SO_EVERY = 10_000


@dataclass(frozen=True)
class Resync:
    """What Label Studio has otherwise than we: changes of members and projects, those of them that were left as they are because they
    are doubtful, and how many annotations were not on record. ``is_shifted``: more would be others than a restore explains. ``same``: how many of
    those were told to be the same, with the dates as they are there.
    """

    changes: tuple[DirectoryChange, ...]
    left_alone: tuple[DirectoryChange, ...]
    annotations: int
    is_shifted: bool = False
    same: int = 0

    @property
    def otherwise(self) -> tuple[DirectoryChange, ...]:
        """The changes but for dates that are told for the first time."""
        return tuple(one for one in self.changes if one.kind not in LEARNT)


def resync(
    store: Database, client: ExtensionClient, configuration: RoutingConfiguration, clock: Callable[[], dt.datetime], *,
    dry_run: bool = False, agreed: bool = False, same: bool = False, progress: Callable[[str], None] = logger.info,
) -> Resync:
    """Reread members, roles, projects and work; in a ``dry_run`` only say what would be taken over. Raises ``LabelStudioError``.

    ``agreed``: somebody has seen what would be gone; otherwise what is doubtful (``Directory.doubtful``) is left as it is. Memberships
    that change wait to be pushed: whoever calls reconciles, or pushes, afterwards. ``same``: accounts and projects with other dates than before are the
    same ones. Without ``agreed`` shifted dates raise ``LabelStudioError`` too.
    """
    progress("reading members and projects")
    directory = directory_sync.find(store, client, clock) if agreed or dry_run else directory_sync.look(store, client, clock)
    is_shifted, kept = directory.is_shifted, 0
    if same:
        kept = sum(directory.others)
        if dry_run:
            directory = replace(directory, changes=tuple(one for one in directory.changes if one.kind not in OTHERS))
        else:
            directory_sync.take_dates(store, directory.changes)
            directory = directory_sync.find(store, client, clock)
    changes = directory.changes if agreed else directory.sure
    if agreed and not dry_run:
        directory_sync.release(store)
    if changes and not dry_run:
        progress(f"taking over {len(changes)} changes of members and projects")
        directory_sync.take_over(store, changes, configuration, clock)
    left_alone = tuple(one for one in directory.changes if one.kind in directory.doubtful and not agreed)
    return Resync(changes, left_alone, backfill(store, client, clock, dry_run=dry_run, progress=progress), is_shifted, kept)


def backfill(
    store: Database, client: ExtensionClient, clock: Callable[[], dt.datetime], *, dry_run: bool = False, progress: Callable[[str], None] = logger.info,
) -> int:
    """Put on record the annotations with ids beyond every one on record, as if the outbox had told of them; how many there were.

    What became of them before (changed, deleted) cannot be told any more. Raises ``LabelStudioError``.
    """
    with store.read() as unit:
        after, since_record = unit.events.annotations_known()
    found = looked_at = said = 0
    while True:
        made, following = client.annotations(after)
        if following == after:
            return found
        found += _record(store, made, since_record, clock(), dry_run=dry_run)
        after, looked_at = following, looked_at + len(made)
        if looked_at - said >= SAYS_SO_EVERY:
            progress(f"{looked_at} annotations looked at, {found} not on record; at number {after}")
            said = looked_at


def _record(store: Database, made: list[OutboxEvent], since_record: int, now: dt.datetime, *, dry_run: bool) -> int:
    if dry_run:
        with store.read() as unit:
            return len(unit.events.unrecorded(made, since_record))
    return store.run(lambda unit: _keep(unit, made, since_record, now))


def _keep(unit: UnitOfWork, made: list[OutboxEvent], since_record: int, now: dt.datetime) -> int:
    unit.events.lock_cursor(now)  # whoever reads the outbox waits: what it has taken in is seen here
    new = unit.events.unrecorded(made, since_record)
    unit.events.keep(new)
    return len(new)
