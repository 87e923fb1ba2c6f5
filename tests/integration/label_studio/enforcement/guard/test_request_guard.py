"""The gate and the view read the same request: types of bodies, headers, files, truth and numbers, on a real Label Studio."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from ls_expert_plugin.protocol.handshake import WEBHOOK_SECRET_HEADER
from tests.integration.label_studio.enforcement.response.test_redaction import Shared, result, share_work
from tests.support.adversarial.crawl import RESULT, UNWRITABLE, WHITE_SPACE, odd_types
from tests.support.clients.in_process import INSIDE, Answer, Call, make, ways_in
from tests.support.servers.label_studio import LabelStudio, Member

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def shared(label_studio: LabelStudio) -> Shared:
    """Two experts of one project; the colleague's annotation of the first task is ground truth."""
    shared = share_work(label_studio)
    label_studio.admin.patch(f"/api/annotations/{_annotation(shared.colleague, shared)}/", json={"ground_truth": True}).raise_for_status()
    return shared


def _annotation(member: Member, shared: Shared) -> int:
    return int(next(one["id"] for one in member.http.get(f"/api/tasks/{shared.tasks[0]}/annotations/").json()))


def _mark(label_studio: LabelStudio, shared: Shared) -> bool:
    return bool(label_studio.admin.get(f"/api/annotations/{_annotation(shared.colleague, shared)}/").json()["ground_truth"])


def _send(http: httpx.Client, method: str, path: str, content: str, kind: str) -> httpx.Response:
    return http.request(method, path, content=content.encode(), headers={"Content-Type": kind})


@dataclass(frozen=True)
class Told:
    """What was answered inside Label Studio's process, by the question that it is about, and an annotation before and after."""

    about: Mapping[str, Sequence[tuple[Call, Answer]]]
    before: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(scope="module")
