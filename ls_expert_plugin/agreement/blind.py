"""The blind arm: tasks that experts see without a pre-label, so that help and harm can be told apart. Pure; both sides decide the same.

Drawn with a key that both sides derive from their shared secret: an expert knows the numbers of project and task, and must not be able
to work out which tasks these are.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.protocol.handshake import derive_key

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings

_PARTS = 10_000


@dataclass(frozen=True)
class BlindArm:
    """Which tasks are shown without a pre-label: ``percent`` of each project's, drawn with ``key``."""

    percent: int = 0
    key: str = ""

    def holds(self, ls_project_id: int, ls_task_id: int) -> bool:
        """Whether a task is one of them. The same for ever, and in each project for itself; with more percent, more tasks are."""
        drawn = hmac.new(self.key.encode(), f"{ls_project_id}/{ls_task_id}".encode(), hashlib.sha256).digest()
        return int.from_bytes(drawn[:8], "big") % _PARTS < self.percent * (_PARTS // 100)


NO_BLIND_ARM = BlindArm()


def blind_arm(settings: Settings) -> BlindArm:
    """That of this installation; its key stays the same as long as the shared secret does."""
    return BlindArm(settings.blind_percent, derive_key(settings.shared_secret, "blind-arm"))
