"""The condition of a query that leaves the tasks assigned to a person, in a project that shows experts assigned tasks only.

Written as SQL of its own, like ``membership_sql.py``, and in one piece: so both databases may begin at what is assigned, however many tasks
the project has. The end date is compared when the query runs. Fails closed: no row, no task.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import BooleanField, F, Func
from django.utils import timezone

from ls_expert_plugin.label_studio.models import Assignment

_ASSIGNMENT = Assignment._meta.db_table
IN_FORCE = "ls_expert_a.active AND NOT ls_expert_a.barred AND (ls_expert_a.valid_until IS NULL OR ls_expert_a.valid_until > %s)"


class IsOwnTask(Func):
    """Whether the task whose id is at ``path`` is assigned to this person, or they have begun it: an annotation or a draft of theirs is there.

    Work that was begun stays with its task when the assignment ends, unless the person is barred from it. Of tasks of this project alone.
    """

    output_field = BooleanField()

    def __init__(self, path: str, user_id: int, project_id: int) -> None:
        super().__init__(F(path), user_id=user_id, project_id=project_id)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, list[Any]]:
        column, parameters = compiler.compile(self.source_expressions[0])
        user_id, project_id = self.extra["user_id"], self.extra["project_id"]
        now = connection.ops.adapt_datetimefield_value(timezone.now())
        own = [
            f"SELECT ls_expert_a.task_id FROM {_ASSIGNMENT} ls_expert_a WHERE ls_expert_a.user_id = %s AND ls_expert_a.project_id = %s AND {IN_FORCE}",
            f"SELECT ls_expert_w.task_id FROM {_table('tasks.Annotation')} ls_expert_w"
            f" WHERE ls_expert_w.project_id = %s AND ls_expert_w.completed_by_id = %s AND ls_expert_w.task_id IS NOT NULL AND {_NOT_BARRED}",
            f"SELECT ls_expert_w.task_id FROM {_table('tasks.AnnotationDraft')} ls_expert_w JOIN {_table('tasks.Task')} ls_expert_t"
            f" ON ls_expert_t.id = ls_expert_w.task_id AND ls_expert_t.project_id = %s WHERE ls_expert_w.user_id = %s AND {_NOT_BARRED}",
        ]
        begun = [project_id, user_id, user_id]
        return f"{column} IN ({' UNION ALL '.join(own)})", [*parameters, user_id, project_id, now, *begun, *begun]


_NOT_BARRED = (
    f"NOT EXISTS (SELECT 1 FROM {_ASSIGNMENT} ls_expert_b WHERE ls_expert_b.user_id = %s AND ls_expert_b.task_id = ls_expert_w.task_id"
    " AND ls_expert_b.barred)"
)


@cache
def _table(model: str) -> str:
    return str(apps.get_model(model)._meta.db_table)
