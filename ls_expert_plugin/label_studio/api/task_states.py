"""Tasks of a project as dealing needs them: when they were made, how many annotations they want, whose specialty they are, and who has begun them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from ls_expert_plugin.label_studio.enforcement.scoping.task_routing import field_text
from ls_expert_plugin.label_studio.models import ProjectRule


def task_states(project_id: int, task_ids: Collection[int] | None, after: int, limit: int) -> list[dict[str, Any]]:
    """The next tasks of the project with an id beyond ``after``, by id; ``task_ids``: of these alone. Three queries.

    ``specialty``: the text of the field that the project's rule names, stripped and in small letters, "" for none where such tasks are everybody's;
    None: nobody's.
    """
    from tasks.models import Annotation, AnnotationDraft, Task

    rule = ProjectRule.objects.filter(pk=project_id).first()
    some = Task._base_manager.filter(project_id=project_id, pk__gt=after)
    some = some if task_ids is None else some.filter(pk__in=set(task_ids))
    field = rule.specialty_field if rule is not None else None
    if field is not None:
        some = some.annotate(_specialty=field_text(field))
    tasks = list(some.order_by("pk").values("pk", "created_at", "overlap", *(["_specialty"] if field is not None else []))[:limit])
    ids = [task["pk"] for task in tasks]
    done: dict[int, set[int]] = defaultdict(set)
    begun: dict[int, set[int]] = defaultdict(set)
    for task_id, user_id in Annotation._base_manager.filter(task_id__in=ids, completed_by_id__isnull=False).values_list("task_id", "completed_by_id"):
        done[task_id].add(user_id)
    for task_id, user_id in AnnotationDraft._base_manager.filter(task_id__in=ids).values_list("task_id", "user_id"):
        begun[task_id].add(user_id)
    return [{
        "ls_task_id": task["pk"], "made_at": task["created_at"], "overlap": task["overlap"],
        "specialty": _specialty(task.get("_specialty"), rule) if field is not None else "",
        "done_by": sorted(done[task["pk"]]), "begun_by": sorted(done[task["pk"]] | begun[task["pk"]]),
    } for task in tasks]


def _specialty(text: str | None, rule: ProjectRule | None) -> str | None:
    if text is None or (not text and not (rule is not None and rule.shows_tasks_without_specialty)):
        return None
    return text.strip().lower()
