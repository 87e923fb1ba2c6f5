"""Takes triggers away or changes them, installs them, and prints what was done about it. Everything is taken back, but with "stays".

    python trigger_installation.py {"changes": {name: [statements]}}   prints by name {"missing": before, "written": triggers, "left": missing
                                                                       after, "is_new_epoch"}
    python trigger_installation.py {"stays": [statements]}             makes the changes for good, installs, and prints what is missing then
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from start import start

start()


def _run(changes: dict[str, list[str]] | None = None, stays: list[str] | None = None) -> Any:
    from django.db import connection

    from ls_expert_plugin.label_studio.sync.trigger_installation import install, not_in_place

    if stays is not None:
        with connection.cursor() as cursor:
            for statement in stays:
                cursor.execute(statement)
        print("installs", flush=True)
        install(connection)
        return not_in_place(connection)
    return {name: _done(statements) for name, statements in (changes or {}).items()}


def _done(statements: list[str]) -> dict[str, Any]:
    from django.db import connection, transaction

    from ls_expert_plugin.label_studio.models import OutboxLog
    from ls_expert_plugin.label_studio.sync.trigger_installation import install, not_in_place

    written: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        written.extend(re.findall(r"CREATE TRIGGER (\w+)", sql))
        return execute(sql, params, many, context)

    with transaction.atomic():
        epochs = list(OutboxLog.objects.values_list("epoch", flat=True))
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        missing = not_in_place(connection)
        with connection.execute_wrapper(watch):
            install(connection)
        done = {
            "missing": missing, "written": sorted(written), "left": not_in_place(connection),
            "is_new_epoch": epochs != list(OutboxLog.objects.values_list("epoch", flat=True)),
        }
        transaction.set_rollback(True)
    return done


if __name__ == "__main__":
    print(json.dumps(_run(**json.loads(sys.argv[1]))))
