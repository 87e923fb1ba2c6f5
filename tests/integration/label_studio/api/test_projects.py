"""What a real Label Studio says of its projects' tasks."""

from __future__ import annotations

from tests.support.builders.service import RESULT, Service
from tests.support.servers.label_studio import LabelStudio


def test_tasks_of_projects_and_those_left_are_counted(label_studio: LabelStudio, service: Service) -> None:
    """A task with all its annotations is left no more; a project without tasks, and one that is not there, say nothing."""
    some = label_studio.new_project("Counted", ["a", "b", "c"])
    none = label_studio.admin.post("/api/projects/", json={"title": "Nothing to count"}).json()["id"]
    label_studio.admin.post(f"/api/tasks/{label_studio.task_ids(some)[0]}/annotations/", json={"result": RESULT}).raise_for_status()
    counts = service.client.task_counts([some, none, 2_000_000])
    assert {number: (one.tasks, one.left) for number, one in counts.items()} == {some: (3, 2)}
