"""Roles in a real Label Studio: given through the extension's API and the command line, in force at the next request."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from ls_expert_plugin.cli.routing.audit import show_audit
from ls_expert_plugin.cli.setup import roles
from ls_expert_plugin.cli.setup.doctor import examine
from ls_expert_plugin.cli.setup.roles import list_roles, set_role
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.routing.service import RoutingService
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.service import PACKS, begin_here, now
from tests.support.json_shape import fits
from tests.support.servers.label_studio import ADMIN_EMAIL, SHARED_SECRET, LabelStudio, Member
from tests.support.servers.postgresql import free_port


@pytest.fixture
def member(label_studio: LabelStudio) -> Member:
    """Somebody who has just signed up."""
    return label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")


@pytest.fixture
def settings(label_studio: LabelStudio, tmp_path: Path) -> Settings:
    """What the command line reads."""
    return load({
        "LS_EXPERT_LABEL_STUDIO_URL": label_studio.url, "LS_EXPERT_SHARED_SECRET": SHARED_SECRET, "LS_EXPERT_DATA_DIR": str(tmp_path),
    }, secrets_needed=())


def _put(label_studio: LabelStudio, *given: tuple[int, str]) -> tuple[int, str]:
    """Status and sentence of setting these roles."""
    answer = label_studio.service.put("/roles", json={"roles": [{"ls_user_id": pk, "role": role} for pk, role in given]})
    return answer.status_code, answer.json().get("error", {}).get("message", "")


def _ls_expert(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ls_expert_plugin.cli.main", *arguments], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
    )


def _role(label_studio: LabelStudio, ls_user_id: int) -> str:
    return next(str(user["role"]) for user in label_studio.service.get("/users").json()["users"] if user["ls_user_id"] == ls_user_id)


def test_a_role_counts_from_the_next_request_by_every_way_in(label_studio: LabelStudio, member: Member) -> None:
    """An expert made manager sees everything; made an expert again, nothing but their own."""
    project = label_studio.new_project("Seen by managers", ["one"])
    ways = member.ways_in()
    for role, status, webhooks in (("expert", 404, 403), ("manager", 200, 200), ("expert", 404, 403)):
        assert _put(label_studio, (member.id, role)) == (200, "")
        assert _role(label_studio, member.id) == role
        for way, http in ways.items():
            assert http.get(f"/api/projects/{project}/").status_code == status, (way, role)
            assert http.get("/api/webhooks/").status_code == webhooks, (way, role)


def test_an_expert_keeps_their_projects_through_a_time_as_manager(label_studio: LabelStudio, member: Member) -> None:
    """Memberships are not touched by roles; a task that a former manager held elsewhere is free again."""
    mine, other = label_studio.new_project("Kept", ["one"]), label_studio.new_project("Held for a while", ["one"])
    label_studio.push(member.id, mine)
    _put(label_studio, (member.id, "manager"))
    for project in (mine, other):
        assert member.http.get(f"/api/projects/{project}/next/").status_code == 200
    held = label_studio.task_ids(other)[0]
    assert label_studio.admin.get(f"/api/tasks/{held}/").json()["is_labeled"] is False
    _put(label_studio, (member.id, "expert"))
    assert [project["id"] for project in member.http.get("/api/projects/").json()["results"]] == [mine]
    assert label_studio.admin.get(f"/api/projects/{other}/next/").json()["id"] == held


def test_whoever_is_always_a_manager_stays_one_and_nothing_else_changes(label_studio: LabelStudio, member: Member) -> None:
    """All or nothing: the good part of a bad list is not applied either. The sentence names the field."""
    admin_id = label_studio.admin.get("/api/current-user/whoami").json()["id"]
    status, sentence = _put(label_studio, (member.id, "manager"), (admin_id, "expert"))
    assert status == 400 and sentence.startswith(f"roles.1.role: {ADMIN_EMAIL} stays a manager")
    status, sentence = _put(label_studio, (member.id, "manager"), (987654, "expert"))
    assert (status, sentence) == (400, "roles.1.ls_user_id: there is no member 987654 in this Label Studio")
    status, sentence = _put(label_studio, (member.id, "manager"), (member.id, "expert"))
    assert (status, sentence) == (400, f"roles.1.ls_user_id: {member.id} is in the list twice")
    status, sentence = _put(label_studio, (member.id, "boss"))
    assert status == 400 and sentence.startswith("roles.0.role: ")
    assert _role(label_studio, member.id) == "expert" and _role(label_studio, admin_id) == "manager"
    assert _put(label_studio, (admin_id, "manager")) == (200, "")


def test_nobody_gives_roles_or_reads_counts_without_the_key(label_studio: LabelStudio, member: Member) -> None:
    """Not even the owner, and not an expert for themselves."""
    body = {"roles": [{"ls_user_id": member.id, "role": "manager"}]}
    for http in (label_studio.admin, member.http):
        assert http.put("/api/ls-expert/roles", json=body).status_code in (401, 403)
        assert http.get("/api/ls-expert/audit").status_code in (401, 403)
    assert _role(label_studio, member.id) == "expert"


def test_where_enforcement_is_on_nothing_is_counted(label_studio: LabelStudio, member: Member, settings: Settings) -> None:
    """A refusal is an answer, not a count; the report and doctor say that it is on."""
    project = label_studio.new_project("Refused and forgotten", ["one"])
    assert member.http.get(f"/api/projects/{project}/").status_code == 404
    assert member.http.get("/api/webhooks/").status_code == 403
    assert label_studio.service.get("/audit").json() == {"audit": []}
    out, report = io.StringIO(), io.StringIO()
    assert show_audit(settings, out) == 0
    assert out.getvalue().startswith("Enforcement is on.") and "Nothing would have been refused" in out.getvalue()
    examine(settings, report)
    assert "OK    enforcement is on" in report.getvalue()


def test_roles_from_the_command_line(label_studio: LabelStudio, member: Member, settings: Settings) -> None:
    """list shows everybody; set finds them by address, and says what cannot be."""
    listed = io.StringIO()
    assert list_roles(settings, listed, as_json=True) == 0 and fits(listed.getvalue(), roles.JSON)
    out = io.StringIO()
    assert set_role(settings, member.email.upper(), "manager", out) == 0
    assert out.getvalue() == f"{member.email} is manager now (was expert); it counts from their next request.\n"
    assert member.http.get("/api/webhooks/").status_code == 200
    listed = io.StringIO()
    assert list_roles(settings, listed) == 0
    assert f"manager  {member.email}\n" in listed.getvalue() and f"manager  {ADMIN_EMAIL}" in listed.getvalue()
    environment = {"LS_EXPERT_LABEL_STUDIO_URL": label_studio.url, "LS_EXPERT_SHARED_SECRET": SHARED_SECRET}
    typed = _ls_expert("roles", "set", member.email, "expert", **environment)
    assert (typed.returncode, typed.stdout) == (0, f"{member.email} is expert now (was manager); it counts from their next request.\n")
    assert member.http.get("/api/webhooks/").status_code == 403
    assert f"expert   {member.email}\n" in _ls_expert("roles", "list", **environment).stdout
    assert _ls_expert("audit", **environment).stdout.startswith("Enforcement is on.")
    creator = _ls_expert("roles", "set", ADMIN_EMAIL, "expert", **environment)
    assert (creator.returncode, creator.stderr.count("\n")) == (1, 1) and "stays a manager" in creator.stderr
    with pytest.raises(NotFound, match="Nobody in Label Studio has the address nobody@test.example"):
        set_role(settings, "nobody@test.example", "expert", out)
    with pytest.raises(BadInput, match=f"^{ADMIN_EMAIL} stays a manager"):
        set_role(settings, ADMIN_EMAIL, "expert", out)


def test_the_service_knows_a_new_role_at_once_or_from_the_outbox(label_studio: LabelStudio, member: Member, store: Database) -> None:
    """Set in the admin page: known here at once. Set elsewhere: told by the outbox. Label Studio away: nothing changes."""
    client = ExtensionClient(label_studio.url, SHARED_SECRET)
    routing = RoutingService(store, client, RoutingConfiguration(PACKS), label_studio.url, now)
    begin_here(store, client)
    read_outbox(store, client, RoutingConfiguration(PACKS), now)

    def role() -> str:
        with store.read() as unit:
            person = unit.people.by_ls_user_id(member.id)
        return person.role if person else "unknown"

    assert role() == "expert"
    assert routing.set_role(member.id, "manager") is True and role() == _role(label_studio, member.id) == "manager"
    _put(label_studio, (member.id, "expert"))
    read_outbox(store, client, RoutingConfiguration(PACKS), now)
    assert role() == "expert"
    away = ExtensionClient(f"http://127.0.0.1:{free_port()}", SHARED_SECRET)
    assert RoutingService(store, away, RoutingConfiguration(PACKS), label_studio.url, now).set_role(member.id, "manager") is False
    assert role() == _role(label_studio, member.id) == "expert"
    away.close()
    client.close()
