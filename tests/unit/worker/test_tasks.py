"""The worker's tasks by name: messages and the schedule refer to them, and a worker of another version may have sent one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.worker.app import make_worker
from ls_expert_plugin.worker.schedule import BEAT_SCHEDULE
from ls_expert_plugin.worker.tasks import TASKS

NAMES = {
    "assess", "check_connections", "connect", "count_control", "erase", "learn_anew", "learn_first", "look_up", "notify", "prelabel", "prelabel_figures",
    "push", "read_outbox", "recheck", "reconcile", "retain", "sweep",
}
ONE_AT_A_TIME = {
    "check_connections", "connect", "count_control", "erase", "learn_anew", "learn_first", "read_outbox", "recheck", "reconcile", "retain", "sweep",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = load({"LS_EXPERT_DATA_DIR": str(tmp_path)}, secrets_needed=())
    migrate(made.database_url)
    return made


def test_every_task_keeps_its_name(settings: Settings) -> None:
    """The application has these and no other of ours, and the schedule names none that is not there."""
    app = make_worker(settings)
    assert {name for name in app.tasks if not name.startswith("celery.")} == NAMES
    assert {entry["task"] for entry in BEAT_SCHEDULE.values()} <= NAMES and app.conf.beat_schedule == BEAT_SCHEDULE
    assert {task.name for task in TASKS if task.is_exclusive} == ONE_AT_A_TIME
