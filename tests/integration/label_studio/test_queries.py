"""What a request costs the database: never more than one question above stock Label Studio, whoever asks and however much there is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ls_expert_plugin.protocol.handshake import API_KEY_HEADER, api_key
from tests.support.adversarial.crawl import RESULT
from tests.support.clients.in_process import Call, make, ways_in
from tests.support.servers.label_studio import SETTINGS_MODULE, SHARED_SECRET, LabelStudio

ROLES = ("manager", "expert")
# As Label Studio's pages ask (1.23.2). The first of a kind in a process asks for what is then kept, so each is made twice.
LISTED = "id,title,created_by,created_at,color,is_published,assignment_settings,state"
WAYS = ("session", "legacy token", "X-Api-Key", "JWT")


def _calls(project: int, view: int, task: int) -> Mapping[str, tuple[str, str, Mapping[str, Any]]]:
    return {
        "project list": ("GET", f"/api/projects?{urlencode({'page': 1, 'page_size': 1, 'include': LISTED})}", {}),
        "project list, slash": ("GET", f"/api/projects/?{urlencode({'page': 1, 'page_size': 1, 'include': LISTED})}", {}),
        "project": ("GET", f"/api/projects/{project}/", {}),
        "next task": ("GET", f"/api/projects/{project}/next", {}),
        "next task, slash": ("GET", f"/api/projects/{project}/next/", {}),
        "task list": ("GET", f"/api/tasks?page=1&page_size=30&view={view}&project={project}", {}),
        "task": ("GET", f"/api/tasks/{task}/", {}),
        "task list, slash": ("GET", f"/api/tasks/?page=1&page_size=30&view={view}&project={project}", {}),
        "annotation submit, slash": (
            "POST", f"/api/tasks/{task}/annotations/?project={project}", {"json": {"result": RESULT, "lead_time": 12.5}},
        ),
        "annotation submit": ("POST", f"/api/tasks/{task}/annotations?project={project}", {"json": {"result": RESULT, "lead_time": 12.5}}),
        "draft": ("POST", f"/api/tasks/{task}/drafts?project={project}", {"json": {"result": RESULT, "lead_time": 1}}),
    }


def _statements(label_studio: LabelStudio, folder: Path, settings_module: str) -> dict[tuple[str, str, str], int]:
    """By role, way in and what was asked: how many statements it took."""
    people = {role: label_studio.sign_up(f"{role}-{uuid.uuid4().hex[:8]}@test.example") for role in ROLES}
    label_studio.service.put("/roles", json={"roles": [{"ls_user_id": people[role].id, "role": role} for role in ROLES]}).raise_for_status()
    project = label_studio.new_project("Counted", ["one", "two", "three"], maximum_annotations=3)
    label_studio.push(people["expert"].id, project)
    made = label_studio.admin.post("/api/dm/views/", json={"project": project, "data": {"title": "All"}})
    asked = _calls(project, made.json()["id"], label_studio.task_ids(project)[0])
    identities = {f"{role}, {way}": shown for role in ROLES for way, shown in ways_in(people[role]).items()}
    calls = {
        (role, way, name): Call(f"{role}, {way}", method, address, options, is_undone=True)
        for role in ROLES for way in WAYS for name, (method, address, options) in asked.items()
    }
    answers, _ = make(label_studio, folder, identities, [*calls.values(), *calls.values()], settings_module=settings_module)
    counted = answers[len(calls):]
    failed = {key: answer.excerpt for key, answer in zip(calls, counted, strict=True) if answer.status not in (200, 201)}
    assert not failed
    return {key: answer.statements for key, answer in zip(calls, counted, strict=True)}


def test_a_request_takes_at_most_one_more_query_than_in_stock(label_studio: LabelStudio, tmp_path: Path) -> None:
    """Project list, project, next, task list, task, submit and draft, by every way in, of managers and of experts."""
    with_ours, stock = (_statements(label_studio, tmp_path, module) for module in (SETTINGS_MODULE, "stock"))
    more = {key: (stock[key], count) for key, count in with_ours.items() if count > stock[key] + 1}
    print({key: (stock[key], count) for key, count in with_ours.items()})
    assert not more


def test_a_page_of_members_takes_as_many_queries_as_one_member(label_studio: LabelStudio, tmp_path: Path) -> None:
    """The service reads all members every few minutes, and with each page of events about people: roles come along."""
    cursor = label_studio.cursor()
    for number in range(3):
        label_studio.sign_up(f"page-{number}-{uuid.uuid4().hex[:8]}@test.example")
    service = {"service": {"headers": {API_KEY_HEADER: api_key(SHARED_SECRET)}}}
    addresses = [f"/api/ls-expert/{path}&limit={limit}" for path in ("users?after=0", f"outbox?after={cursor}") for limit in (1, 4)]
    answers, _ = make(label_studio, tmp_path, service, [Call("service", "GET", address) for address in addresses * 2])
    counted = answers[len(addresses):]
    assert [answer.status for answer in counted] == [200] * 4
    users_one, users, events_one, events = (answer.statements for answer in counted)
    assert users == users_one <= 2 and events == events_one
