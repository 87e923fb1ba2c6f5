"""The extension's API about annotations: work that the outbox cannot tell of any more. See ``memberships.py`` for the list of all calls."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from ls_expert_plugin.label_studio.api.auth import for_service, iso, page
from ls_expert_plugin.label_studio.models import Outbox


@for_service("GET")
def annotation_list(request: HttpRequest) -> HttpResponse:
    """Annotations by id, without those whose creation still stands in the outbox; ``after``: the id to go on after.

    The outbox is looked at after the annotations: whatever it no longer holds by then, the service has taken in.
    """
    from tasks.models import Annotation

    after, limit = page(request)
    rows = list(
        Annotation.objects.filter(pk__gt=after).order_by("pk")
        .values("pk", "completed_by_id", "project_id", "task_id", "was_cancelled", "created_at")[:limit]
    )
    untold = set(Outbox.objects.filter(
        kind="annotation_created", annotation_id__in=[row["pk"] for row in rows]
    ).values_list("annotation_id", flat=True))
    return JsonResponse({"after": rows[-1]["pk"] if rows else after, "annotations": [{
        "ls_annotation_id": row["pk"], "ls_user_id": row["completed_by_id"], "ls_project_id": row["project_id"], "ls_task_id": row["task_id"],
        "was_cancelled": row["was_cancelled"], "created_at_utc": iso(row["created_at"]),
    } for row in rows if row["pk"] not in untold]})
