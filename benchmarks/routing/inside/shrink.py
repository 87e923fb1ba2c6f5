"""Takes projects, and people's memberships, out of a filled Label Studio.

Takes {"projects": [id, …], "users": [id, …]}: these projects go with all that is in them, and all memberships in them or of these people.
The people stay. Prints {}.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from start import start

start()

BATCH = 500


def shrink(projects: list[int], users: list[int]) -> None:
    """Straight in the database: with Label Studio's own deletion this would take hours."""
    from data_manager.models import View
    from django.apps import apps
    from projects.models import Project, ProjectSummary
    from tasks.models import Annotation, Task

    models: list[tuple[Any, str]] = [(Annotation, "project_id"), (Task, "project_id"), (View, "project_id"), (ProjectSummary, "project_id"), (Project, "pk")]
    if apps.is_installed("ls_expert_plugin.label_studio.apps.ExpertConfig") or apps.is_installed("ls_expert_plugin.label_studio"):
        from ls_expert_plugin.label_studio.models import Membership, Outbox

        Membership.objects.filter(user_id__in=users).delete()
        models.append((Membership, "project_id"))
    for model, path in models:
        for first in range(0, len(projects), BATCH):
            model._base_manager.filter(**{f"{path}__in": projects[first:first + BATCH]})._raw_delete("default")
    if any(model.__name__ == "Membership" for model, _ in models):
        Outbox.objects.all().delete()


if __name__ == "__main__":
    shrink(**json.loads(sys.argv[1]))
    print("{}")
