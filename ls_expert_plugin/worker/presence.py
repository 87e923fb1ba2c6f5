"""A process's heartbeat in the registry of instances, and what it finds out there: other packs or settings, another broker."""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import socket
import threading
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import Busy, StartError
from ls_expert_plugin.routing.configuration import differing, routing_configuration
from ls_expert_plugin.storage.locks.mutexes import DatabaseProblem
from ls_expert_plugin.storage.repositories.operations.instances import INSTANCE_TTL, Instance
from ls_expert_plugin.storage.unit_of_work import Database

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.domains.pack import Pack

logger = logging.getLogger(__name__)
EVERY_S = INSTANCE_TTL.total_seconds() / 6
URL = "url"


def broker_of(settings: Settings) -> str:
    """Which broker: "url", or the id of the folder, which is in a file beside it and the same for all who share it."""
    if settings.broker_url:
        return URL
    folder = settings.data_dir / "worker"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with (folder / "id").open("x") as file:
            file.write(secrets.token_hex(16))
    except FileExistsError:
        pass
    return "folder " + (folder / "id").read_text().strip()


def require_one_broker(settings: Settings) -> None:
    """Raises ``StartError`` where jobs would lie in a folder of this machine and another process looks elsewhere."""
    broker = broker_of(settings)
    if broker == URL:
        return
    store = Database(settings.database_url)
    try:
        with store.read() as unit:
            live = unit.instances.live(dt.datetime.now(dt.timezone.utc))
    finally:
        store.close()
    others = sorted({f"the {one.kind} on {one.host}" for one in live if one.broker != broker})
    if others:
        raise StartError(
            f"LS_EXPERT_BROKER_URL: not set, so jobs would lie in {settings.data_dir / 'worker'}, and {others[0]} has the same database but not this folder. "
            f"On more than one machine, set it to redis://host:6379/0 everywhere. (One that was killed counts for {INSTANCE_TTL.total_seconds():.0f} s more.)"
        )


def this_process(settings: Settings, packs: Mapping[str, Pack], kind: str, broker: str = "") -> Instance:
    """This process as the registry has it, or would."""
    return Instance(
        secrets.token_hex(16), kind, f"{socket.gethostname()}:{os.getpid()}", routing_configuration(settings, packs).fingerprint,
        {name: pack.version for name, pack in packs.items()}, broker,
    )


class Presence:
    """Says that this process is there, every few seconds, until it is stopped."""

    def __init__(self, parts: Components, kind: str) -> None:
        self._parts, self.instance = parts, this_process(parts.settings, parts.packs, kind, broker_of(parts.settings))
        self._is_outdated = False
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._keep_saying, name="presence", daemon=True)

    def start(self) -> None:
        """Say so at once, and go on in a thread."""
        self.beat()
        self._thread.start()

    def stop(self) -> None:
        """End the thread, and take this process out of the registry."""
        self._is_over.set()
        self._thread.join()
        self.leave()

    def leave(self) -> None:
        """Say in the registry that this process ends."""
        try:
            with self._parts.store.begin() as unit:
                unit.instances.leave(self.instance.id)
        except (DatabaseProblem, Busy):
            logger.info("the database did not take that this process ends")

    def beat(self) -> None:
        """One heartbeat; in the log, once, when another configuration counts, and when ours does again."""
        now = self._parts.clock()
        try:
            with self._parts.store.begin() as unit:
                unit.instances.heartbeat(self.instance, now)
            with self._parts.store.read() as unit:
                live, current = unit.instances.live(now), unit.instances.current_configuration(now)
        except (DatabaseProblem, Busy) as problem:
            logger.warning("the database does not answer (%s)", type(problem).__name__)
            return
        is_outdated = current is not None and current != self.instance.configuration
        if is_outdated and not self._is_outdated:
            logger.warning("this %s does not recompute who may work on what: %s", self.instance.kind, why_outdated(self.instance, live, current))
        elif self._is_outdated and not is_outdated:
            logger.info("this %s recomputes again: its packs and settings count", self.instance.kind)
        self._is_outdated = is_outdated

    def _keep_saying(self) -> None:
        while not self._is_over.wait(EVERY_S):
            self.beat()


def why_outdated(instance: Instance, live: Iterable[Instance], current: str | None) -> str:
    """In words: whose configuration counts, in what it differs, and what to do."""
    there = next((one for one in live if one.configuration == current and one.kind == "worker"), None)
    if there is None:
        return "another worker has newer packs or settings."
    return (f"the worker on {there.host} has newer packs or settings ({differing(instance.packs, there.packs)}). Give both machines the same "
            "packs, settings and version; to go back to older ones, stop every worker that has the newer.")
