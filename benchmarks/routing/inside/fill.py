"""Fills a new, stock Label Studio in bulk: people, projects with a tab each, tasks, annotations on a fifth of them.

Takes {"users", "projects", "tasks", "password"}; the same numbers make the same rows. Prints {"users": [id, …], "projects": [id, …]}.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from typing import Any

from start import start

start()

CONFIG = '<View><Text name="text" value="$text"/><Choices name="topic" toName="text"><Choice value="A"/><Choice value="B"/></Choices></View>'
RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]
WORDS = ["claim", "contract", "dose", "fever", "ledger", "margin", "notice", "patient", "report", "statute", "tariff", "witness"]
BATCH = 2000
# Only these two sign in: the first two users made.
SIGNING_IN = 2


def fill(users: int, projects: int, tasks: int, password: str) -> dict[str, list[int]]:
    """The ids of what was made."""
    draw = random.Random(3)  # noqa: S311  (data, not secrets)
    people = _people(users, password)
    made = _projects(projects, [person.pk for person in people], draw)
    _tasks(made, tasks, [person.pk for person in people], draw)
    return {"users": [person.pk for person in people], "projects": [project.pk for project in made]}


def _people(number: int, password: str) -> list[Any]:
    from organizations.models import Organization, OrganizationMember
    from users.models import User

    here = Organization.objects.get()
    rows = []
    for i in range(number):
        user = User(email=f"user{i}@bench.example", username=f"user{i}", first_name=f"First{i}", last_name=f"Last{i}", active_organization=here)
        if i < SIGNING_IN:
            user.set_password(password)
        else:
            user.set_unusable_password()
        rows.append(user)
    User.objects.bulk_create(rows, batch_size=BATCH)
    made = list(User.objects.filter(email__endswith="@bench.example").order_by("pk"))
    OrganizationMember.objects.bulk_create([OrganizationMember(user=user, organization=here) for user in made])
    return made


def _projects(number: int, user_ids: list[int], draw: random.Random) -> list[Any]:
    from data_manager.models import View
    from organizations.models import Organization
    from projects.models import Project, ProjectSummary

    here = Organization.objects.get()
    # One is saved as Label Studio does it; the others are copies of what that computed.
    first = Project.objects.create(title="Project 0", label_config=CONFIG, organization=here, created_by_id=user_ids[0])
    names = [field.attname for field in Project._meta.concrete_fields if field.attname not in ("id", "title", "created_by_id", "token")]
    copied = {name: getattr(first, name) for name in names}
    Project.objects.bulk_create(
        [Project(title=f"Project {i} {draw.choice(WORDS)}", created_by_id=draw.choice(user_ids), **copied) for i in range(1, number)],
        batch_size=BATCH,
    )
    start_at = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    made = list(Project.objects.order_by("pk"))
    for i, project in enumerate(made):
        project.created_at = start_at + dt.timedelta(minutes=7 * i)
    Project.objects.bulk_update(made, ["created_at"], batch_size=500)
    summary = {
        "all_data_columns": {"text": 1}, "common_data_columns": ["text"], "created_annotations": {}, "created_labels": {"topic": {"A": 1}},
    }
    ProjectSummary.objects.filter(project=first).delete()
    ProjectSummary.objects.bulk_create([ProjectSummary(project=project, **summary) for project in made], batch_size=BATCH)
    tab = {"title": "Default", "hiddenColumns": {"explore": [], "labeling": []}}
    View.objects.bulk_create([View(project=project, data=tab, user_id=user_ids[0]) for project in made], batch_size=BATCH)
    return made


def _tasks(projects: list[Any], number: int, user_ids: list[int], draw: random.Random) -> None:
    from tasks.models import Annotation, Task

    rows = []
    for i in range(number):
        done = i // len(projects) % 5 == 4
        rows.append(Task(
            project=projects[i % len(projects)], inner_id=1 + i // len(projects), data={"text": " ".join(draw.choices(WORDS, k=60))},
            is_labeled=done, total_annotations=int(done), overlap=1,
        ))
    rows.sort(key=lambda task: (task.project_id, task.inner_id))
    Task.objects.bulk_create(rows, batch_size=BATCH)
    annotations = [
        Annotation(
            task_id=pk, project_id=project_id, completed_by_id=(who := draw.choice(user_ids)), updated_by_id=who, result=RESULT, result_count=1,
            lead_time=draw.uniform(5, 60),
        )
        for pk, project_id in Task.objects.filter(is_labeled=True).order_by("pk").values_list("pk", "project_id")
    ]
    Annotation.objects.bulk_create(annotations, batch_size=BATCH)


if __name__ == "__main__":
    print(json.dumps(fill(**json.loads(sys.argv[1]))))
