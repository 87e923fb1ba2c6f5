"""Audit mode of a real Label Studio: nothing is refused, and what would be is counted; then the same Label Studio enforcing."""

from __future__ import annotations

import io
import shutil
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ls_expert_plugin.cli.routing import audit
from ls_expert_plugin.cli.routing.audit import show_audit
from ls_expert_plugin.cli.setup.doctor import examine
from ls_expert_plugin.config import load
from tests.conftest import LABEL_STUDIO_BIN
from tests.support.adversarial.crawl import RESULT, Pattern, addresses, in_tenth
from tests.support.adversarial.scene import EXPERT, Scene, build
from tests.support.clients.in_process import Call, make
from tests.support.json_shape import fits
from tests.support.servers.label_studio import SETTINGS_MODULE, SHARED_SECRET, LabelStudio, Member


class Modes:
    """One Label Studio that is started again with other settings; its data stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._env: dict[str, str] = {}
        self._running: LabelStudio | None = None

    def run(self, **env: str) -> LabelStudio:
        """Running with these settings, restarted where it has others."""
        if self._running is None or env != self._env:
            self.stop()
            self._running, self._env = LabelStudio(Path(LABEL_STUDIO_BIN), self._folder, env), env
        return self._running

    def audit(self) -> LabelStudio:
        """Running in audit mode."""
        return self.run(LS_EXPERT_ENFORCEMENT="audit")

    @contextmanager
    def without_counts(self) -> Iterator[None]:
        """Inside, the table that audit mode counts in is not there."""
        with closing(sqlite3.connect(self._folder / "data" / "label_studio.sqlite3", isolation_level=None)) as database:
            database.execute("ALTER TABLE ls_expert_audit RENAME TO ls_expert_audit_away")
            try:
                yield
            finally:
                database.execute("ALTER TABLE ls_expert_audit_away RENAME TO ls_expert_audit")

    def stop(self) -> None:
        """End it."""
        if self._running is not None:
            self._running.stop()
            self._running = None


@pytest.fixture(scope="module", params=["sqlite"])
def modes(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Modes]:
    """A Label Studio of this file's own, on SQLite."""
    folder = tmp_path_factory.mktemp("label-studio-modes")
    shutil.copytree(migrated, folder, dirs_exist_ok=True)
    modes = Modes(folder)
    yield modes
    modes.stop()


def _new_member(label_studio: LabelStudio) -> Member:
    return label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")


def counts(label_studio: LabelStudio, ls_user_id: int) -> dict[tuple[str, str, str], int]:
    """How often this person did what, by method, address and reason."""
    rows = label_studio.service.get("/audit").json()["audit"]
    return {(row["method"], row["url_name"], row["reason"]): row["count"] for row in rows if row["ls_user_id"] == ls_user_id}


def test_in_audit_an_expert_does_what_stock_allows_and_it_is_counted(modes: Modes) -> None:
    """Others' projects open, settings change, exports and annotations of others too: each is counted by user and address."""
    label_studio = modes.audit()
    expert = _new_member(label_studio)
    assert label_studio.service.get("/status").json()["enforcement"] == "audit"
    project = label_studio.new_project("Somebody else's", ["one"])
    task = label_studio.task_ids(project)[0]
    theirs = label_studio.admin.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).json()["id"]
    before = counts(label_studio, expert.id)
    ways = expert.ways_in()
    for way, http in ways.items():
        assert project in [one["id"] for one in http.get("/api/projects/").json()["results"]], way
        assert http.get(f"/api/projects/{project}/").status_code == 200, way
        assert http.patch(f"/api/projects/{project}/", json={"title": f"By {way}"}).json()["title"] == f"By {way}"
        assert http.get(f"/api/projects/{project}/export?exportType=JSON").status_code == 200, way
        assert http.get(f"/api/annotations/{theirs}/").status_code == 200, way
        assert {user["email"] for user in http.get("/api/users/").json()} >= {"admin@test.example", expert.email}, way
        assert http.get("/api/webhooks/").status_code == 200, way
    assert before == {} and counts(label_studio, expert.id) == {
        ("GET", "projects:api:project-detail", "object"): len(ways), ("PATCH", "projects:api:project-detail", "address"): len(ways),
        ("GET", "data_export:api-projects:project-export", "address"): len(ways),
        ("GET", "tasks:api-annotations:annotation-detail", "object"): len(ways), ("GET", "webhooks:api:webhook-list", "address"): len(ways),
    }


