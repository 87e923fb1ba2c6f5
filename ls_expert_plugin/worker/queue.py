"""The task queue's producer side: the Celery application without its tasks, and handing a job over by name.

The broker is a folder in the data directory unless ``LS_EXPERT_BROKER_URL`` names another.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import Celery
from kombu.exceptions import KombuError

from ls_expert_plugin.config import Settings
from ls_expert_plugin.worker.schedule import BEAT_SCHEDULE

logger = logging.getLogger(__name__)


def make_celery(settings: Settings) -> Celery:
    """The Celery application for these settings, without tasks: enough to send messages."""
    app = Celery("ls_expert_plugin", set_as_current=False)
    app.conf.update(
        broker_url=settings.broker_url or "filesystem://",
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # a broker that is away is waited for: by the clock, too
        task_ignore_result=True,
        task_acks_late=True,
        worker_hijack_root_logger=False,
        broker_transport_options={} if settings.broker_url else _folders(settings),
        beat_schedule=BEAT_SCHEDULE,
    )
    return app


def make_queue(settings: Settings) -> Callable[..., None]:
    """``queue("assess", interview_id=3)``: hand a job to the worker. A broker that is down costs time, not work."""
    app = make_celery(settings)

    def queue(name: str, **arguments: Any) -> None:
        try:
            app.send_task(name, kwargs=arguments, retry=False)
        except (KombuError, OSError) as problem:
            logger.warning("job %s waits for the sweep, the broker did not take it: %s", name, problem)

    return queue


def _folders(settings: Settings) -> dict[str, Any]:
    queue, control = settings.data_dir / "worker" / "queue", settings.data_dir / "worker" / "control"
    for folder in (queue, control):
        folder.mkdir(parents=True, exist_ok=True)
    return {"data_folder_in": str(queue), "data_folder_out": str(queue), "control_folder": str(control)}
