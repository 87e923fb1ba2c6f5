"""The worker's application factory: Celery with every task of ``tasks.py`` bound to the parts that it works with."""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery

from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.worker.queue import make_celery, make_queue
from ls_expert_plugin.worker.tasks import TASKS, Task, WorkerContext

CHATTY_LOGGERS = ("celery.worker.strategy", "celery.app.trace", "celery.beat")


def make_worker(settings: Settings, parts: Components | None = None) -> Celery:
    """The Celery application with its tasks. ``parts``: those of these settings, unless others are given."""
    app = make_celery(settings)
    context = WorkerContext(parts or assemble(settings, queue=make_queue(settings)), app.send_task)
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)  # otherwise three lines every five seconds
    for task in TASKS:
        _register(app, context, task)
    return app


def _register(app: Celery, context: WorkerContext, task: Task) -> None:
    def run(**arguments: Any) -> None:
        if not task.is_exclusive:
            task.run(context, **arguments)
            return
        with context.parts.store.exclusively(task.name) as is_ours:
            if is_ours:
                task.run(context, **arguments)

    app.task(run, name=task.name, shared=False)
