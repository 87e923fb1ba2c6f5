"""Answers to control tasks, counted in a real Label Studio, and what follows from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.outbox_consumer.control_tasks import count_control_answers
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.vetting.review.dossier import contents as dossier
from ls_expert_plugin.vetting.review.recheck import job as recheck_job
from tests.support.builders.service import PACKS, Service, now
from tests.support.servers.label_studio import LabelStudio, Member


def _topic(value: str) -> list[dict[str, Any]]:
    return [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [value]}}]


def _annotate(client: Any, task: int, value: str, **more: Any) -> int:
    answer = client.post(f"/api/tasks/{task}/annotations/", json={"result": _topic(value), **more})
    answer.raise_for_status()
    return int(answer.json()["id"])


def test_answers_are_held_against_the_ground_truth_of_others(label_studio: LabelStudio, service: Service, expert: Member) -> None:
    """Only those that can be compared; skipped ones, own truths and tasks without a truth are none. The expert never sees which tasks are which."""
    config = ('<View><Text name="text" value="$text"/><Choices name="topic" toName="text"><Choice value="A"/><Choice value="B"/></Choices></View>')
    project = label_studio.new_project("Control", [str(number) for number in range(6)], maximum_annotations=3, label_config=config)
    service.read()
    with service.store.begin() as unit:
        unit.projects.set_requirement(project, Requirement("medicine"), now())
    assert service.decide(expert.id, "verified", now() + dt.timedelta(days=1))
    tasks = label_studio.task_ids(project)
    for task, truth in zip(tasks[:4], "AABB", strict=True):
        _annotate(label_studio.admin, task, truth, ground_truth=True)
    _annotate(expert.http, tasks[0], "A")
    _annotate(expert.http, tasks[1], "B")
    _annotate(expert.http, tasks[2], "B")
    _annotate(expert.http, tasks[3], "A", was_cancelled=True)
    _annotate(expert.http, tasks[4], "A")
    assert service.client.control_answers([expert.id, 2_000_000], 200) == [(expert.id, project, 3, 2)]
    assert service.client.control_answers([expert.id], 1) == [(expert.id, project, 1, 1)], "the latest"
    assert count_control_answers(service.store, service.client, now) == 1
    poor = _wants_everything_right()
    with service.store.read() as unit:
        person = unit.people.by_ls_user_id(expert.id)
        assert person is not None
        verification = unit.verifications.of(person.id)[0]
        weighed = dossier.dossier(unit, verification.id, poor, now()).weighed
    assert weighed is not None
    assert ("Work so far", "look", "2 of 3 answers to control tasks are right.") in [(one.title, one.state, one.found) for one in weighed.checks]
    step = next(one.step for one in recheck_job.recheck_all(service.store, poor, now()) if getattr(one.step, "reason", None))
    assert step.reason.cause == "quality"
    seen = expert.http.get(f"/api/tasks/{tasks[0]}/").text + expert.http.get("/api/tasks/", params={"project": project, "fields": "all"}).text
    assert '"ground_truth":true' not in seen.replace(" ", "") and '"ground_truth":false' in seen.replace(" ", "")


def _wants_everything_right() -> dict[str, Pack]:
    pack = PACKS["medicine"]
    recheck = pack.policy.recheck.model_copy(update={"minimum_control_answers": 3, "minimum_right_percent": 100})
    return {"medicine": pack.model_copy(update={"policy": pack.policy.model_copy(update={"recheck": recheck})})}
