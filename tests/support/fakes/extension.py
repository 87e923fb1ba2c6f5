"""Label Studio's side of the extension API, as far as the pages make use of it, called without a socket."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Iterable
from typing import Any

import httpx
from flask import Flask, jsonify, request
from werkzeug.wrappers import Response

from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.protocol import assignment_checksum
from ls_expert_plugin.protocol.handshake import API_PREFIX
from ls_expert_plugin.protocol.membership_checksum import row_checksum
from ls_expert_plugin.vetting.values import Person


class ExtensionHere:
    """What it has been told, by id. ``answers``: is it there? ``members`` gives everybody, with ``creator`` among them, ``titles`` all projects;
    ``removed`` and ``roles`` (by id) are changes that nobody has told the service of yet.
    """

    def __init__(self, creator: int, members: Callable[[], Iterable[Person]], titles: Callable[[], Iterable[tuple[int, str]]]) -> None:
        self.answers = True
        self.removed: set[int] = set()
        self.roles: dict[int, str] = {}
        self.memberships: dict[tuple[int, int], dict[str, Any]] = {}
        self.assignments: dict[tuple[int, int], dict[str, Any]] = {}
        self.projects: dict[int, dict[str, Any]] = {}
        self.project_tasks: dict[int, list[dict[str, Any]]] = {}  # by project, as dealing needs them
        self.tasks: dict[int, tuple[int, int]] = {}  # by project: how many, and how many are left
        self.progress: dict[int, tuple[int, int]] = {}  # tasks done and left, by project
        self.received = 0  # memberships, however often each
        self.app = Flask("extension-here")
        self.app.before_request(lambda: None if self.answers else Response("gone", 503))

        @self.app.put(f"{API_PREFIX}/memberships")
        def put_memberships() -> Response:
            rows = request.get_json()["memberships"]
            self.received += len(rows)
            return self._keep(self.memberships, {(row["ls_user_id"], row["ls_project_id"]): row for row in rows})

        @self.app.put(f"{API_PREFIX}/projects")
        def put_projects() -> Response:
            return self._keep(self.projects, {row["ls_project_id"]: row for row in request.get_json()["projects"]})

        @self.app.get(f"{API_PREFIX}/memberships")
        def get_memberships() -> Response:
            of = {int(one) for one in request.args["of"].split(",")} if "of" in request.args else None
            return self._page("memberships", [row for row in self.memberships.values() if of is None or row["ls_user_id"] in of])

        @self.app.get(f"{API_PREFIX}/memberships/checksums")
        def get_checksums() -> Response:
            theirs: dict[int, list[int]] = {}
            for row in self.memberships.values():
                until = dt.datetime.fromisoformat(row["valid_until_utc"]) if row["valid_until_utc"] else None
                theirs.setdefault(row["ls_user_id"], []).append(row_checksum(
                    row["ls_user_id"], row["ls_project_id"], row["active"], until, row["revision"], row["specialties"], row["reason"]
                ))
            after, limit = int(request.args["after"]), int(request.args["limit"])
            return jsonify(checksums=[
                {"ls_user_id": who, "rows": len(sums), "checksum": str(sum(sums))} for who, sums in sorted(theirs.items()) if who > after
            ][:limit])

        @self.app.post(f"{API_PREFIX}/projects/<int:ls_project_id>/tasks")
        def post_tasks(ls_project_id: int) -> Response:
            asked = request.get_json()
            ids, after = asked.get("ls_task_ids"), asked.get("after", 0)
            rows = [row for row in self.project_tasks.get(ls_project_id, []) if row["ls_task_id"] > after and (ids is None or row["ls_task_id"] in ids)]
            return jsonify(tasks=rows[: asked.get("limit", 1000)])

        @self.app.put(f"{API_PREFIX}/assignments")
        def put_assignments() -> Response:
            return self._keep(self.assignments, {(row["ls_user_id"], row["ls_task_id"]): row for row in request.get_json()["assignments"]})

        @self.app.get(f"{API_PREFIX}/assignments")
        def get_assignments() -> Response:
            of = {int(one) for one in request.args["of"].split(",")}
            return self._page("assignments", [row for row in self.assignments.values() if row["ls_user_id"] in of])

        @self.app.get(f"{API_PREFIX}/assignments/checksums")
        def get_assignment_checksums() -> Response:
            theirs: dict[int, list[int]] = {}
            for row in self.assignments.values():
                until = dt.datetime.fromisoformat(row["valid_until_utc"]) if row["valid_until_utc"] else None
                theirs.setdefault(row["ls_user_id"], []).append(assignment_checksum.row_checksum(
                    row["ls_user_id"], row["ls_task_id"], row["ls_project_id"], row["purpose"], row["active"], row["barred"], until,
                    dt.datetime.fromisoformat(row["task_made_at_utc"]), row["revision"],
                ))
            after, limit = int(request.args["after"]), int(request.args["limit"])
            return jsonify(checksums=[
                {"ls_user_id": who, "rows": len(sums), "checksum": str(sum(sums))} for who, sums in sorted(theirs.items()) if who > after
            ][:limit])

        @self.app.get(f"{API_PREFIX}/assignments/gone")
        def get_gone_assignments() -> Response:
            return jsonify(assignments=[])

        @self.app.get(f"{API_PREFIX}/projects")
        def get_projects() -> Response:
            return self._page("projects", self.projects.values())

        @self.app.get(f"{API_PREFIX}/users")
        def get_users() -> Response:
            after = int(request.args["after"])
            rows = [one for one in sorted(members(), key=lambda one: one.ls_user_id) if one.ls_user_id > after]
            return jsonify(users=[{"ls_user_id": one.ls_user_id, "email": one.email, "name": one.name, "role": one.role} for one in rows])

        @self.app.get(f"{API_PREFIX}/project-titles")
        def get_titles() -> Response:
            after = int(request.args["after"])
            return jsonify(projects=[{"ls_project_id": number, "title": title} for number, title in sorted(titles()) if number > after])

        @self.app.post(f"{API_PREFIX}/task-counts")
        def post_task_counts() -> Response:
            wanted = request.get_json()["ls_project_ids"]
            return jsonify(counts=[{"ls_project_id": number, "tasks": tasks, "left": left} for number, (tasks, left) in self.tasks.items() if number in wanted])

        @self.app.get(f"{API_PREFIX}/users/<int:ls_user_id>")
        def get_user(ls_user_id: int) -> Response:
            if ls_user_id in self.removed:
                return jsonify(user=None)
            one = next((one for one in members() if one.ls_user_id == ls_user_id), None)
            role = self.roles.get(ls_user_id, one.role) if one else ""
            return jsonify(user={"ls_user_id": one.ls_user_id, "email": one.email, "name": one.name, "role": role} if one else None)

        @self.app.get(f"{API_PREFIX}/users/<int:ls_user_id>/task-progress")
        def get_progress(ls_user_id: int) -> Response:
            ids = [int(one) for one in request.args["projects"].split(",")]
            found = {number: self.progress[number] for number in ids if number in self.progress}
            return jsonify(progress=[{"ls_project_id": number, "done": done, "left": left} for number, (done, left) in found.items()])

        @self.app.put(f"{API_PREFIX}/roles")
        def put_roles() -> tuple[Response, int]:
            row = request.get_json()["roles"][0]
            if row["ls_user_id"] == creator and row["role"] == "expert":
                return jsonify(error={"code": "bad_input", "message": "role: Creators stay managers"}), 400
            return jsonify(changed=1), 200

    def client(self, secret: str) -> ExtensionClient:
        """The real client, with this at its other end."""
        client = ExtensionClient("http://label-studio.example", secret)
        client._http.close()
        client._http = httpx.Client(base_url=f"http://label-studio.example{API_PREFIX}", transport=httpx.WSGITransport(app=self.app))
        return client

    @staticmethod
    def _keep(there: dict[Any, dict[str, Any]], rows: dict[Any, dict[str, Any]]) -> Response:
        applied = {key: row for key, row in rows.items() if key not in there or there[key]["revision"] < row["revision"]}
        there.update(applied)
        newer = sum(there[key]["revision"] > row["revision"] for key, row in rows.items())
        return jsonify(applied=len(applied), ignored=len(rows) - len(applied), newer=newer)

    @staticmethod
    def _page(name: str, rows: Any) -> Response:
        after, limit = int(request.args["after"]), int(request.args["limit"])
        numbered = itertools.islice(enumerate(rows, start=1), after, after + limit)
        return jsonify({name: [{"id": number, **row} for number, row in numbered]})
