"""People who were removed from the organization, or made inactive: nothing of theirs is left, and they do not come back by themselves."""

from __future__ import annotations

import uuid
from pathlib import Path

from tests.integration.label_studio.permissions.test_roles import _put
from tests.support.servers.label_studio import LabelStudio, Member

SQL = Path(__file__).parents[2] / "inside" / "sql.py"
STATE = "a-state-of-their-browser"


def _joined(label_studio: LabelStudio) -> Member:
    return label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")


def _remove(label_studio: LabelStudio, member: Member) -> None:
    organization = label_studio.admin.get("/api/organizations/").json()[0]["id"]
    assert label_studio.admin.delete(f"/api/organizations/{organization}/memberships/{member.id}/").status_code == 204


def _handoff(member: Member) -> int:
    return member.http.get("/expert/", params={"state": STATE}, follow_redirects=False).status_code


def _told(label_studio: LabelStudio, member: Member, after: str) -> list[tuple[str, bool]]:
    """Events about this person: kind, and whether they come with somebody who is here."""
    return [(event["kind"], event["user"] is not None) for event in label_studio.events(after) if event["ls_user_id"] == member.id]


def test_a_removed_manager_has_no_rights_left(label_studio: LabelStudio) -> None:
    """They may sign in to Label Studio, which lets them, and find nothing there, whichever way they come; the portal gets no hand-off."""
    member = _joined(label_studio)
    project = label_studio.new_project("Only for members", ["one"])
    _put(label_studio, (member.id, "manager"))
    ways = member.ways_in()
    assert _handoff(member) == 302 and all(http.get(f"/api/projects/{project}/").status_code == 200 for http in ways.values())
    cursor = label_studio.cursor()
    _remove(label_studio, member)
    for way, http in ways.items():
        assert http.get("/api/webhooks/").status_code == 403, way
        assert http.get(f"/api/projects/{project}/").status_code == 404, way
        assert http.get("/api/projects/").json()["results"] == [], way
    assert _handoff(member) == 403 and "not a member" in member.http.get("/expert/", params={"state": STATE}).text
    assert label_studio.service.get(f"/users/{member.id}").json() == {"user": None}
    label_studio.run_inside(SQL, statements=[f"UPDATE htx_user SET last_name = 'Back' WHERE id = {member.id}"])  # as their account page does
    assert _told(label_studio, member, cursor) == [("user_left", False), ("user_changed", False)]
    assert _put(label_studio, (member.id, "manager"))[0] == 400


def test_a_removed_expert_loses_their_projects_at_once(label_studio: LabelStudio) -> None:
    """Although the service has not been told yet: the row of the membership is there and counts for nothing. Added again, they have it again."""
    member = _joined(label_studio)
    project = label_studio.new_project("Theirs for now", ["one"])
    label_studio.push(member.id, project)
    task = label_studio.task_ids(project)[0]
    assert member.http.get(f"/api/tasks/{task}/").status_code == 200
    _remove(label_studio, member)
    assert member.http.get("/api/projects/").json()["results"] == []
    assert member.http.get(f"/api/projects/{project}/").status_code == member.http.get(f"/api/tasks/{task}/").status_code == 404
    assert member.http.post(f"/api/tasks/{task}/drafts", json={"result": []}).status_code == 404
    label_studio.run_inside(SQL, statements=[f"UPDATE organizations_organizationmember SET deleted_at = NULL WHERE user_id = {member.id}"])
    assert member.http.get(f"/api/tasks/{task}/").status_code == 200


def test_whoever_is_not_active_is_not_here(label_studio: LabelStudio) -> None:
    """Made inactive, somebody is told of as gone; active again, as who they are."""
    member, cursor = _joined(label_studio), label_studio.cursor()
    label_studio.run_inside(SQL, statements=[f"UPDATE htx_user SET is_active = FALSE WHERE id = {member.id}"])
    assert label_studio.service.get(f"/users/{member.id}").json() == {"user": None}
    assert _told(label_studio, member, cursor) == [("user_changed", False)]
    label_studio.run_inside(SQL, statements=[f"UPDATE htx_user SET is_active = TRUE WHERE id = {member.id}"])
    assert label_studio.service.get(f"/users/{member.id}").json()["user"]["email"] == member.email
    assert label_studio.service.get("/users/2147483648999").json() == {"user": None}
