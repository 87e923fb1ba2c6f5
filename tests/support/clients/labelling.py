"""Experts' calls of Label Studio's API as its pages make them: sign up with access, list tasks, ask for the next, annotate."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from tests.support.servers.label_studio import LabelStudio, Member

RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]


def expert_of(label_studio: LabelStudio, project: int, specialties: Sequence[str] = ()) -> Member:
    """Somebody new, who has access to this project with these specialties."""
    member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.push(member.id, project, specialties=specialties)
    return member


def listed_tasks(member: Member, project: int, query: str = "") -> list[int]:
    """Ids of the project's tasks that the member's list shows, in order; the total says as many."""
    answer = member.http.get(f"/api/tasks/?project={project}&page_size=1000{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["tasks"])
    return sorted(task["id"] for task in answer.json()["tasks"])


def next_task(member: Member, project: int) -> int | None:
    """The task that the label stream hands out; None where there is none."""
    answer = member.http.get(f"/api/projects/{project}/next/")
    assert answer.status_code in (200, 404), answer.text
    return int(answer.json()["id"]) if answer.status_code == 200 else None


def annotate(member: Member, task: int, **body: Any) -> int:
    """Submit an annotation, of ``RESULT`` unless ``body`` has another; its id."""
    answer = member.http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT, **body})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])
