"""Who reaches what in a real Label Studio, by every way in."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from tests.support.servers.label_studio import LabelStudio, Member

RESULT = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": ["A"]}}]


@pytest.fixture
def expert(label_studio: LabelStudio) -> Member:
    """Somebody who has just signed up."""
    return label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")


def test_a_newcomer_sees_no_project_and_a_notice(label_studio: LabelStudio, expert: Member) -> None:
    """Right after sign-up: an empty list, and the way to the portal on the page."""
    label_studio.new_project("Not for newcomers", ["text"])
    assert expert.http.get("/api/projects/").json()["results"] == []
    page = expert.http.get("/projects/").text
    assert 'href="http://localhost:8090/sign-in"' in page and "Become a verified expert" in page


def test_a_member_sees_their_project_and_no_other_by_any_way_in(label_studio: LabelStudio, expert: Member) -> None:
    """List, address, tasks, next, Data Manager: the own project opens, the other answers 404 like one that is not there."""
    mine, other = label_studio.new_project("My project", ["mine"]), label_studio.new_project("Secret project", ["secret-canary"])
    label_studio.push(expert.id, mine)
    my_task, other_task = label_studio.task_ids(mine)[0], label_studio.task_ids(other)[0]
    for way, http in expert.ways_in().items():
        listed = http.get("/api/projects/").json()["results"]
        assert [project["id"] for project in listed] == [mine], way
        for template in (
            "/api/projects/{p}/", "/api/projects/{p}/next/", "/api/dm/project/?project={p}", "/api/dm/views/?project={p}",
            "/api/dm/columns/?project={p}", "/api/dm/actions/?project={p}", "/api/tasks/?project={p}", "/api/tasks/{t}/",
            "/api/tasks/{t}/annotations/", "/api/tasks/{t}/drafts",
        ):
            assert http.get(template.format(p=mine, t=my_task)).status_code == 200, (way, template)
            hidden, absent = http.get(template.format(p=other, t=other_task)), http.get(template.format(p=987654, t=987654))
            assert hidden.status_code == absent.status_code == 404, (way, template)
            assert "secret" not in hidden.text.lower(), (way, template)


def test_experts_cannot_change_what_is_not_theirs_to_change(label_studio: LabelStudio, expert: Member) -> None:
    """Inside their own project too: settings, imports, exports, members, webhooks and bulk actions are refused."""
    mine = label_studio.new_project("Guarded project", ["one"])
    label_studio.push(expert.id, mine)
    task = label_studio.task_ids(mine)[0]
    for way, http in expert.ways_in().items():
        for method, path, body in (
            ("PATCH", f"/api/projects/{mine}/", {"title": "Taken over"}), ("DELETE", f"/api/projects/{mine}/", None),
            ("POST", "/api/projects/", {"title": "Mine alone"}), ("POST", f"/api/projects/{mine}/import", [{"text": "x"}]),
            ("GET", f"/api/projects/{mine}/export", None), ("DELETE", f"/api/tasks/{task}/", None),
            ("POST", f"/api/dm/actions/?project={mine}&id=delete_tasks", {}), ("POST", "/api/users/", {"email": "x@y.example"}),
            ("GET", "/api/webhooks/", None), ("POST", "/api/ml/", {"project": mine}), ("GET", "/api/predictions/", None),
            ("GET", "/api/organizations/1/memberships", None), ("GET", "/api/storages/", None), ("GET", "/admin/", None),
        ):
            assert http.request(method, path, json=body).status_code == 403, (way, method, path)
    assert label_studio.admin.get(f"/api/projects/{mine}/").json()["title"] == "Guarded project"
    assert label_studio.task_ids(mine) == [task]


def test_two_identities_in_one_request_must_both_be_allowed(label_studio: LabelStudio, expert: Member) -> None:
    """A manager's token beside an expert's session opens nothing to the session, and the other way round."""
    other = label_studio.new_project("Between two stools", ["one"])
    both = expert.http.get(f"/api/projects/{other}/", headers=dict(label_studio.admin.headers))
    assert both.status_code == 404


def test_experts_work_on_their_own_annotations_only(label_studio: LabelStudio, expert: Member) -> None:
    """They submit and change their own; the colleague's in the same project answers 404."""
    mine = label_studio.new_project("Shared project", ["one", "two"], maximum_annotations=2)
    colleague = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    for member in (expert, colleague):
        label_studio.push(member.id, mine)
    task = label_studio.task_ids(mine)[0]
    own = expert.http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT})
    theirs = colleague.http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT})
    assert (own.status_code, theirs.status_code) == (201, 201)
    assert expert.http.patch(f"/api/annotations/{own.json()['id']}/", json={"result": RESULT}).status_code == 200
    assert expert.http.get(f"/api/annotations/{theirs.json()['id']}/").status_code == 404
    assert expert.http.patch(f"/api/annotations/{theirs.json()['id']}/", json={"result": []}).status_code == 404


