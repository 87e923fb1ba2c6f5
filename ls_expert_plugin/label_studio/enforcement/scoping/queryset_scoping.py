"""Layer 2: which rows exist for the asking user.

Whole projects are hidden, with everything in them, in the managers that Label Studio reads through: its own ones, and the
plain ones of every model that belongs to a project, those of a later Label Studio included, and those that it defines only
when its addresses are read (local files, 1.23.2). Rows inside one's own project are
not hidden here: Label Studio counts other people's annotations with these same managers to compute ``is_labeled``, overlap
and sampling (``tasks/mixins.py``, ``projects/functions/next_task.py``, 1.23.2).

Of task locks, ``task_locks.py`` decides this together with whether they count. Querysets that views build at import are out of reach
here; layers 1 and 3 check those per request. Fails closed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Manager, Q
from django.db.models.constants import LOOKUP_SEP
from django.db.models.signals import class_prepared
from django.db.models.sql.where import AND

from ls_expert_plugin.label_studio.permissions.current_user import current_viewer
from ls_expert_plugin.label_studio.permissions.membership_sql import InMemberProjects, IsProjectMember

_OURS = "ls_expert"  # our own tables decide what is seen; they are not narrowed by it


def narrow_managers() -> None:
    """Wrap ``get_queryset`` of Label Studio's managers. Called once, when Django is ready."""
    from data_manager.managers import PreparedTaskManager, TaskManager
    from django.apps import apps
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
    for model in apps.get_models():
        _narrow(model)
    class_prepared.connect(_narrow_later, dispatch_uid="ls_expert_rows")


def _narrow(model: Any) -> None:
    way = _path_to_project(model)
    if way is not None and type(model._default_manager) is Manager:
        _replace_plain_manager(model, way)


def _narrow_later(sender: Any, **_: Any) -> None:
    """A model that is defined after Django was ready: as soon as the registry has it, and it knows what it points to."""
    from django.apps import apps

    if sender._meta.apps is apps:  # those of migrations have registries of their own
        apps.lazy_model_operation(_narrow, (sender._meta.app_label, sender._meta.model_name))


def _path_to_project(model: Any) -> str | None:
    """How to reach the project's id from a row of this model; None where rows belong to no project, or are our own."""
    if model._meta.app_label == _OURS:
        return None
    owners = {field.name: field.related_model._meta.label for field in model._meta.concrete_fields if field.is_relation}
    # By the task where there is one: ``project`` of a prediction may be empty (tasks/models.py, 1.23.2).
    if owners.get("task") == "tasks.Task":
        return "task__project_id"
    return "project_id" if owners.get("project") == "projects.Project" else None


def _replace_plain_manager(model: Any, path: str) -> None:
    """``objects``, and through its class the related managers, such as ``project.views``. Not ``_base_manager``."""
    # What has no project is the organization's: its webhooks are called for what experts do, as without us.
    with_none = path == "project_id" and model._meta.get_field("project").null
    get_queryset = _narrowed(Manager.get_queryset, path, with_none)
    narrowed = type(f"{model.__name__}Manager", (Manager,), {"get_queryset": get_queryset})
    name = model._default_manager.name
    model._meta.local_managers = [manager for manager in model._meta.local_managers if manager.name != name]
    model.add_to_class(name, narrowed())


def _narrowed(stock: Callable[..., Any], path: str, with_none: bool = False) -> Callable[..., Any]:
    condition = InMemberProjects if path == "pk" else IsProjectMember

    def get_queryset(self: Any, *args: Any, **kwargs: Any) -> Any:
        queryset = stock(self, *args, **kwargs)
        asker = current_viewer()
        if asker is None:
            return queryset
        wanted = condition(path, asker.user_id, asker.admitted)
        if with_none or LOOKUP_SEP in path:
            return queryset.filter(Q(wanted) | Q(**{path: None}) if with_none else wanted)
        # The same as ``filter`` with a column of the row itself, without a second copy of the query: a page of thirty rows asks for
        # a queryset some hundred times.
        queryset.query.where.add(wanted.resolve_expression(queryset.query), AND)
        return queryset

    get_queryset.__doc__ = stock.__doc__
    return get_queryset
