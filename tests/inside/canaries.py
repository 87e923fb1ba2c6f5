"""Fills a project with canary strings: one row of every kind that belongs to a project, every text field of it filled.

Rows go straight into the database, so that no check of an address or a bucket stands in the way. Kinds come from the models
that Label Studio has. Prints the ids by kind, and the kinds that could not be made, with the reason.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from start import start

apps = start()
# What a row belongs to, so that it is one of those to be filled.
_OWNERS = ("Project", "Task", "Label", "S3ImportStorage", "LocalFilesImportStorage")
_NOT_MADE = ("ProjectMember", "ProjectSummary")  # the project has these already


def _text(canary: str, field: Any) -> str:
    """Unlike any other field's; cut to the width of the column, the canary first."""
    return f"{canary}-{field.model.__name__}-{field.name}"[: field.max_length or 200]


def _row(model: Any, canary: str, known: dict[str, Any]) -> Any:
    from django.db import models
    from django.utils import timezone

    row = model()
    for field in model._meta.concrete_fields:
        if field.is_relation:
            if field.related_model.__name__ in known:
                setattr(row, field.name, known[field.related_model.__name__])
        elif field.choices or field.primary_key:
            continue
        elif isinstance(field, models.JSONField):
            setattr(row, field.name, {"canary": _text(canary, field)})
        elif isinstance(field, models.FileField):
            setattr(row, field.name, f"upload/{canary}")
        elif isinstance(field, models.CharField | models.TextField):
            setattr(row, field.name, _text(canary, field))
        elif isinstance(field, models.DateTimeField):
            setattr(row, field.name, timezone.now())
        elif field.name == "project_id":
            setattr(row, field.name, known["Project"].pk)
    return row


def _fill(canary: str, project_id: int, task_id: int, user_id: int) -> dict[str, Any]:
    from django.db import Error, transaction
    from django.db.models import Model

    # What others point to comes first.
    models = {model.__name__: model for model in sorted(apps.get_models(), key=lambda model: "Link" in model.__name__)}
    known = {
        name: models[name]._base_manager.get(pk=pk)
        for name, pk in (("Project", project_id), ("Task", task_id), ("User", user_id))
    }
    known["Organization"] = known["Project"].organization
    made: dict[str, int] = {}
    skipped: dict[str, str] = {}
    for name, model in models.items():
        if model._meta.app_label == "ls_expert" or name in known or name in _NOT_MADE:
            continue
        if name != "Label" and not any(field.is_relation and field.related_model.__name__ in _OWNERS for field in model._meta.concrete_fields):
            continue
        row = _row(model, canary, known)
        try:
            with transaction.atomic():
                Model.save_base(row)  # not save(): that one would call on buckets and backends
            made[name] = row.pk
            known.setdefault(name, row)
        except (Error, ValueError) as error:
            skipped[name] = str(error)
    models["Task"]._base_manager.filter(pk=task_id).update(meta={"canary": f"{canary}-meta"})
    models["User"]._base_manager.filter(pk=user_id).update(first_name=f"{canary}-first", last_name=f"{canary}-last")
    models["Project"]._base_manager.filter(pk=project_id).update(
        **{field: f"{canary}-{field}" for field in ("description", "expert_instruction", "model_version")}
    )
    return {"made": made, "skipped": skipped}


if __name__ == "__main__":
    print(json.dumps(_fill(**json.loads(sys.argv[1])), default=str))