def test_in_audit_managers_and_what_experts_may_do_are_not_counted(modes: Modes) -> None:
    """Work in one's own project, and everything a manager does, leaves no count."""
    label_studio = modes.audit()
    expert = _new_member(label_studio)
    project = label_studio.new_project("Their own", ["one"])
    label_studio.push(expert.id, project)
    task = label_studio.task_ids(project)[0]
    assert expert.http.post(f"/api/tasks/{task}/annotations/", json={"result": RESULT}).status_code == 201
    assert expert.http.get(f"/api/projects/{project}/next/").status_code in (200, 404)
    admin_id = label_studio.admin.get("/api/current-user/whoami").json()["id"]
    assert counts(label_studio, expert.id) == {} and counts(label_studio, admin_id) == {}


def test_in_audit_too_nobody_changes_when_an_account_was_made(modes: Modes) -> None:
    """The service knows people by it: JSON and forms are refused, counted, and change nothing else; a name is theirs to change."""
    label_studio = modes.audit()
    expert, path = _new_member(label_studio), "/api/users/{}/"
    admin_id = label_studio.admin.get("/api/current-user/whoami").json()["id"]
    before = {who: label_studio.admin.get(path.format(who)).json()["date_joined"] for who in (expert.id, admin_id)}
    for who in before:
        for place in ("json", "data"):
            refused = expert.http.patch(path.format(who), **{place: {"first_name": "Someone", "date_joined": "2020-01-01T00:00:00Z"}})
            assert (refused.status_code, "date_joined" in refused.text) == (403, True), refused.text
    assert {who: label_studio.admin.get(path.format(who)).json()["date_joined"] for who in before} == before
    assert expert.http.patch(path.format(expert.id), json={"first_name": "Ada"}).json()["first_name"] == "Ada"
    assert counts(label_studio, expert.id) == {("PATCH", "user-detail", "object"): 4}


def test_in_audit_a_call_that_cannot_be_judged_goes_through(modes: Modes) -> None:
    """A body that breaks our reading but not Label Studio's, and methods that are none: answered as they would be without us."""
    label_studio = modes.audit()
    expert = _new_member(label_studio)
    deep = expert.http.post("/api/current-user/reset-token/", content="[" * 200_000, headers={"Content-Type": "application/json"})
    assert deep.status_code == 201
    for method in ("BREW", "STIR"):
        assert expert.http.request(method, "/api/webhooks/").status_code == 405
    assert counts(label_studio, expert.id)[("other", "webhooks:api:webhook-list", "address")] == 2
    # More fields than Django reads: whoever looks into this form gets an error, and Label Studio's view does not look into it.
    by_token = expert.ways_in()["JWT"]
    assert by_token.post("/api/current-user/reset-token/", data={f"field{number}": "x" for number in range(1001)}).status_code == 201


def test_in_audit_a_call_that_cannot_be_counted_goes_through(modes: Modes) -> None:
    """The table of counts is away for a moment: the calls are answered as they would be without us, and counted again once it is back."""
    label_studio = modes.audit()
    expert = _new_member(label_studio)
    with modes.without_counts():
        assert expert.http.get("/api/webhooks/").status_code == 200
        assert expert.http.patch(f"/api/users/{expert.id}/", json={"first_name": "Still"}).json()["first_name"] == "Still"
    assert expert.http.get("/api/webhooks/").status_code == 200
    assert counts(label_studio, expert.id) == {("GET", "webhooks:api:webhook-list", "address"): 1}


