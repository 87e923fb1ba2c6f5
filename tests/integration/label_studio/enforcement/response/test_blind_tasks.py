"""The blind arm in a real Label Studio: experts see some tasks without a pre-label, managers all with theirs; and what is measured of both."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ls_expert_plugin.agreement.blind import BlindArm
from ls_expert_plugin.cli.prelabels.prelabel_report import print_report
from ls_expert_plugin.config import load
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.protocol.handshake import derive_key
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import NOW
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio, Member

BLIND = BlindArm(10, derive_key(SHARED_SECRET, "blind-arm"))  # the default share


def _topic(value: str) -> list[dict[str, Any]]:
    return [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [value]}}]


@pytest.fixture
def project(label_studio: LabelStudio) -> int:
    """Forty tasks with a pre-label each, that can be told from others by its score."""
    pre_label = {"result": _topic("A"), "score": 0.4242, "model_version": "canary-v1"}
    tasks = [{"data": {"text": f"Case {number}"}, "predictions": [pre_label]} for number in range(40)]
    return label_studio.new_project("Blind", tasks, maximum_annotations=3)


def _sees(client: Any, project: int) -> dict[int, str]:
    """Every way in which a task shows itself, as text."""
    found: dict[int, str] = {}
    for task in client.get("/api/tasks/", params={"project": project, "fields": "all", "page_size": 100}).json()["tasks"]:
        found[task["id"]] = str(task) + client.get(f"/api/tasks/{task['id']}/").text
    return found


def _shows(text: str) -> bool:
    return "0.4242" in text or "canary-v1" in text


def test_experts_see_blind_tasks_without_their_pre_labels_and_managers_see_all(label_studio: LabelStudio, project: int, expert: Member) -> None:
    """In lists, single tasks and the queue; by every way in; and they cannot search for what is hidden."""
    label_studio.push(expert.id, project)
    tasks = label_studio.task_ids(project)
    blind = {task for task in tasks if BLIND.holds(project, task)}
    assert {task for task, text in _sees(label_studio.admin, project).items() if _shows(text)} == set(tasks)
    for client in expert.ways_in().values():
        seen = _sees(client, project)
        assert {task for task, text in seen.items() if not _shows(text)} == blind and set(seen) == set(tasks)
    for _ in tasks:
        task = expert.http.get(f"/api/projects/{project}/next")
        if task.status_code != 200:
            break
        assert _shows(task.text) != (task.json()["id"] in blind)
        expert.http.post(f"/api/tasks/{task.json()['id']}/annotations/", json={"result": _topic("A")}).raise_for_status()
    for column in ("predictions_score", "predictions_model_versions", "predictions_results", "total_predictions"):
        query = f'{{"filters":{{"conjunction":"and","items":[{{"filter":"filter:tasks:{column}","operator":"contains","type":"String","value":"canary"}}]}}}}'
        assert expert.http.get("/api/tasks/", params={"project": project, "query": query}).status_code == 403, column
    for path in (f"/api/predictions/?task={min(blind or tasks)}", f"/api/predictions/?project={project}"):
        assert not _shows(expert.http.get(path).text), path


def test_what_experts_made_of_pre_labels_is_measured_in_both_arms(label_studio: LabelStudio, project: int, expert: Member, tmp_path: Path) -> None:
    """Edits, agreement and time, beside the pre-label that was there before; only figures leave Label Studio. Managers' work is not in it."""
    label_studio.push(expert.id, project)
    tasks = label_studio.task_ids(project)
    for number, task in enumerate(tasks):
        body = {"result": _topic("B" if number % 4 == 0 else "A"), "lead_time": 0.2 if number < 20 else 40}
        expert.http.post(f"/api/tasks/{task}/annotations/", json=body).raise_for_status()
    for task in tasks[:10]:
        label_studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": _topic("A"), "lead_time": 9}).raise_for_status()
    expert.http.post(f"/api/tasks/{tasks[0]}/annotations/", json={"result": _topic("A"), "was_cancelled": True}).raise_for_status()
    client = ExtensionClient(label_studio.url, SHARED_SECRET)
    found = list(client.prelabel_outcomes(project))
    client.close()
    theirs = [one for one in found if one.ls_user_id == expert.id]
    assert len(found) == 50 and len(theirs) == 40 and {one.version for one in found} == {"canary-v1"}
    assert sum(one.edits for one in theirs) == 10 and [one.agrees for one in theirs[:4]] == [0.0, 1.0, 1.0, 1.0] and theirs[20].agrees is None
    assert sum(one.is_blind for one in theirs) == sum(BLIND.holds(project, task) for task in tasks)
    assert all(one.is_stamped == (one.lead_time_s == 0.2 and one.edits == 0 and not one.is_blind) for one in theirs)
    environment = {
        "LS_EXPERT_LABEL_STUDIO_URL": label_studio.url, "LS_EXPERT_DATA_DIR": str(tmp_path / "report"), "LS_EXPERT_SHARED_SECRET": SHARED_SECRET,
        "LS_EXPERT_SECRET_KEY": "k" * 32, "LS_EXPERT_WEBHOOK_SECRET": "w" * 32,
    }
    settings = load(environment)
    settings.data_dir.mkdir()
    migrate(settings.database_url)
    store = Database(settings.database_url)
    with store.begin() as unit:
        unit.projects.heard_of(project, "Blind", NOW)
        unit.people.save(expert.id, expert.email, "Ada Quill", "expert", NOW)
        unit.people.save(1, "admin@test.example", "", "manager", NOW)
    store.close()
    out = io.StringIO()
    assert print_report(settings, project, out) == 0
    shown = len(tasks) - sum(one.is_blind for one in theirs)
    assert f"Blind: {shown} annotations by experts with a pre-label in sight" in out.getvalue()
    assert "annotation is the pre-label" in out.getvalue() and "Ada Quill accepted" in out.getvalue(), out.getvalue()


def test_nothing_tells_that_a_hidden_pre_label_is_there(label_studio: LabelStudio, project: int, expert: Member) -> None:
    """Not the number of pre-labels of a list cut down to one task, nor what its number answers as a parent."""
    label_studio.push(expert.id, project)
    everything = label_studio.admin.get("/api/tasks/", params={"project": project, "fields": "all", "page_size": 100}).json()["tasks"]
    numbers = {task["id"]: task["predictions"][0]["id"] for task in everything}
    blind = {task for task in numbers if BLIND.holds(project, task)}
    assert blind and blind != set(numbers)
    hidden, shown = min(blind), min(set(numbers) - blind)
    for task in (hidden, shown):
        look = {"filter": "filter:tasks:id", "operator": "equal", "type": "Number", "value": task}
        query = json.dumps({"filters": {"conjunction": "and", "items": [look]}})
        listed = expert.http.get("/api/tasks/", params={"project": project, "query": query}).json()
        assert (len(listed["tasks"]), listed["total_predictions"]) == (1, 0)
    made = [
        expert.http.post(f"/api/tasks/{hidden}/annotations/", json={"result": _topic("A"), "parent_prediction": number})
        for number in (numbers[hidden], 987654)
    ]
    assert [answer.status_code for answer in made] == [404, 404] and made[0].text == made[1].text
    fine = expert.http.post(f"/api/tasks/{shown}/annotations/", json={"result": _topic("A"), "parent_prediction": numbers[shown]})
    assert fine.status_code == 201
