"""A real Label Studio with our extension, for the tests: started in its own environment, talked to over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg

from ls_expert_plugin.ls_client.certificates import tls_context
from ls_expert_plugin.protocol.handshake import API_KEY_HEADER, api_key
from tests.support.servers.fork_server import Prepared
from tests.support.servers.postgresql import free_port

ADMIN_EMAIL, PASSWORD = "admin@test.example", "admin-password-1"
ADMIN_TOKEN = "0123456789abcdef0123456789abcdef01234567"
SHARED_SECRET = "shared-secret-for-tests-only-0123456789"
SETTINGS_MODULE = "ls_expert_plugin.label_studio.settings"
QUICK_SERVER = Path(__file__).parents[2] / "inside" / "server.py"
STARTS_IN_S = 240
CHOICES = '<View><Text name="text" value="$text"/><Choices name="topic" toName="text"><Choice value="A"/><Choice value="B"/></Choices></View>'


def on_postgresql(database_url: str) -> dict[str, str]:
    """The environment of a Label Studio on this database, named by its SQLAlchemy address."""
    database = urlsplit(database_url)
    return {
        "DJANGO_DB": "default", "POSTGRE_HOST": "127.0.0.1", "POSTGRE_PORT": str(database.port), "POSTGRE_USER": "postgres",
        "POSTGRE_PASSWORD": "", "POSTGRE_NAME": database.path.lstrip("/"),
    }


class LabelStudio:
    """One running Label Studio. Legacy tokens are on, so that every way in can be tried.

    ``by_command``: started with ``ls-expert label-studio``, as a team does; otherwise the same with passwords that are hashed in no time.
    """

    def __init__(self, binaries: Path, folder: Path, extra_env: Mapping[str, str] | None = None, *, by_command: bool = False) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (folder / "label-studio.log").open("wb")
        self._python = str(binaries / "python")
        self.on_postgresql = "POSTGRE_HOST" in (extra_env or {})
        self._sqlite = folder / "data" / "label_studio.sqlite3"
        self.files = folder / "local-files"
        self.files.mkdir(exist_ok=True)
        self._env = env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("LS_EXPERT_", "LABEL_STUDIO_"))},
            # Label Studio's own would be made by chance; one that begins with $ is not read again, and another made (1.23.2).
            "SECRET_KEY": "kept-for-all-processes-of-this-label-studio-0123456789",
            "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "data"), "LABEL_STUDIO_USERNAME": ADMIN_EMAIL,
            "LABEL_STUDIO_PASSWORD": PASSWORD, "LABEL_STUDIO_USER_TOKEN": ADMIN_TOKEN,
            "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "LS_EXPERT_SHARED_SECRET": SHARED_SECRET, "LS_EXPERT_SIGNUPS_PER_HOUR": "100000",
            "LOCAL_FILES_SERVING_ENABLED": "true", "LOCAL_FILES_DOCUMENT_ROOT": str(self.files),
            "LS_EXPERT_DATA_DIR": str(folder / "expert"), "LS_EXPERT_ALLOWED_ADDRESSES": "127.0.0.1",
            "LS_EXPERT_PUBLIC_URL": "http://localhost:8090", **(extra_env or {}),
        }
        program = [str(binaries / "ls-expert"), "label-studio"] if by_command else [self._python, str(QUICK_SERVER)]
        self._process = subprocess.Popen(
            [*program, "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(self.port), "--data-dir", str(folder / "data")],
            env=env, stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True,
        )
        self._wait(folder)
        self.service = httpx.Client(
            base_url=f"{self.url}/api/ls-expert", headers={API_KEY_HEADER: api_key(SHARED_SECRET)}, timeout=30, trust_env=False, verify=tls_context()
        )
        self.admin = httpx.Client(base_url=self.url, headers={"Authorization": f"Token {ADMIN_TOKEN}"}, timeout=30, trust_env=False, verify=tls_context())
        self._revision = 0
        self._clients: list[httpx.Client] = []
        self._inside: dict[tuple[object, ...], Prepared] = {}

    def new_project(self, title: str, tasks: Sequence[str | dict[str, Any]], **settings: Any) -> int:
        """A project with these tasks, each a text or a task as it is imported; returns its id."""
        made = self.admin.post("/api/projects/", json={"title": title, "label_config": CHOICES, **settings})
        made.raise_for_status()
        project_id = int(made.json()["id"])
        if tasks:  # Label Studio refuses to import none
            self.admin.post(f"/api/projects/{project_id}/import", json=[
                {"text": task} if isinstance(task, str) else task for task in tasks
            ]).raise_for_status()
        return project_id

    def task_ids(self, project_id: int) -> list[int]:
        """Ids of the project's tasks, in order."""
        answer = self.admin.get("/api/tasks/", params={"project": project_id})
        answer.raise_for_status()
        return sorted(task["id"] for task in answer.json()["tasks"])

    def sign_up(self, email: str) -> Member:
        """Somebody new, through the sign-up page."""
        return Member(self, email)

    def push(
        self, ls_user_id: int, project_id: int, *, active: bool = True, until: str | None = None, specialties: Sequence[str] = (),
    ) -> dict[str, int]:
        """Set one membership, as the service does, with a revision newer than any before."""
        self._revision += 1
        answer = self.service.put("/memberships", json={"memberships": [{
            "ls_user_id": ls_user_id, "ls_project_id": project_id, "active": active, "valid_until_utc": until,
            "revision": self._revision, "reason": "test", "specialties": list(specialties),
        }]})
        answer.raise_for_status()
        return dict(answer.json())

    def push_rules(
        self, project_id: int, *, shows_others_work: bool = False, specialty_field: str | None = None,
        shows_tasks_without_specialty: bool = False, assignment: str = "open",
    ) -> dict[str, int]:
        """Set what one project shows to its members, as the service does, with a revision newer than any before."""
        self._revision += 1
        answer = self.service.put("/projects", json={"projects": [{
            "ls_project_id": project_id, "shows_others_work": shows_others_work, "specialty_field": specialty_field,
            "shows_tasks_without_specialty": shows_tasks_without_specialty, "assignment": assignment, "revision": self._revision,
        }]})
        answer.raise_for_status()
        return dict(answer.json())

    def assign(
        self, ls_user_id: int, project_id: int, *task_ids: int, active: bool = True, barred: bool = False, until: str | None = None,
    ) -> dict[str, int]:
        """Assign these tasks to somebody, or end that, as the service does, with a revision newer than any before."""
        self._revision += 1
        answer = self.service.put("/assignments", json={"assignments": [{
            "ls_user_id": ls_user_id, "ls_task_id": task, "ls_project_id": project_id, "purpose": "annotate", "active": active, "barred": barred,
            "valid_until_utc": until, "task_made_at_utc": self.made_at(task), "revision": self._revision,
        } for task in task_ids]})
        answer.raise_for_status()
        return dict(answer.json())

    def made_at(self, task_id: int) -> str:
        """When a task was made, as Label Studio tells."""
        return str(self.admin.get(f"/api/tasks/{task_id}/").json()["created_at"])

    def events(self, after: str = "0.0") -> list[dict[str, Any]]:
        """Everything in the outbox after the cursor."""
        return list(self.service.get("/outbox", params={"after": after}).json()["events"])

    def cursor(self) -> str:
        """Where the outbox ends now."""
        cursor = "0.0"
        while (after := str(self.service.get("/outbox", params={"after": cursor}).json()["cursor"])) != cursor:
            cursor = after
        return cursor

    def run_inside(
        self, script: Path, *, settings_module: str = SETTINGS_MODULE, extra_env: Mapping[str, str] | None = None, within_s: int = 600,
        **arguments: Any,
    ) -> Any:
        """What a script prints last, as JSON. It runs in Label Studio's environment on the same database, nobody asking."""
        env = {**self._env, "DJANGO_SETTINGS_MODULE": settings_module, **(extra_env or {})}
        prepared = self._inside.setdefault((settings_module, *sorted((extra_env or {}).items())), Prepared(self._python, env))
        ran = prepared.run(script, json.dumps(arguments), within_s)
        if ran.code:
            raise RuntimeError(f"{script.name} failed:\n{ran.errors[-3000:]}")
        return json.loads(ran.output.splitlines()[-1])

    @property
    def database_url(self) -> str:
        """The SQLAlchemy address of its database."""
        if not self.on_postgresql:
            return f"sqlite:///{self._sqlite}"
        return f"postgresql+psycopg://postgres@127.0.0.1:{self._env['POSTGRE_PORT']}/{self._env['POSTGRE_NAME']}"

    def database(self) -> psycopg.Connection[Any]:
        """A connection of one's own to its database, on PostgreSQL."""
        return psycopg.connect(
            host=self._env["POSTGRE_HOST"], port=int(self._env["POSTGRE_PORT"]), user=self._env["POSTGRE_USER"], dbname=self._env["POSTGRE_NAME"],
        )

    def open_inside(self, script: Path) -> subprocess.Popen[str]:
        """A script that goes on, a line in and a line out, in the same place as ``run_inside``. The caller ends it."""
        return subprocess.Popen(
            [self._python, str(script), "{}"], env={**self._env, "DJANGO_SETTINGS_MODULE": SETTINGS_MODULE}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )

    def stop(self) -> None:
        """End it, and whatever it started."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()
        for client in (self.service, self.admin, *self._clients):
            client.close()
        for prepared in self._inside.values():
            prepared.close()

    def client(self, headers: Mapping[str, str] | None = None, **options: Any) -> httpx.Client:
        """An HTTP client of ours, closed with the server."""
        made = httpx.Client(base_url=self.url, headers=dict(headers or {}), timeout=30, trust_env=False, verify=tls_context(), **options)
        self._clients.append(made)
        return made

    def _wait(self, folder: Path) -> None:
        until = time.monotonic() + STARTS_IN_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/health/", timeout=2, trust_env=False, verify=tls_context()).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.3)
        raise RuntimeError("Label Studio did not start:\n" + (folder / "label-studio.log").read_text()[-3000:])


class Member:
    """Somebody signed in to Label Studio with a session, who can also show tokens."""

    def __init__(self, label_studio: LabelStudio, email: str) -> None:
        self.email = email
        self.http = label_studio.client(follow_redirects=True)
        self.http.get("/user/signup/")
        signed_up = self.http.post("/user/signup/", headers={"Referer": label_studio.url}, data={
            "email": email, "password": PASSWORD, "allow_newsletters": "false", "csrfmiddlewaretoken": self.http.cookies["csrftoken"],
        })
        assert not signed_up.url.path.startswith("/user/"), "the sign-up form came back"
        self.id = int(self.http.get("/api/current-user/whoami").json()["id"])
        self.http.headers.update({"Referer": label_studio.url, "X-CSRFToken": self.http.cookies["csrftoken"]})
        self._label_studio = label_studio
        self._personal: str | None = None

    def ways_in(self) -> dict[str, httpx.Client]:
        """Session, legacy token, X-Api-Key, and an access token made from a personal access token."""
        secrets = self.secrets()
        access = self.http.post("/api/token/refresh/", json={"refresh": secrets["personal"]}).json()["access"]
        legacy = secrets["legacy"]
        return {
            "session": self.http, "legacy token": self._label_studio.client({"Authorization": f"Token {legacy}"}),
            "X-Api-Key": self._label_studio.client({"X-Api-Key": legacy}), "JWT": self._label_studio.client({"Authorization": f"Bearer {access}"}),
        }

    def secrets(self) -> dict[str, Any]:
        """What shows who one is: ``cookies`` of the session, the ``legacy`` token, the ``personal`` access token."""
        if self._personal is None:  # a person has one at a time; access tokens made from it live for five minutes
            self._personal = str(self.http.post("/api/token/").json()["token"])
        legacy = str(self.http.get("/api/current-user/token").json()["token"])
        return {"cookies": dict(self.http.cookies), "legacy": legacy, "personal": self._personal}
