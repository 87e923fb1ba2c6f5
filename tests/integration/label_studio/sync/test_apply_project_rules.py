"""What the service says about the inside of a project: pushed by revision, and others' work shown where it says so."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.label_studio.enforcement.response.test_redaction import LABELS, Shared, result, share_work, sign_up
from tests.support.servers.label_studio import ADMIN_EMAIL, LabelStudio, Member

ABSENT = 987654


@pytest.fixture
def open_project(label_studio: LabelStudio) -> Shared:
    """Two experts at overlap 2, in a project that shows others' work."""
    shared = share_work(label_studio)
    label_studio.push_rules(shared.project, shows_others_work=True)
    return shared


def _rule(project: int, **changed: Any) -> dict[str, Any]:
    return {
        "ls_project_id": project, "shows_others_work": False, "specialty_field": None, "shows_tasks_without_specialty": False,
        "assignment": "open", "revision": 1, **changed,
    }


def test_rules_are_applied_by_revision_and_read_by_id(label_studio: LabelStudio) -> None:
    """An older or equal revision changes nothing; what is in force can be read, page by page."""
    first, second = label_studio.new_project("Ruled one", ["x"]), label_studio.new_project("Ruled two", ["x"])

    def put(*rules: dict[str, Any]) -> Any:
        return label_studio.service.put("/projects", json={"projects": list(rules)}).json()

    assert put(_rule(first, specialty_field="data.a.b-c_1", revision=4), _rule(second, revision=4)) == {"applied": 2, "ignored": 0, "newer": 0}
    older, equal = _rule(first, shows_others_work=True, revision=3), _rule(first, specialty_field="meta.x", revision=4)
    assert put(older, equal) == {"applied": 0, "ignored": 2, "newer": 1}
    assert put(_rule(first, shows_tasks_without_specialty=True, specialty_field="meta.x.y", revision=5)) == {"applied": 1, "ignored": 0, "newer": 0}
    read = label_studio.service.get("/projects", params={"after": first - 1, "limit": 1}).json()["projects"]
    assert read == [{"id": first, **_rule(first, shows_tasks_without_specialty=True, specialty_field="meta.x.y", revision=5)}]
    assert [row["id"] for row in label_studio.service.get("/projects", params={"after": first, "limit": 1}).json()["projects"]] == [second]


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    *(({"specialty_field": wrong}, "specialty_field") for wrong in (
        "specialty", "data.", "data", "", "data.a\"b", "data..a", "data.a.b.c.d.e.f", "project.title", "data.a b", "meta.a.", "data.%s",
        "data.a\n", 5, ["data.a"],
    )),
    ({"revision": 0}, "revision"), ({"revision": 2**63}, "revision"), ({"ls_project_id": 2**31}, "ls_project_id"), ({"ls_project_id": "x"}, "ls_project_id"),
    ({"shows_others_work": None}, "shows_others_work"), ({"shows_tasks_without_specialty": "maybe"}, "shows_tasks_without_specialty"),
    ({"colour": "red"}, "colour"),
)


