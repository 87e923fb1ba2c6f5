"""Puts the extension into Label Studio at start-up: rows narrowed, triggers and indexes kept in place."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.signals import request_started
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from ls_expert_plugin.label_studio.enforcement.guard.sqlite_regexp import bound_regexp

_TASKS_AT_A_TIME = 5000


class ExpertConfig(AppConfig):
    """Django's handle on the extension. Its tables start with ``ls_expert_``."""

    name = "ls_expert_plugin.label_studio"
    label = "ls_expert"
    verbose_name = "Experts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from ls_expert_plugin.label_studio.enforcement.guard import lock_quota, view_guard
        from ls_expert_plugin.label_studio.enforcement.response import webhook_secret
        from ls_expert_plugin.label_studio.enforcement.scoping import queryset_scoping, task_locks, task_routing

        queryset_scoping.narrow_managers()
        task_routing.narrow_task_lists()
        task_locks.narrow_locks()
        lock_quota.limit_locks()
        view_guard.guard_views()
        webhook_secret.hide_secret()
        connection_created.connect(bound_regexp)
        post_migrate.connect(_install_triggers, sender=self)
        request_started.connect(_look_once)


def _look_once(**_: Any) -> None:
    """At a process's first request: a Label Studio that starts without a migration to do has its triggers looked at, too."""
    from django.db import connection

    from ls_expert_plugin.label_studio.sync.trigger_installation import keep_in_place

    request_started.disconnect(_look_once)
    keep_in_place(connection)


def _install_triggers(using: str, **_: Any) -> None:
    """After every migrate: on SQLite a migration that rebuilds a table drops the triggers on it."""
    from django.db import connections

    from ls_expert_plugin.label_studio.permissions import annotation_index
    from ls_expert_plugin.label_studio.sync import file_index
    from ls_expert_plugin.label_studio.sync.trigger_installation import keep_in_place

    keep_in_place(connections[using])
    annotation_index.build(connections[using])
    while file_index.catch_up(_TASKS_AT_A_TIME):
        pass
