"""Prints [{"id", "view_id", "task_id"}, …] of the projects asked about, in their order; the task is one without annotations."""

from __future__ import annotations

import json
import sys

from start import start

start()


def about(projects: list[int]) -> list[dict[str, int]]:
    """One dictionary for each project."""
    from data_manager.models import View
    from tasks.models import Task

    views = dict(View.objects.values_list("project_id", "pk"))
    tasks = dict(Task.objects.filter(total_annotations=0).order_by("project_id", "-pk").values_list("project_id", "pk"))
    return [{"id": pk, "view_id": views[pk], "task_id": tasks[pk]} for pk in projects]


if __name__ == "__main__":
    print(json.dumps(about(**json.loads(sys.argv[1]))))