def test_calls_at_the_same_moment_are_all_counted(modes: Modes) -> None:
    """Twenty at once on SQLite, the first ones making the row: none is lost, none is refused."""
    label_studio = modes.audit()
    expert = _new_member(label_studio)
    legacy = expert.ways_in()["legacy token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: legacy.get("/api/webhooks/").status_code, range(20)))
    assert answers == [200] * 20
    assert counts(label_studio, expert.id) == {("GET", "webhooks:api:webhook-list", "address"): 20}


def test_the_pages_of_audit_mode_tell_nobody_to_become_an_expert(modes: Modes) -> None:
    """Who still sees every project is not told that projects come with a verification."""
    page = _new_member(modes.audit()).http.get("/projects/").text
    assert "Become a verified expert" not in page and "Expert portal" in page


def test_the_report_and_doctor_say_what_audit_mode_saw(modes: Modes, tmp_path: Path) -> None:
    """By person and address with counts and reasons; doctor names the mode."""
    label_studio = modes.audit()
    expert = _new_member(label_studio)
    project = label_studio.new_project("Reported", ["one"])
    for _ in range(3):
        expert.http.get(f"/api/projects/{project}/")
    settings = load({
        "LS_EXPERT_LABEL_STUDIO_URL": label_studio.url, "LS_EXPERT_SHARED_SECRET": SHARED_SECRET, "LS_EXPERT_DATA_DIR": str(tmp_path),
    }, secrets_needed=())
    out = io.StringIO()
    assert show_audit(settings, out) == 0
    assert out.getvalue().startswith("Audit mode: nothing is refused.\n")
    assert f"{expert.email} (user {expert.id}): would have been refused 3 times" in out.getvalue()
    assert "     3  GET     projects:api:project-detail  (not theirs; last " in out.getvalue()
    as_json = io.StringIO()
    assert show_audit(settings, as_json, as_json=True) == 0 and fits(as_json.getvalue(), audit.JSON)
    report = io.StringIO()
    examine(settings, report)
    assert "WARN  audit mode: nothing is refused" in report.getvalue() and "OK    a new member is expert" in report.getvalue()


@pytest.fixture(scope="module")
def scene(modes: Modes) -> Scene:
    """In this file's own Label Studio."""
    return build(modes.audit())


@pytest.mark.parametrize("share", ["a tenth", pytest.param("all", marks=[
    pytest.mark.slow("every address five times, twice over"), pytest.mark.release("a tenth of the addresses is tried every day"),
])])
def test_audit_opens_nothing_and_locks_nobody_out(modes: Modes, scene: Scene, tmp_path: Path, share: str) -> None:
    """Every address, for an expert by browser and by token and for somebody who is not signed in: the answer is the one that Label
    Studio gives without the extension."""
    label_studio = modes.audit()
    calls = list(_calls_of_anybody(scene, [pattern for pattern in scene.patterns if share == "all" or in_tenth(pattern)]))
    assert len(calls) > 100
    told = {}
    for settings_module in (SETTINGS_MODULE, "stock"):
        told[settings_module], _ = make(
            label_studio, tmp_path, {**scene.identities, "nobody": {}}, calls, canary=scene.canary, settings_module=settings_module,
            env={"LS_EXPERT_ALLOWED_ADDRESSES": ""},  # that one opens an address, on purpose, in every mode
        )
    differ = [
        f"{call}: {audit.status} {audit.excerpt} / without us {stock.status} {stock.excerpt}"
        for call, audit, stock in zip(calls, told[SETTINGS_MODULE], told["stock"], strict=True)
        if audit.status != stock.status or (audit.canary is None) != (stock.canary is None)
    ]
    print(f"{len(calls)} calls, alike in audit mode and without the extension")
    assert differ == []


def _calls_of_anybody(scene: Scene, patterns: Sequence[Pattern]) -> Iterator[Call]:
    """Taken back one by one, so that both see the same. Nothing is deleted: files would not come back."""
    for pattern in patterns:
        if (pattern.name or "").startswith("ls_expert:") or pattern.name == "heidi_tips":
            continue  # ours
        for address in addresses(pattern, scene.foreign):
            yield Call("nobody", "GET", address, is_undone=True)
            yield Call(f"{EXPERT}, session", "GET", address, {"accept": "text/html"}, is_undone=True)
            for method in ("GET", "POST", "PATCH"):
                body = {"json": {"title": "overwritten", "result": RESULT}} if method != "GET" else {}
                yield Call(f"{EXPERT}, JWT", method, address, body, is_undone=True)


def test_turning_enforcement_on_refuses_what_was_counted_and_counts_no_more(modes: Modes) -> None:
    """The same person, the same calls: refused now; the counts of before stay readable."""
    label_studio = modes.audit()
    expert = _new_member(label_studio)
    project = label_studio.new_project("Before and after", ["one"])
    assert expert.http.get(f"/api/projects/{project}/").status_code == 200
    counted = counts(label_studio, expert.id)
    cookies = dict(expert.http.cookies)
    label_studio = modes.run()
    again = label_studio.client(cookies=cookies)
    assert again.get("/api/current-user/whoami").json()["id"] == expert.id
    assert again.get(f"/api/projects/{project}/").status_code == 404
    assert again.get("/api/webhooks/").status_code == 403
    assert counts(label_studio, expert.id) == counted == {("GET", "projects:api:project-detail", "object"): 1}


def test_with_manager_as_the_default_role_only_those_named_experts_are_bound(modes: Modes) -> None:
    """Nobody who has no role is locked out; whom a manager makes an expert is, at once."""
    label_studio = modes.run(LS_EXPERT_DEFAULT_ROLE="manager")
    project = label_studio.new_project("Open to newcomers", ["one"])
    member = _new_member(label_studio)
    assert member.http.get("/api/webhooks/").status_code == 200
    assert member.http.get(f"/api/projects/{project}/").status_code == 200
    label_studio.service.put("/roles", json={"roles": [{"ls_user_id": member.id, "role": "expert"}]}).raise_for_status()
    assert member.http.get("/api/webhooks/").status_code == 403
    assert member.http.get(f"/api/projects/{project}/").status_code == 404
