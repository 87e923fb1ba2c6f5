"""How many tasks somebody has done and has left, counted in a real Label Studio."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.ls_client.values import TaskProgress
from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.values import Requirement, Rules
from tests.support.builders.service import Service, now
from tests.support.servers.label_studio import LabelStudio, Member

CONFIG = '<View><Text name="text" value="$text"/><Choices name="topic" toName="text"><Choice value="A"/><Choice value="B"/></Choices></View>'


def _annotate(client: object, task: int, **more: object) -> None:
    result = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]
    client.post(f"/api/tasks/{task}/annotations/", json={"result": result, **more}).raise_for_status()  # type: ignore[attr-defined]


def test_what_i_have_done_and_what_is_left_for_me(label_studio: LabelStudio, service: Service, expert: Member) -> None:
    """Done also by skipping; left without what others have finished, and without what is not of my specialty. Foreign projects say nothing."""
    first, routed, foreign = (label_studio.new_project(title, ["1", "2", "3", "4"], label_config=CONFIG) for title in ("First", "Routed", "Foreign"))
    service.read()
    assert service.decide(expert.id, "verified", now() + dt.timedelta(days=1))
    rules = Rules(specialty_field="data.specialty", shows_tasks_without_specialty=False)
    for project, chosen in ((first, Rules()), (routed, rules)):
        service.routing.apply({project: TargetState(Requirement("medicine"), chosen, frozenset())})
    ids = [first, routed, foreign]
    assert service.client.task_progress(expert.id, ids) == {first: TaskProgress(first, 0, 4), routed: TaskProgress(routed, 0, 0)}
    tasks = label_studio.task_ids(first)
    _annotate(expert.http, tasks[0])
    _annotate(expert.http, tasks[1], was_cancelled=True)
    _annotate(label_studio.admin, tasks[2])
    assert service.client.task_progress(expert.id, ids)[first] == TaskProgress(first, 2, 1)
    assert service.client.task_progress(2_000_000, ids) == {}
