"""A Redis server for the tests, on a port of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.support.installed import redis_server
from tests.support.servers.postgresql import free_port
from tests.support.waiting import until


@contextmanager
def running_redis(folder: Path) -> Iterator[str]:
    """Its address, as a broker's. Nothing is kept. Without Redis the test is skipped."""
    port = free_port()
    server = subprocess.Popen(
        [redis_server(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)], stdout=subprocess.DEVNULL
    )
    try:
        until(lambda: _answers(port), "Redis did not start")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    try:
        with redis.Redis(port=port) as client:
            return bool(client.ping())
    except redis.exceptions.ConnectionError:
        return False
