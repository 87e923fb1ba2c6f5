"""Runs SQL statements on Label Studio's database, as somebody with a database shell would; prints how many rows each touched."""

from __future__ import annotations

import json
import sys

from start import start

start()


def _run(statements: list[str]) -> list[int]:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        counts = []
        for statement in statements:
            cursor.execute(statement)
            counts.append(cursor.rowcount)
        return counts


if __name__ == "__main__":
    print(json.dumps(_run(**json.loads(sys.argv[1]))))
