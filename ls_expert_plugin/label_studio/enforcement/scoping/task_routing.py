"""Which tasks inside one's own project are one's own: by the text in a field of the task, where the project routes by task, and by assignment,
where it shows assigned tasks only.

The comparison is one condition of the database's query; no task is read into this process for it. Rows are not hidden in the
managers: Label Studio counts with them (see ``queryset_scoping.py``). They are hidden where data leaves: in the one queryset that task lists,
the queue and task details are made of (``data_manager/managers.py: PreparedTaskManager.only_filtered``, 1.23.2), at the gate
(``guard/object_authorization.py``), in object checks, and in the history of the label stream. Fails closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Lower, Replace
from django.db.models.lookups import In

from ls_expert_plugin.label_studio.models import ProjectRule
from ls_expert_plugin.label_studio.permissions.assignment_sql import IsOwnTask
from ls_expert_plugin.label_studio.permissions.caller_access import ProjectAccess
from ls_expert_plugin.label_studio.permissions.current_user import current_request, current_viewer, is_manager, memberships_in_force
from ls_expert_plugin.label_studio.permissions.project_access import access_of, found
from ls_expert_plugin.label_studio.permissions.request_cache import request_cache

# What Python's strip() takes away, for both databases, whose TRIM knows spaces alone.
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_NOTHING = ""


class TaskField(Func):
    """The text at a path of a JSON column: "" where there is nothing or null, NULL where there is anything but a text.

    Keys are names in objects, also where they look like numbers of list items, in both databases.
    """

    output_field = TextField()

    def __init__(self, column: str, keys: tuple[str, ...]) -> None:
        super().__init__(F(column), keys=keys)

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        at = [*parameters, "$" + "".join(f'."{key}"' for key in self.extra["keys"])]
        kind = f"COALESCE(JSON_TYPE({column}, %s), 'null')"
        return f"TRIM(CASE {kind} WHEN 'text' THEN JSON_EXTRACT({column}, %s) WHEN 'null' THEN '' END, %s)", [*at, *at, _BLANKS]

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        found_there = f"({column}{' -> %s::text' * len(self.extra['keys'])})"
        at = [*parameters, *self.extra["keys"]]
        kind = f"COALESCE(jsonb_typeof{found_there}, 'null')"
        return f"BTRIM(CASE {kind} WHEN 'string' THEN {found_there} #>> '{{}}' WHEN 'null' THEN '' END, %s)", [*at, *at, _BLANKS]


def field_text(specialty_field: str) -> TaskField:
    """The expression for the text of a task's specialty field, such as "data.specialty"."""
    column, *keys = specialty_field.split(".")
    return TaskField(column, tuple(keys))


def task_filter(access: ProjectAccess, project_id: int) -> Any | None:
    """What ``filter`` takes to leave this member's tasks of this project; None where every task of it is theirs."""
    of_specialty = _specialty_filter(access)
    if access.assigned_to is None:
        return of_specialty
    assigned = Q(IsOwnTask("pk", access.assigned_to, project_id))
    return assigned if of_specialty is None else Q(of_specialty) & assigned


def _specialty_filter(access: ProjectAccess) -> Any | None:
    if access.specialty_field is None:
        return None
    wanted = {text for text in (specialty.strip().lower() for specialty in access.specialties) if text}
    field: Any = Lower(field_text(access.specialty_field), output_field=TextField())
    # Databases differ in which letters they know the small form of; SQLite knows those of English. Only letters in what is
    # wanted can make a difference.
    for letter in sorted({letter for text in wanted for letter in text if not letter.isascii() and len(letter.upper()) == 1}):
        if letter.upper() != letter:
            field = Replace(field, _value(letter.upper()), _value(letter), output_field=TextField())
    texts = [*sorted(wanted), *([_NOTHING] if access.shows_tasks_without_specialty else [])]
    return In(field, texts) if texts else Q(pk__in=[])


def scope_to_viewer(queryset: Any, project_ids: Iterable[int]) -> Any:
    """A queryset of tasks without those that are not the asking expert's; for everybody else as it is."""
    if current_viewer() is None:
        return queryset
    request = current_request()
    user = getattr(request, "user", None)
    theirs = Q(pk__in=[])
    for project_id in project_ids:
        access = found(request, user, project_id) if request is not None else None
        if access is not None:
            wanted = task_filter(access, project_id)
            theirs |= Q(project_id=project_id) & (Q() if wanted is None else Q(wanted))
    return queryset.filter(theirs)


def visible_task_ids(access: ProjectAccess, project_id: int, task_ids: Iterable[int]) -> set[int]:
    """Those of the tasks, all of this project, that this member may see."""
    from tasks.models import Task

    numbers = set(task_ids)
    wanted = task_filter(access, project_id)
    if wanted is None or not numbers:
        return numbers
    return set(Task._base_manager.filter(wanted, pk__in=numbers).values_list("pk", flat=True))


def own_task_counts(request: Any, user: Any) -> dict[int, int]:
    """By project of this expert that shows them some of its tasks only: how many of its tasks are theirs. Of those that the call names, or of all of theirs.

    One query for each such project, and no other where there is none.
    """
    from tasks.models import Task

    caller = request_cache(request).callers.get(user.pk)
    named = set(caller.access) if caller is not None else set()
    if not named and caller is not None and caller.has_routed:
        narrowed = Q(specialty_field__isnull=False) | ~Q(assignment=ProjectRule.OPEN)
        routed = ProjectRule.objects.filter(narrowed, project_id__in=memberships_in_force(user.pk).values("project_id"))
        named = set(routed.values_list("project_id", flat=True))
    counts = {}
    for project_id in sorted(named):
        access = found(request, user, project_id)
        wanted = task_filter(access, project_id) if access is not None else None
        if wanted is not None:
            counts[project_id] = Task._base_manager.filter(wanted, project_id=project_id).count()
    return counts


def may_see_task(user: Any, project_id: int | None, task_id: int | None) -> bool:
    """The object check. That the project is theirs is checked here as well."""
    if is_manager(user):
        return True
    request = current_request()
    access = found(request, user, project_id) if request is not None else access_of(user.pk, project_id)
    if access is None or project_id is None or task_id is None:
        return False
    return task_id in visible_task_ids(access, project_id, [task_id])


def narrow_task_lists() -> None:
    """Wrap the queryset that task lists and the queue are made of. Called once, when Django is ready."""
    from data_manager.managers import PreparedTaskManager

    stock = PreparedTaskManager.only_filtered

    def only_filtered(self: Any, prepare_params: Any = None) -> Any:
        return scope_to_viewer(stock(self, prepare_params=prepare_params), prepare_params.projects)

    PreparedTaskManager.only_filtered = only_filtered


def _value(text: str) -> Any:
    return Value(text, output_field=TextField())