def test_a_body_cannot_smuggle_another_project_in(label_studio: LabelStudio, expert: Member) -> None:
    """An allowed address with a foreign id in its body or query is refused as a whole."""
    mine, other = label_studio.new_project("Open project", ["one"]), label_studio.new_project("Closed project", ["two"])
    label_studio.push(expert.id, mine)
    my_task, other_task = label_studio.task_ids(mine)[0], label_studio.task_ids(other)[0]
    for body in ({"project": other}, {"task": other_task}, {"task": str(other_task)}):
        refused = expert.http.post(f"/api/tasks/{my_task}/annotations/", json={"result": RESULT, **body})
        assert refused.status_code == 404, body
    assert expert.http.get(f"/api/tasks/?project={mine}&project={other}").status_code == 404
    assert label_studio.admin.get(f"/api/tasks/{other_task}/annotations/").json() == []


def test_access_ends_at_its_date_by_itself(label_studio: LabelStudio, expert: Member) -> None:
    """Nothing runs when the date passes; the next request simply finds nothing."""
    project = label_studio.new_project("Until a date", ["one"])
    now = dt.datetime.now(dt.timezone.utc)
    label_studio.push(expert.id, project, until=(now + dt.timedelta(hours=1)).isoformat())
    assert expert.http.get(f"/api/projects/{project}/").status_code == 200
    label_studio.push(expert.id, project, until=(now - dt.timedelta(seconds=1)).isoformat())
    assert expert.http.get(f"/api/projects/{project}/").status_code == 404
    assert expert.http.get("/api/projects/").json()["results"] == []


def test_revoking_keeps_the_draft(label_studio: LabelStudio, expert: Member) -> None:
    """The project is gone at the next request; what was being written is still there for a manager, and after a return."""
    project = label_studio.new_project("Draft kept", ["one"])
    task = label_studio.task_ids(project)[0]
    label_studio.push(expert.id, project)
    draft = expert.http.post(f"/api/tasks/{task}/drafts", json={"result": RESULT, "lead_time": 1.5})
    assert draft.status_code == 201
    label_studio.push(expert.id, project, active=False)
    assert expert.http.get(f"/api/drafts/{draft.json()['id']}/").status_code == 404
    assert expert.http.get("/api/projects/").json()["results"] == []
    label_studio.push(expert.id, project)
    assert expert.http.get(f"/api/drafts/{draft.json()['id']}/").json()["result"] == RESULT


def test_an_older_revision_never_overwrites_a_newer_one(label_studio: LabelStudio, expert: Member) -> None:
    """A message that arrives late changes nothing, and the same one twice neither."""
    project = label_studio.new_project("Revisions", ["one"])
    row = {"ls_user_id": expert.id, "ls_project_id": project, "valid_until_utc": None, "reason": "test"}

    def put(active: bool, revision: int) -> dict[str, int]:
        return dict(label_studio.service.put("/memberships", json={"memberships": [{**row, "active": active, "revision": revision}]}).json())

    assert put(False, 5) == {"applied": 1, "ignored": 0, "newer": 0}
    assert put(True, 4) == {"applied": 0, "ignored": 1, "newer": 1}
    assert put(True, 5) == {"applied": 0, "ignored": 1, "newer": 0}
    assert expert.http.get(f"/api/projects/{project}/").status_code == 404


