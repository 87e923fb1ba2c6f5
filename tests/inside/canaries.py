"""Fills a project with canary strings: one row of every kind that Label Studio has, every text field of it filled, and the files
that rows name.

Somebody is made a superuser besides: to see everything that can be seen. Rows go straight into the database, so that no check of
an address or a bucket stands in the way. Kinds come from the models that Label Studio has. Prints the ids by kind, the kinds that
could not be made, with the reason, the name of the person's picture, and every pattern of the live resolver.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from addresses import live
from start import start

apps = start()
# Not somebody's: Django's own, ours, what a project and an organization have one of already, and policies that bind everybody.
_NOT_MADE = frozenset({"ProjectMember", "ProjectSummary", "JWTSettings", "SessionTimeoutPolicy", "Token", "TokenProxy", "OutstandingToken",
                       "BlacklistedToken", "Organization", "OrganizationMember"})
_NOT_ITS = frozenset({"ls_expert", "admin", "auth", "contenttypes", "sessions", "django_rq"})
# What has to make sense for Label Studio to hand the rest out.
_SENSIBLE = {
    ("Export", "status"): "completed", ("S3ImportStorage", "region_name"): "us-east-1", ("S3ImportStorage", "s3_endpoint"): None,
}


def _text(canary: str, field: Any) -> str:
    """Unlike any other field's; cut to the width of the column, the canary first."""
    return f"{canary}-{field.model.__name__}-{field.name}"[: field.max_length or 200]


def _row(model: Any, canary: str, known: dict[str, Any]) -> Any:
    from django.core.files.base import ContentFile
    from django.db import models
    from django.utils import timezone

    row = model()
    for field in model._meta.concrete_fields:
        if field.is_relation:
            if field.related_model.__name__ in known and not field.name.endswith("_ptr"):
                setattr(row, field.name, known[field.related_model.__name__])
        elif (model.__name__, field.name) in _SENSIBLE:
            setattr(row, field.name, _SENSIBLE[model.__name__, field.name])
        elif field.choices or field.primary_key:
            continue
        elif isinstance(field, models.JSONField):
            setattr(row, field.name, {"canary": _text(canary, field)})
        elif isinstance(field, models.FileField):
            getattr(row, field.name).save(f"{canary}-kept.txt", ContentFile(f"{canary} content of {model.__name__}".encode()), save=False)
        elif isinstance(field, models.CharField | models.TextField):
            setattr(row, field.name, _text(canary, field))
        elif isinstance(field, models.DateTimeField):
            setattr(row, field.name, timezone.now())
        elif field.name == "project_id":
            setattr(row, field.name, known["Project"].pk)
    return row


def _fill(canary: str, project_id: int, task_id: int, user_id: int, root_id: int) -> dict[str, Any]:
    from django.core.files.base import ContentFile
    from django.db import Error, transaction
    from django.db.models import Model

    models = {model.__name__: model for model in apps.get_models() if model._meta.app_label not in _NOT_ITS and model._meta.managed}
    known = {
        name: models[name]._base_manager.get(pk=pk)
        for name, pk in (("Project", project_id), ("Task", task_id), ("User", user_id))
    }
    known["Organization"] = known["Project"].organization
    made: dict[str, int] = {}
    skipped: dict[str, str] = {}
    waiting = [name for name in models if name not in known and name not in _NOT_MADE]
    # What others point to comes first: round after round, until nothing more can be made.
    while waiting:
        left = []
        for name in waiting:
            row = _row(models[name], canary, known)
            try:
                with transaction.atomic():
                    Model.save_base(row)  # not save(): that one would call on buckets and backends
                made[name] = row.pk
                known[name] = row
            except (Error, ValueError) as error:
                skipped[name] = str(error)
                left.append(name)
        if left == waiting:
            break
        waiting = left
    models["Task"]._base_manager.filter(pk=task_id).update(meta={"canary": f"{canary}-meta"})
    models["User"]._base_manager.filter(pk=user_id).update(first_name=f"{canary}-first", last_name=f"{canary}-last", phone=canary[:20])
    models["User"]._base_manager.filter(pk=root_id).update(is_superuser=True, is_staff=True)
    person = models["User"]._base_manager.get(pk=user_id)
    person.avatar.save("kept.png", ContentFile(f"{canary} picture".encode()), save=False)
    models["User"]._base_manager.filter(pk=user_id).update(avatar=person.avatar.name)
    models["Project"]._base_manager.filter(pk=project_id).update(
        **{field: f"{canary}-{field}" for field in ("description", "expert_instruction", "model_version")}
    )
    there = {name: models[name]._base_manager.order_by("-pk").values_list("pk", flat=True).first() for name in _NOT_MADE if name in models}
    return {
        "made": {name.lower(): pk for name, pk in {**there, **made}.items()}, "skipped": {name: skipped[name] for name in waiting},
        "avatar": person.avatar.name, "patterns": live(),
    }


if __name__ == "__main__":
    print(json.dumps(_fill(**json.loads(sys.argv[1])), default=str))
