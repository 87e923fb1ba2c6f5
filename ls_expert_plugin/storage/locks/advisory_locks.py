"""PostgreSQL's session-level advisory locks, by name: a mutex across machines that ends with its holder's connection."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

# Beside the name's checksum. Any number will do, if nobody else on this database uses it.
_SPACE = 7_203_113
# A holder whose machine vanished is noticed after a minute, not after the two hours of the system's default.
_KEEPALIVE = "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3"


class AdvisoryLock:
    """One lock, on a connection of its own while it is held; no transaction is open. Not for several threads at once."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self._key = engine, zlib.crc32(name.encode()) & 0x7FFF_FFFF
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Whether it is ours now, or still. False: somebody else's. Raises ``SQLAlchemyError``, and then it is not ours."""
        if self._connection is None:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                connection.exec_driver_sql(_KEEPALIVE)
                if connection.scalar(text("SELECT pg_try_advisory_lock(:space, :key)"), {"space": _SPACE, "key": self._key}):
                    self._connection = connection
            except SQLAlchemyError:
                connection.invalidate()
                raise
            finally:
                if self._connection is None:
                    connection.close()
            return self._connection is not None
        try:
            self._connection.exec_driver_sql("SELECT 1")  # the lock is there as long as its session is
        except SQLAlchemyError:
            self._drop()
            raise
        return True

    def release(self) -> None:
        """Release the lock, for whoever waits for it."""
        if self._connection is None:
            return
        try:
            self._connection.execute(text("SELECT pg_advisory_unlock(:space, :key)"), {"space": _SPACE, "key": self._key})
        except SQLAlchemyError:
            self._drop()
            return
        self._connection.close()
        self._connection = None

    def _drop(self) -> None:
        """The session is lost, and the lock with it."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
