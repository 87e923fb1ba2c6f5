"""Waiting on a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(condition: Callable[[], object], complaint: str, within_s: float = 30) -> None:
    """Wait until it holds. Fails with the complaint."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, complaint
        time.sleep(0.02)