def told(label_studio: LabelStudio, shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """All calls that are many, in one go."""
    (t, d, n), p, http, me = shared.tasks, shared.project, shared.expert.http, shared.expert.id
    mine = _annotation(shared.expert, shared)
    draft = http.get(f"/api/tasks/{d}/drafts").json()[0]["id"]
    tab = http.post(f"/api/dm/views/?project={p}", json={"project": p, "data": {"title": "Mine"}}).json()["id"]
    foreign = label_studio.new_project("Foreign", ["one"])
    work = (("PATCH", f"/api/annotations/{mine}/"), ("POST", f"/api/tasks/{n}/annotations/"), ("POST", f"/api/tasks/{n}/drafts"))
    writing = (
        *work, ("PATCH", f"/api/drafts/{draft}/"), ("PUT", f"/api/drafts/{draft}/"), ("PUT", f"/api/annotations/{mine}/"),
        ("POST", f"/api/dm/views/?project={p}"), ("PATCH", f"/api/dm/views/{tab}/"), ("PUT", f"/api/dm/views/{tab}/"), ("PATCH", f"/api/users/{me}/"),
        ("PATCH", "/api/current-user/hotkeys/"), ("PATCH", "/api/current-user/product-tour?name=x"), ("POST", f"/api/dm/actions/?project={p}&id=next_task"),
    )
    reading = (
        f"/api/annotations/{mine}/", f"/api/tasks/{t}/", f"/api/tasks/{t}/annotations/", f"/api/tasks/?project={p}", f"/api/projects/{p}/",
        f"/api/projects/{p}/next/", "/api/current-user/whoami",
    )
    by_token = (
        ("GET", "/api/users/", {}), ("PATCH", f"/api/projects/{p}/", {"json": {"description": "by an expert"}}),
        ("POST", "/api/projects/", {"json": {"title": "by an expert"}}), ("GET", f"/api/projects/{foreign}/", {}), ("POST", "/api/webhooks/", {"json": {}}),
        ("POST", f"/api/dm/actions/?project={p}&id=next_task", {"json": {"ordering": ["tasks:annotations_results"]}}),
    )
    token = shared.expert.secrets()["legacy"]
    headers = [f"Token {token}", *(f"{around}{word}{space}{token}{around}" for space in WHITE_SPACE for word in ("Token", "tOKEN") for around in ("", space))]
    asked = {
        "types": [
            Call("expert", method, path, {"content": content, "type": kind})
            for kind, content in odd_types({"completed_by": 1, "ground_truth": True, "task": n}) for method, path in work
        ],
        "tokens": [
            Call("nobody", method, path, {**options, "headers": {"Authorization": header}}, is_undone=True)
            for header in headers for method, path, options in by_token
        ],
        "unwritable": [
            Call("expert", method, path, {"content": content, "type": "application/json"}) for method, path in writing for content in UNWRITABLE
        ],
        "shapes": [
            Call("expert", "GET", path + ("&" if "?" in path else "?") + urlencode({key: value, "project": p}))
            for key in ("omit", "expand", "fields", "omit[]", "expand[]", "fields[]") for path in reading
            for value in ("completed_by", "completed_by.email", "id", "all,x", "")
        ],
    }
    before = label_studio.admin.get(f"/api/annotations/{mine}/").json()
    answers, _ = make(
        label_studio, tmp_path_factory.mktemp("guard"), {"nobody": {}, "expert": ways_in(shared.expert)["legacy token"]},
        [call for calls in asked.values() for call in calls], canary=shared.colleague.email,
    )
    left = iter(answers)
    about = {name: [(call, next(left)) for call in calls] for name, calls in asked.items()}
    return Told(about, before, label_studio.admin.get(f"/api/annotations/{mine}/").json())


def _not(told: Told, about: str, *statuses: int) -> list[str]:
    return [f"{call}: {answer.status} {answer.excerpt}" for call, answer in told.about[about] if answer.status not in statuses or answer.wrote]


def test_a_body_of_a_type_that_is_none_of_three_is_refused(label_studio: LabelStudio, shared: Shared, told: Told) -> None:
    """Wildcards, other types, none at all, in capitals and with parameters: 415, and nothing is stored, moved or marked."""
    assert _not(told, "types", 415) == []
    assert told.after == {**told.before, "created_ago": told.after["created_ago"]} and _mark(label_studio, shared)
    for kind in ("application/json", "Application/JSON ; charset=UTF-8", "application/json;v=1"):
        assert _send(shared.expert.http, "PATCH", f"/api/annotations/{told.before['id']}/", '{"lead_time": 5}', kind).status_code == 200, kind


def test_a_token_counts_after_any_white_space(told: Told) -> None:
    """As the rest framework reads the header: whatever parts the word from the token, the same is refused and the same list is cut down."""
    expected = [200, 403, 403, 404, 403, 403]
    for number, (call, answer) in enumerate(told.about["tokens"]):
        assert (answer.status, answer.canary, answer.wrote) == (expected[number % len(expected)], None, []), call


@pytest.mark.parametrize("value", ["false", "0", "none", "", 0, [], {}, "False", 0.0])
def test_ground_truth_is_denied_by_json_false_or_null_alone(label_studio: LabelStudio, shared: Shared, value: Any) -> None:
    """A text that says no is true to Label Studio, and takes the mark from a colleague."""
    mine = _annotation(shared.expert, shared)
    for method, path in (("PATCH", f"/api/annotations/{mine}/"), ("POST", f"/api/tasks/{shared.tasks[0]}/annotations/")):
        for refused in (
            shared.expert.http.request(method, path, json={"result": RESULT, "ground_truth": value}),
            shared.expert.http.request(method, path, data={"result": "[]", "ground_truth": str(value)}),
            shared.expert.http.request(method, path, files={"ground_truth": (None, str(value))}),
            shared.expert.http.request(method, path, files={"ground_truth": ("name", b"x", "text/plain")}),
        ):
            assert refused.status_code in (400, 403), (method, refused.text)
    assert _mark(label_studio, shared)
    for fine in (False, None):
        assert shared.expert.http.patch(f"/api/annotations/{mine}/", json={"result": result(shared.own), "ground_truth": fine}).status_code in (200, 400)


def test_files_are_taken_for_a_picture_of_oneself_alone(label_studio: LabelStudio, shared: Shared) -> None:
    """A file counts as a field by its name, and is refused on every other address; the avatar goes up and down."""
    http, mine = shared.expert.http, _annotation(shared.expert, shared)
    for name in ("ground_truth", "result", "anything"):
        for method, path in (
            ("PATCH", f"/api/annotations/{mine}/"), ("POST", f"/api/tasks/{shared.tasks[2]}/drafts"), ("PATCH", f"/api/users/{shared.expert.id}/"),
            ("POST", "/user/account/"),
        ):
            assert http.request(method, path, files={name: ("name", b"x", "text/plain")}).status_code in (400, 403), (name, method, path)
    assert _mark(label_studio, shared)
    assert http.post(f"/api/users/{shared.expert.id}/avatar/", files={"avatar": ("me.png", PNG, "image/png")}).status_code == 200
    assert http.get("/api/current-user/whoami").json()["avatar"]
    assert http.delete(f"/api/users/{shared.expert.id}/avatar/").status_code == 204


def test_what_cannot_be_written_out_again_is_not_stored(label_studio: LabelStudio, shared: Shared, told: Told) -> None:
    """Halves of characters and numbers without end, in JSON, in a text of JSON, in forms: 400, and managers' pages still answer."""
    assert _not(told, "unwritable", 400) == []
    http, (t, _, n), p = shared.expert.http, shared.tasks, shared.project
    mine = told.before["id"]
    for method, path in (("PATCH", f"/api/annotations/{mine}/"), ("POST", f"/api/tasks/{n}/drafts")):
        for field in ({"lead_time": "1e400"}, {"lead_time": "nan"}, {"lead_time": "-1"}, {"result": '[{"a": 1e400}]'}, {"result": '[{"a": "\\ud800"}]'}):
            assert http.request(method, path, data={"result": "[]", **field}).status_code == 400, field
            assert http.request(method, path, files={name: (None, value) for name, value in field.items()}).status_code == 400, field
    for address in (
        f"/api/tasks?project={p}&fields=all", f"/api/tasks/{t}/", f"/api/tasks/{n}/", f"/api/dm/views/?project={p}", "/api/users/",
        "/api/organizations/1/memberships", *(f"/api/projects/{p}/export?exportType={kind}" for kind in ("JSON", "JSON_MIN", "CSV", "TSV")),
    ):
        assert label_studio.admin.get(address).status_code == 200, address
    for fine in (0, 1e6, 3.5, None):
        assert http.patch(f"/api/annotations/{mine}/", json={"lead_time": fine}).status_code == 200, fine


def test_a_result_that_does_not_fit_the_label_config_is_not_stored(label_studio: LabelStudio, shared: Shared) -> None:
    """It would end every export, and keep managers from changing the label config: 400, in JSON, in a text of JSON and in forms."""
    http, (t, _, n), p = shared.expert.http, shared.tasks, shared.project
    mine = next(one["id"] for one in http.get(f"/api/tasks/{t}/").json()["annotations"])
    draft = http.post(f"/api/tasks/{n}/drafts", json={"result": RESULT}).json()["id"]
    writing = (("POST", f"/api/tasks/{n}/annotations/"), ("PATCH", f"/api/annotations/{mine}/"), ("PUT", f"/api/annotations/{mine}/"),
               ("POST", f"/api/tasks/{n}/drafts"), ("POST", f"/api/tasks/{t}/annotations/{mine}/drafts"), ("PATCH", f"/api/drafts/{draft}/"))
    for more in ({"type": "textarea", "value": {"text": ["x"]}}, {"value": {}}, {"value": "x"}, {"from_name": "a|b"}, {"from_name": "note"}, {"to_name": None}):
        unfit = [*RESULT, {**RESULT[0], **more}]
        for method, path in writing:
            for sent in ({"json": {"result": unfit}}, {"json": {"result": json.dumps(unfit)}}, {"data": {"result": json.dumps(unfit)}}):
                refused = http.request(method, path, **sent)
                assert refused.status_code == 400, (method, path, sent, refused.text)
    assert "its results have the type" in http.post(f"/api/tasks/{n}/annotations/", json={"result": [{**RESULT[0], "type": "labels"}]}).text
    for kind in ("JSON", "JSON_MIN", "CSV", "TSV"):
        assert label_studio.admin.get(f"/api/projects/{p}/export?exportType={kind}").status_code == 200, kind
    config = label_studio.admin.get(f"/api/projects/{p}/").json()["label_config"]
    assert label_studio.admin.post(f"/api/projects/{p}/validate/", json={"label_config": config}).status_code == 200
    assert http.post(f"/api/tasks/{n}/annotations/", json={"result": RESULT}).status_code == 201


def test_a_tab_that_would_close_the_data_manager_is_not_stored(label_studio: LabelStudio, shared: Shared) -> None:
    """Its page reads all tabs of a project before it shows one: 400 or 403, in JSON, in a text of JSON and in forms, when made and when changed."""
    http, p = shared.expert.http, shared.project
    tab = http.post(f"/api/dm/views/?project={p}", json={"project": p, "data": {"title": "Read by all"}}).json()["id"]
    before = label_studio.admin.get(f"/api/dm/views/?project={p}").json()
    for data in ({"title": {"a": 1}}, {"hiddenColumns": {"explore": 5}}, {"ordering": "tasks:id"}, {"id": before[0]["id"]}, None, "text", ["text"]):
        for method, path in (("POST", f"/api/dm/views/?project={p}"), ("PATCH", f"/api/dm/views/{tab}/"), ("PUT", f"/api/dm/views/{tab}/")):
            for sent in ({"json": {"project": p, "data": data}}, {"json": {"project": p, "data": json.dumps(data)}}, {"data": {"data": json.dumps(data)}}):
                assert http.request(method, path, **sent).status_code in (400, 403), (method, path, sent)
    group = {"conjunction": "and", "filters": [{"column": "filter:tasks:id", "operator": "equal", "type": "Number", "value": 1, "parent": 1}]}
    for field in ({"filter_group": group}, {"order": -1}, {"selected_items": 3}):
        assert http.post(f"/api/dm/views/?project={p}", json={"project": p, "data": {}, **field}).status_code == 403, field
    assert label_studio.admin.get(f"/api/dm/views/?project={p}").json() == before


def test_what_everybodys_lists_carry_is_small(label_studio: LabelStudio, shared: Shared) -> None:
    """Keys of one's own with a megabyte beside them would stand in managers' list of people: 413. Work may be as large."""
    large, http = "x" * 2**20, shared.expert.http
    keys = {"annotation:submit": {"key": "ctrl+enter", "active": True, "more": large}}
    for method, path, body in (
        ("PATCH", "/api/current-user/hotkeys/", {"custom_hotkeys": keys}),
        ("PATCH", "/api/current-user/product-tour?name=x", {"state": "ready", "more": large}),
        ("PATCH", f"/api/users/{shared.expert.id}/", {"first_name": large}),
        ("POST", f"/api/dm/views/?project={shared.project}", {"project": shared.project, "data": {"semantic_search": [large]}}),
    ):
        assert http.request(method, path, json=body).status_code == 413, path
    assert len(label_studio.admin.get("/api/users/").content) < len(large)
    work = [{**RESULT[0], "meta": {"text": [large]}}]
    assert http.post(f"/api/tasks/{shared.tasks[2]}/drafts", json={"result": work}).status_code == 201


def test_experts_change_their_name_and_nothing_else_of_their_account(shared: Shared) -> None:
    """Not the user name, which might be another's address, nor when they came, whom they belong to, or keys past their own address."""
    http, path = shared.expert.http, f"/api/users/{shared.expert.id}/"
    for field in ("username", "date_joined", "active_organization", "custom_hotkeys", "email", "id", "lse_fields", "is_staff"):
        for place in ("json", "data"):
            refused = http.patch(path, **{place: {"first_name": "Someone", field: "admin@test.example"}})
            assert (refused.status_code, "first_name" in refused.text) == (403, True), (field, refused.text)
    assert http.get("/api/current-user/whoami").json()["first_name"] != "Someone"
    assert http.patch(path, json={"first_name": "Ada", "last_name": "Quill", "phone": "1", "allow_newsletters": False}).status_code == 200
    assert http.patch("/api/current-user/hotkeys/", json={"custom_hotkeys": {"annotation:submit": {"key": "ctrl+enter", "active": True}}}).status_code == 200


def test_an_answer_is_not_deleted_by_skipping_it_first(label_studio: LabelStudio, shared: Shared) -> None:
    """An annotation may be turned into a skip, as the page does; taken back, it would be gone."""
    http, task = shared.expert.http, shared.tasks[2]
    made = http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).json()["id"]
    assert http.patch(f"/api/annotations/{made}/", json={"was_cancelled": True}).status_code == 200
    for method, path in (("DELETE", f"/api/annotations/{made}/"), ("POST", f"/api/annotations/{made}/convert-to-draft")):
        refused = http.request(method, path)
        assert (refused.status_code, "was an answer" in refused.text) == (403, True), refused.text
    assert label_studio.admin.get(f"/api/annotations/{made}/").json()["result"] == RESULT
    assert http.patch(f"/api/annotations/{made}/", json={"was_cancelled": False}).status_code == 200
    assert http.delete(f"/api/annotations/{made}/").status_code == 403
    skipped = http.post(f"/api/tasks/{task}/annotations/", json={"result": [], "was_cancelled": True}).json()["id"]
    assert http.delete(f"/api/annotations/{skipped}/").status_code == 204