def test_a_rule_that_cannot_be_used_names_its_field_and_nothing_is_applied(label_studio: LabelStudio) -> None:
    """The good one beside it is not applied either."""
    good = label_studio.new_project("Good rule", ["x"])
    for changed, field in WRONG:
        answer = label_studio.service.put("/projects", json={"projects": [_rule(good), {**_rule(good + 1), **changed}]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input"), changed
        assert answer.json()["error"]["message"].startswith(f"projects.1.{field}: "), (changed, answer.text)
    less = {name: value for name, value in _rule(good).items() if name != "specialty_field"}
    left_out = label_studio.service.put("/projects", json={"projects": [less]})
    assert left_out.json()["error"]["message"].startswith("projects.0.specialty_field: ")
    told = label_studio.service.get("/projects", params={"after": good - 1}).json()["projects"]
    assert [rule for rule in told if rule["ls_project_id"] in (good, good + 1)] == []


def test_nobody_reads_or_sets_rules_without_the_key(label_studio: LabelStudio, open_project: Shared) -> None:
    """Not the owner, and not an expert for their project."""
    for http in (label_studio.admin, open_project.expert.http):
        assert http.get("/api/ls-expert/projects").status_code in (401, 403)
        assert http.put("/api/ls-expert/projects", json={"projects": [_rule(open_project.project, revision=10**6)]}).status_code in (401, 403)


def test_memberships_carry_specialties(label_studio: LabelStudio) -> None:
    """They come back as they were sent; left out they are none; what cannot be kept names its field."""
    project, member = label_studio.new_project("Specialties", ["x"]), label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    label_studio.push(member.id, project, specialties=["Kardiologie", "é ß"])

    def kept() -> Any:
        rows, after = [], 0
        while page := label_studio.service.get("/memberships", params={"after": after}).json()["memberships"]:
            rows, after = [*rows, *page], page[-1]["id"]
        return next(row["specialties"] for row in rows if (row["ls_user_id"], row["ls_project_id"]) == (member.id, project))

    assert kept() == ["Kardiologie", "é ß"]
    row = {"ls_user_id": member.id, "ls_project_id": project, "active": True, "valid_until_utc": None, "revision": 10**6, "reason": "test"}
    for wrong, field in (
        (["x" * 121], "memberships.0.specialties.0"), (["x"] * 201, "memberships.0.specialties"), ("x", "memberships.0.specialties"),
        (["a", None], "memberships.0.specialties.1"), (["a\x00"], "memberships.0.specialties.0"),
    ):
        answer = label_studio.service.put("/memberships", json={"memberships": [{**row, "specialties": wrong}]})
        assert (answer.status_code, answer.json()["error"]["message"].split(": ")[0]) == (400, field), answer.text
    assert kept() == ["Kardiologie", "é ß"]
    assert label_studio.service.put("/memberships", json={"memberships": [row]}).json() == {"applied": 1, "ignored": 0, "newer": 0}
    assert kept() == []


def test_where_it_is_shown_colleagues_work_is_there_without_names(open_project: Shared) -> None:
    """In the task, in the lists, in the columns and by its own address, by every way in; who is who by number."""
    p, t, colleague = open_project.project, open_project.tasks[0], open_project.colleague
    for way, http in open_project.expert.ways_in().items():
        task = http.get(f"/api/tasks/{t}/").json()
        by = {annotation["completed_by"]["id"]: annotation for annotation in task["annotations"]}
        assert set(by) == {open_project.expert.id, colleague.id}, way
        theirs = by[colleague.id]
        assert theirs["result"] == result(open_project.canary), way
        assert theirs["created_username"] == f"Colleague {colleague.id}"
        assert (theirs["completed_by"]["first_name"], theirs["completed_by"]["last_name"]) == ("Colleague", str(colleague.id))
        assert (theirs["completed_by"]["email"], sorted(task["annotators"])) == ("", sorted([open_project.expert.id, colleague.id]))
        answers = [
            http.get(path) for path in (
                f"/api/tasks/{t}/", f"/api/tasks/{t}/annotations/",
                f"/api/tasks/?project={p}&fields=all", f"/api/annotations/{theirs['id']}/",
            )
        ]
        for answer in answers:
            assert answer.status_code == 200 and open_project.canary in answer.text, (way, answer.url)
        private = [
            http.get(path) for path in (
                f"/api/tasks/{open_project.tasks[1]}/", f"/api/tasks/{open_project.tasks[1]}/drafts", f"/api/dm/views/?project={p}",
                f"/api/users/?project={p}", f"/api/dm/columns/?project={p}", f"/api/projects/{p}/", f"/projects/{p}/data",
            )
        ]
        for answer in (*answers, *private):
            for secret in (f"First{open_project.canary}", colleague.email, ADMIN_EMAIL, f"{open_project.canary}-draft"):
                assert secret not in answer.text, (way, answer.url)


def test_where_it_is_shown_experts_read_and_change_nothing(label_studio: LabelStudio, open_project: Shared) -> None:
    """A colleague's annotation cannot be changed, deleted or drafted on; it can be the parent of one's own."""
    t, http = open_project.tasks[0], open_project.expert.http
    theirs = open_project.colleague.http.get(f"/api/tasks/{t}/annotations/").json()
    number = next(one["id"] for one in theirs if one["completed_by"] == open_project.colleague.id)
    before = label_studio.admin.get(f"/api/annotations/{number}/").json()
    for method, path in (
        ("PATCH", f"/api/annotations/{number}/"), ("PUT", f"/api/annotations/{number}/"), ("DELETE", f"/api/annotations/{number}/"),
        ("POST", f"/api/annotations/{number}/convert-to-draft"), ("POST", f"/api/tasks/{t}/annotations/{number}/drafts"),
    ):
        refused = http.request(method, path, json={"result": []})
        assert (refused.status_code, "colleague's" in refused.text) == (403, True), (method, path, refused.text)
    after = label_studio.admin.get(f"/api/annotations/{number}/").json()
    assert {name: after[name] for name in ("result", "updated_by", "updated_at")} == {name: before[name] for name in ("result", "updated_by", "updated_at")}
    copied = http.post(f"/api/tasks/{open_project.tasks[2]}/annotations/", json={"result": result("copy"), "parent_annotation": number})
    assert copied.status_code == 201


def test_where_it_is_shown_tasks_may_be_searched_by_it(label_studio: LabelStudio, open_project: Shared) -> None:
    """Filters and orders on annotation results work there, on drafts not, and in a project that shows nothing neither."""
    p, http = open_project.project, open_project.expert.http
    look = {"filter": "filter:tasks:annotations_results", "operator": "contains", "type": "String", "value": open_project.canary}
    asked = {"filters": {"conjunction": "and", "items": [look]}, "ordering": ["-tasks:avg_lead_time"]}
    found = http.get(f"/api/tasks/?project={p}&query={quote(json.dumps(asked))}")
    assert [task["id"] for task in found.json()["tasks"]] == [open_project.tasks[0]]
    tab = label_studio.admin.post("/api/dm/views/", json={"project": p, "data": asked}).json()["id"]
    assert http.get(f"/api/tasks/?view={tab}").json()["total"] == 1
    assert tab in [view["id"] for view in http.get(f"/api/dm/views/?project={p}").json()]
    columns = {column["id"]: column for column in http.get(f"/api/dm/columns/?project={p}").json()["columns"]}
    assert "filter" not in columns["annotations_results"]["visibility_defaults"] and "schema" not in columns["annotators"]
    assert columns["draft_exists"]["visibility_defaults"]["filter"] is False
    drafted = {"filter": "filter:tasks:draft_exists", "operator": "equal", "type": "Boolean", "value": True}
    drafts = {"filters": {"conjunction": "and", "items": [drafted]}}
    assert http.get(f"/api/tasks/?project={p}&query={quote(json.dumps(drafts))}").status_code == 403
    closed = label_studio.new_project("Shows nothing", ["one"], label_config=LABELS)
    label_studio.push(open_project.expert.id, closed)
    assert http.get(f"/api/tasks/?project={closed}&query={quote(json.dumps(asked))}").status_code == 403
    assert http.get(f"/api/tasks/?project={p}&view=0&project={closed}&query={quote(json.dumps(asked))}").status_code == 403


def test_what_is_shown_can_be_hidden_again(label_studio: LabelStudio, open_project: Shared) -> None:
    """From the next request on, and another project's rule shows nothing here."""
    t, http = open_project.tasks[0], open_project.expert.http
    other = share_work(label_studio)
    label_studio.push(open_project.expert.id, other.project)
    assert open_project.canary in http.get(f"/api/tasks/{t}/").text and other.canary not in http.get(f"/api/tasks/{other.tasks[0]}/").text
    label_studio.push_rules(open_project.project)
    assert open_project.canary not in http.get(f"/api/tasks/{t}/").text
    assert len(http.get(f"/api/tasks/{t}/").json()["annotations"]) == 1


def test_members_of_other_projects_and_managers_are_as_before(label_studio: LabelStudio, open_project: Shared) -> None:
    """The rule opens a project to nobody; a manager sees names as always."""
    outsider: Member = sign_up(label_studio, "outsider")
    assert outsider.http.get(f"/api/tasks/{open_project.tasks[0]}/").status_code == 404
    assert outsider.http.get(f"/api/tasks/{ABSENT}/").status_code == 404
    assert open_project.colleague.email in label_studio.admin.get(f"/api/tasks/{open_project.tasks[0]}/").text
