"""Celery's beat schedule: which task runs how often, in seconds. A turn that no worker took expires when the next is due."""

from __future__ import annotations

from typing import Any

OUTBOX_EVERY_S = 5.0
SWEEP_EVERY_S = 30.0
RECONCILE_EVERY_S = 300.0
NOTIFY_EVERY_S = 30.0
RECHECK_EVERY_S = 900.0
CONTROL_EVERY_S = 1800.0
CONNECTIONS_EVERY_S = 3600.0
LEARN_EVERY_S = 3 * 3600.0
RETAIN_EVERY_S = 6 * 3600.0

# The names are kept in the database, with when each was sent last (``beat.py``).
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "read the outbox": {"task": "read_outbox", "schedule": OUTBOX_EVERY_S, "options": {"expires": OUTBOX_EVERY_S}},
    "sweep": {"task": "sweep", "schedule": SWEEP_EVERY_S, "options": {"expires": SWEEP_EVERY_S}},
    "retention": {"task": "retain", "schedule": RETAIN_EVERY_S, "options": {"expires": RETAIN_EVERY_S}},
    "notify": {"task": "notify", "schedule": NOTIFY_EVERY_S, "options": {"expires": NOTIFY_EVERY_S}},
    "reconcile": {"task": "reconcile", "schedule": RECONCILE_EVERY_S, "options": {"expires": RECONCILE_EVERY_S}},
    "count control": {"task": "count_control", "schedule": CONTROL_EVERY_S, "options": {"expires": CONTROL_EVERY_S}},
    "check connections": {"task": "check_connections", "schedule": CONNECTIONS_EVERY_S, "options": {"expires": CONNECTIONS_EVERY_S}},
    "learn anew": {"task": "learn_anew", "schedule": LEARN_EVERY_S, "options": {"expires": LEARN_EVERY_S}},
    "recheck": {"task": "recheck", "schedule": RECHECK_EVERY_S, "options": {"expires": RECHECK_EVERY_S}},
}
