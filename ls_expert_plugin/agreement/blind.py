"""The blind arm: tasks that experts see without a pre-label, so that help and harm can be told apart. Pure; both sides decide the same."""

from __future__ import annotations

import hashlib

_PARTS = 10_000


def is_blind(ls_project_id: int, ls_task_id: int, percent: int) -> bool:
    """Whether a task is one of the ``percent`` of its project. The same for ever, and in each project for itself; with more percent, more tasks are."""
    drawn = hashlib.sha256(f"{ls_project_id}/{ls_task_id}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % _PARTS < percent * (_PARTS // 100)
