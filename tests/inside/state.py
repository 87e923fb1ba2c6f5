"""Prints every row that belongs to a project or to a person, by model: compared before and after, it tells what changed."""

from __future__ import annotations

import json
import sys
from typing import Any

from start import start

apps = start()


def _state(project_id: int, user_id: int) -> dict[str, list[str]]:
    from django.db.models import Q

    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        wanted = Q(pk=project_id) if model.__name__ == "Project" else Q(pk=user_id) if model.__name__ == "User" else Q()
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model.__name__ == "Project":
                wanted |= Q(**{field.attname: project_id})
            elif field.is_relation and field.related_model.__name__ == "Task":
                wanted |= Q(**{f"{field.name}__project_id": project_id})
            elif field.is_relation and field.related_model.__name__ == "User":
                wanted |= Q(**{field.attname: user_id})
        if wanted:
            rows: Any = model._base_manager.filter(wanted).order_by("pk").values()
            found[model.__name__] = [json.dumps(row, default=str, sort_keys=True) for row in rows]
    return found


if __name__ == "__main__":
    print(json.dumps(_state(**json.loads(sys.argv[1]))))
