"""Repository of running processes (a service registry with heartbeats), and which configuration counts among them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ls_expert_plugin.storage.tables import ConfigurationRow, InstanceRow

# Processes say that they are there several times as often; one that has not for so long is gone.
INSTANCE_TTL = dt.timedelta(minutes=2)


@dataclass(frozen=True)
class Instance:
    """A running process of this service, as it told of itself.

    ``configuration``: see ``routing/configuration.py``; ``packs``: id → version; ``broker``: "url", or "folder" and its id.
    """

    id: str
    kind: str
    host: str
    configuration: str
    packs: Mapping[str, int]
    broker: str


class Instances:
    """Service registry of running processes, with heartbeats.

    The configuration that counts is, of those that running workers have, the one that was seen first at the latest time.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert

    def heartbeat(self, instance: Instance, now: dt.datetime) -> None:
        """Register the process, or say that it still runs. Forgets those that are long gone."""
        values = {
            "kind": instance.kind, "host": instance.host, "configuration": instance.configuration, "packs": dict(instance.packs),
            "broker": instance.broker, "seen_at_utc": now,
        }
        self._session.execute(self._insert(InstanceRow).values(id=instance.id, **values).on_conflict_do_update(index_elements=["id"], set_=values))
        if instance.kind == "worker":
            self._session.execute(
                self._insert(ConfigurationRow).values(fingerprint=instance.configuration, first_seen_at_utc=now).on_conflict_do_nothing()
            )
        self._session.execute(delete(InstanceRow).where(InstanceRow.seen_at_utc < now - 30 * INSTANCE_TTL))

    def leave(self, instance_id: str) -> None:
        """Remove the process from the registry, when it ends."""
        self._session.execute(delete(InstanceRow).where(InstanceRow.id == instance_id))

    def live(self, now: dt.datetime) -> tuple[Instance, ...]:
        """Those that are there, by kind and host."""
        rows = self._session.scalars(
            select(InstanceRow).where(InstanceRow.seen_at_utc > now - INSTANCE_TTL).order_by(InstanceRow.kind, InstanceRow.host, InstanceRow.id)
        )
        return tuple(Instance(row.id, row.kind, row.host, row.configuration, row.packs, row.broker) for row in rows)

    def current_configuration(self, now: dt.datetime) -> str | None:
        """The fingerprint of the configuration that counts; None while no worker is there."""
        return self._session.scalar(
            select(ConfigurationRow.fingerprint).join(InstanceRow, InstanceRow.configuration == ConfigurationRow.fingerprint)
            .where(InstanceRow.kind == "worker", InstanceRow.seen_at_utc > now - INSTANCE_TTL)
            .order_by(ConfigurationRow.first_seen_at_utc.desc(), ConfigurationRow.fingerprint).limit(1)
        )
