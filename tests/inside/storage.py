"""Puts a storage of this kind into a project, without looking whether it is there; prints its id."""

from __future__ import annotations

import json
import sys

from start import start

apps = start()


def _make(kind: str, project: int, columns: dict[str, str]) -> int:
    from django.db.models import Model

    model = next(model for model in apps.get_models() if model.__name__ == kind)
    row = model(project_id=project, title=kind, **columns)
    Model.save_base(row)  # not save(): that one would call on buckets
    return int(row.pk)


if __name__ == "__main__":
    print(json.dumps(_make(**json.loads(sys.argv[1]))))
