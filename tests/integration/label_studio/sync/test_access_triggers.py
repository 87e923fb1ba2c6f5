"""Numbers that Label Studio gives a second time: who gets one, account or project, begins without the memberships that it had."""

from __future__ import annotations

import uuid

import pytest

from tests.support.servers.label_studio import LabelStudio

pytestmark = pytest.mark.database


def _push(label_studio: LabelStudio, ls_user_id: int, ls_project_id: int) -> None:
    label_studio.service.put("/memberships", json={"memberships": [{
        "ls_user_id": ls_user_id, "ls_project_id": ls_project_id, "active": True, "valid_until_utc": None, "revision": 1, "reason": "of before",
    }]}).raise_for_status()


def _active(label_studio: LabelStudio, ls_user_id: int) -> dict[int, bool]:
    rows = label_studio.service.get("/memberships", params={"of": ls_user_id}).json()["memberships"]
    return {row["ls_project_id"]: row["active"] for row in rows}


def test_a_new_account_and_a_new_project_begin_without_anybodys_memberships(label_studio: LabelStudio) -> None:
    """Before the service has heard of either; what other people and other projects have stays."""
    member, project = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example"), label_studio.new_project("There", ["one"])
    _push(label_studio, member.id, project)
    _push(label_studio, member.id, project + 1)
    _push(label_studio, member.id + 1, project)
    heir = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    assert heir.id == member.id + 1 and _active(label_studio, heir.id) == {project: False}
    assert heir.http.get("/api/projects/").json()["results"] == []
    assert label_studio.new_project("Another", ["one"]) == project + 1
    assert _active(label_studio, member.id) == {project: True, project + 1: False}
