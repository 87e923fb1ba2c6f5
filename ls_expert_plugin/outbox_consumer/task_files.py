"""Keeping Label Studio's index of the files that tasks name up to date: the extension reads them, the worker says when."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ls_expert_plugin.ls_client.extension import ExtensionClient

TASKS_AT_A_TIME = 5_000


def index_task_files(client: ExtensionClient, patience_s: float) -> int:
    """Until all are in it, or about so long; how many tasks. Raises ``LabelStudioError``: what is in stays."""
    until_s, total = time.monotonic() + patience_s, 0
    while (done := client.index_task_files(TASKS_AT_A_TIME)) and time.monotonic() < until_s:
        total += done
    return total + done