def test_managers_keep_label_studio_as_it_was(label_studio: LabelStudio) -> None:
    """Everything an expert is refused works for the manager."""
    project = label_studio.new_project("Manager's own", ["one"])
    for path in ("/api/users/", "/api/webhooks/", f"/api/projects/{project}/export", f"/api/projects/{project}/", "/api/storages/"):
        assert label_studio.admin.get(path).status_code == 200, path
    assert label_studio.admin.patch(f"/api/projects/{project}/", json={"title": "Renamed"}).json()["title"] == "Renamed"


def test_lists_that_the_page_asks_for_name_nobody_else(label_studio: LabelStudio, expert: Member) -> None:
    """The Data Manager asks for people and ML backends: experts get themselves, colleagues by number, and no backend."""
    project, other = label_studio.new_project("Quiet lists", ["one"]), label_studio.new_project("Unseen lists", ["one"])
    label_studio.push(expert.id, project)
    annotated = label_studio.admin.post(f"/api/tasks/{label_studio.task_ids(project)[0]}/annotations/", json={"result": RESULT})
    colleague = annotated.json()["completed_by"]
    elsewhere = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.push(elsewhere.id, other)
    for way, http in expert.ways_in().items():
        people = http.get(f"/api/users/?project={project}").json()
        listed = {user["id"]: (user["email"], user["first_name"]) for user in people}  # managers by number, too: they may change anything
        assert listed.pop(expert.id) == (expert.email, "") and colleague in listed and elsewhere.id not in listed, way
        assert set(listed.values()) == {("", "Colleague")}, way
        assert [user["id"] for user in http.get("/api/users/").json()] == [expert.id], way
        assert http.get(f"/api/users/?project={other}").status_code == 404, way
        assert http.get(f"/api/ml/?project={project}").json() == [], way


def test_experts_make_tabs_and_change_only_their_own(label_studio: LabelStudio, expert: Member) -> None:
    """The Data Manager's page makes the first tab itself; a tab of somebody else's is read and no more."""
    project, other = label_studio.new_project("Tabs", ["one"]), label_studio.new_project("Other tabs", ["two"])
    label_studio.push(expert.id, project)
    own = expert.http.post("/api/dm/views/", json={"project": project, "data": {"title": "Mine"}})
    theirs = label_studio.admin.post("/api/dm/views/", json={"project": project, "data": {"title": "The manager's"}}).json()["id"]
    hidden = label_studio.admin.post("/api/dm/views/", json={"project": other, "data": {"title": "Hidden"}}).json()["id"]
    assert own.status_code == 201
    assert expert.http.patch(f"/api/dm/views/{own.json()['id']}/", json={"data": {"title": "Renamed"}}).status_code == 200
    assert expert.http.patch(f"/api/dm/views/{own.json()['id']}/", json={"project": other}).status_code == 404
    assert expert.http.get(f"/api/dm/views/{theirs}/").status_code == 200
    assert expert.http.patch(f"/api/dm/views/{theirs}/", json={"data": {"title": "Taken"}}).status_code == 404
    assert expert.http.delete(f"/api/dm/views/{theirs}/").status_code == 404
    assert expert.http.get(f"/api/dm/views/{hidden}/").status_code == 404
    assert expert.http.get(f"/api/tasks/?view={hidden}").status_code == 404
    assert expert.http.post("/api/dm/views/", json={"project": other, "data": {}}).status_code == 404


def test_nothing_leaves_the_machine_by_default(label_studio: LabelStudio, expert: Member) -> None:
    """No analytics, no error reports, no tips from a public site, and no address of one in the page."""
    assert label_studio.service.get("/status").json()["analytics"] is False
    tips = expert.http.get("/heidi-tips/")
    assert (tips.status_code, tips.text) == (200, "{}")
    page = expert.http.get("/projects/").text
    assert "sentry-cdn" not in page and "sentry_dsn: null" in page and "collect_analytics: false" in page
