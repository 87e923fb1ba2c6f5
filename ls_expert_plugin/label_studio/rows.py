"""Layer 2: which rows exist for the asking user.

Whole projects are hidden, with everything in them, in the managers that Label Studio reads through. Rows inside one's own
project are not hidden here: Label Studio counts other people's annotations with these same managers to compute
``is_labeled``, overlap and sampling (``tasks/mixins.py``, ``projects/functions/next_task.py``, 1.23.2).

Querysets that views build at import are out of reach here; layers 1 and 3 check those per request. Fails closed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ls_expert_plugin.label_studio.asking import visible_projects


def narrow_managers() -> None:
    """Wrap ``get_queryset`` of Label Studio's managers. Called once, when Django is ready."""
    from data_manager.managers import PreparedTaskManager, TaskManager
    from projects.models import ProjectManager
    from tasks.models import AnnotationDraftManager, AnnotationManager

    for manager, path in (
        (ProjectManager, "pk"),
        (TaskManager, "project_id"),
        (PreparedTaskManager, "project_id"),
        (AnnotationManager, "project_id"),
        (AnnotationDraftManager, "task__project_id"),
    ):
        manager.get_queryset = _narrowed(manager.get_queryset, path)


def _narrowed(stock: Callable[..., Any], path: str) -> Callable[..., Any]:
    def get_queryset(self: Any, *args: Any, **kwargs: Any) -> Any:
        queryset = stock(self, *args, **kwargs)
        projects = visible_projects()
        return queryset if projects is None else queryset.filter(**{f"{path}__in": projects})

    get_queryset.__doc__ = stock.__doc__
    return get_queryset