def test_experts_do_not_choose_the_shape_of_answers(shared: Shared, told: Told) -> None:
    """``omit``, ``expand`` and ``fields`` would take away what people are known by; what the pages use stays."""
    assert _not(told, "shapes", 403) == []
    p = shared.project
    for path in (f"/api/tasks/?project={p}&fields=all", f"/api/tasks/?project={p}&fields=task_only", f"/api/label_links/?project={p}&expand=label"):
        assert shared.expert.http.get(path).status_code == 200, path


@pytest.mark.database
def test_one_expert_reserves_a_few_tasks_at_most(label_studio: LabelStudio) -> None:
    """Asking for one after the other, all but the last three become free; one with a draft stays theirs."""
    project = label_studio.new_project("Reserved", [f"Case {number}" for number in range(8)])
    greedy, colleague = (label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example") for _ in range(2))
    for member in (greedy, colleague):
        label_studio.push(member.id, project)
    tasks = label_studio.task_ids(project)
    for task in tasks:
        look = {"filter": "filter:tasks:id", "operator": "equal", "type": "Number", "value": task}
        body = {"filters": {"conjunction": "and", "items": [look]}}
        assert greedy.http.post(f"/api/dm/actions/?project={project}&id=next_task", json=body).json()["id"] == task
        if task == tasks[0]:
            assert greedy.http.post(f"/api/tasks/{task}/drafts", json={"result": RESULT}).status_code == 201
    found = []
    while (answer := colleague.http.get(f"/api/projects/{project}/next/")).status_code == 200:
        found.append(answer.json()["id"])
        colleague.http.post(f"/api/tasks/{found[-1]}/annotations/", json={"result": RESULT}).raise_for_status()
    assert sorted(found) == tasks[1:5]


def test_regular_expressions_are_not_for_experts_and_end_for_managers(label_studio: LabelStudio, shared: Shared) -> None:
    """As an operator, as a lookup in a column's name, in a stored tab; a manager's that would take hours is given up."""
    if label_studio.on_postgresql:
        pytest.skip("PostgreSQL searches in a process of its own")
    p, http = shared.project, shared.expert.http
    label_studio.admin.post(f"/api/projects/{p}/import", json=[{"text": "a" * 60 + "!"}]).raise_for_status()

    def asked(column: str, operator: str, value: str) -> dict[str, Any]:
        look = {"filter": f"filter:tasks:{column}", "operator": operator, "type": "String", "value": value}
        return {"filters": {"conjunction": "and", "items": [look]}}

    slow = asked("data.text", "regex", "^(a|aa)+$")
    for body in (slow, asked("data.text__regex", "equal", "t"), asked("data.text__iregex", "equal", "t"), asked("data.__x", "contains", "t"),
                 asked("data.x'", "contains", "t"), asked("data.", "contains", "t"), asked("data.text_", "contains", "t"), asked("data.text", "Regex", "t")):
        for method, path, content in (
            ("GET", f"/api/tasks/?project={p}", body), ("POST", f"/api/dm/actions/?project={p}&id=next_task", body),
            ("POST", f"/api/dm/views/?project={p}", {"project": p, "data": body}),
        ):
            assert http.request(method, path, json=content).status_code == 403, (method, path, body)
    tab = label_studio.admin.post("/api/dm/views/", json={"project": p, "data": slow}).json()["id"]
    assert http.get(f"/api/tasks/?view={tab}").status_code == 403
    assert tab not in [view["id"] for view in http.get(f"/api/dm/views/?project={p}").json()]
    answer = label_studio.admin.get(f"/api/tasks/?view={tab}")
    assert (answer.status_code, "regular expression takes longer" in answer.text) == (400, True), answer.text[:300]
    label_studio.admin.delete(f"/api/dm/views/{tab}/").raise_for_status()
    quick = label_studio.admin.get("/api/tasks/", params={"project": p, "query": json.dumps(asked("data.text", "regex", "^t.o$"))})
    assert [task["data"]["text"] for task in quick.json()["tasks"]] == ["two"]


def test_our_web_hooks_secret_is_shown_to_nobody(label_studio: LabelStudio) -> None:
    """Managers see that a hook has it; saved again as it is shown, the hook keeps it; another value replaces it. Other headers stay."""
    project = label_studio.new_project("Hooked", ["one"])
    wanted = {"url": "http://127.0.0.1:9/", "project": project, "headers": {WEBHOOK_SECRET_HEADER: "canary-secret", "X-Other": "shown"}}
    made = label_studio.admin.post("/api/webhooks/", json=wanted)
    number = made.json()["id"]
    assert made.status_code == 201 and "canary-secret" not in made.text
    for path in ("/api/webhooks/", f"/api/webhooks/?project={project}", f"/api/webhooks/{number}/"):
        answer = label_studio.admin.get(path)
        assert answer.status_code == 200 and "canary-secret" not in answer.text and "X-Other" in answer.text, path
    shown = label_studio.admin.get(f"/api/webhooks/{number}/").json()["headers"]
    assert shown == {WEBHOOK_SECRET_HEADER: "hidden", "X-Other": "shown"}
    second = label_studio.admin.post("/api/webhooks/", json={**wanted, "url": "http://127.0.0.1:10/"}).json()["id"]
    for pk, body in ((number, {"headers": shown}), (number, {"is_active": False}), (second, {"headers": {WEBHOOK_SECRET_HEADER: "another"}})):
        assert label_studio.admin.patch(f"/api/webhooks/{pk}/", json=body).status_code == 200
    stored = label_studio.run_inside(INSIDE / "values.py", model="webhooks.Webhook", pks=[number, second], field="headers")
    assert stored == [wanted["headers"], {WEBHOOK_SECRET_HEADER: "another"}]


def test_a_number_beyond_every_column_is_refused_by_the_extensions_api(label_studio: LabelStudio) -> None:
    """Each list and each address with an id: 400 with the reason, no error of the database."""
    for path in (
        "/users?after=", "/memberships?after=", "/memberships/checksums?after=", "/projects?after=", "/project-titles?after=", "/annotations?after=",
        "/assignments?after=", "/assignments/checksums?after=", "/assignments/gone?after=", "/audit?after=", "/projects/1/prelabel-outcomes?after=",
    ):
        answer = label_studio.service.get(path + "9" * 23)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input"), path
    for path in ("/outbox?after=0.9999999999999999999", "/outbox?after=9999999999999999999.0", f"/projects/{'9' * 23}/prelabel-outcomes"):
        assert label_studio.service.get(path).status_code == 400, path
    assert label_studio.service.put(f"/users/{'9' * 23}/erased").status_code == 400
    assert label_studio.service.post("/outbox/forget", json={"through": "0.9999999999999999999"}).status_code == 400
