"""The extension's API, from the service's side. See ``label_studio/api/memberships.py`` for what each call means.

Every method raises ``LabelStudioUnreachable`` when there is no answer and ``LabelStudioError`` when there is a wrong one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import httpx

from ls_expert_plugin.agreement.ab_metrics import Outcome
from ls_expert_plugin.errors import BadInput, LabelStudioError, LabelStudioUnreachable, OutboxReplaced
from ls_expert_plugin.ls_client import serialization
from ls_expert_plugin.ls_client.certificates import tls_context
from ls_expert_plugin.ls_client.values import Counted, ErasedAccount, Member, OutboxEvent, TaskCount, TaskProgress
from ls_expert_plugin.protocol.handshake import API_KEY_HEADER, API_PREFIX, api_key
from ls_expert_plugin.protocol.membership_checksum import PEOPLE_AT_A_TIME, PersonChecksum
from ls_expert_plugin.routing.assignment.dealing import DealtTask
from ls_expert_plugin.routing.values import ListedProject, Membership, ProjectRules, TaskAssignment

PAGE_ROWS = 500


class ExtensionClient:
    """One Label Studio with our extension. Safe to share between threads."""

    def __init__(self, label_studio_url: str, shared_secret: str, timeout_s: float = 5.0) -> None:
        self._url = label_studio_url
        self._http = httpx.Client(
            base_url=label_studio_url + API_PREFIX, headers={API_KEY_HEADER: api_key(shared_secret)}, timeout=timeout_s,
            trust_env=False, verify=tls_context(),
        )

    def status(self) -> dict[str, Any]:
        """Versions, clock and settings; the keys are those of the extension's ``status``."""
        return self._call("GET", "status")

    def members(self) -> Iterator[Member]:
        """All members of Label Studio, by their id."""
        after = 0
        while rows := self._call("GET", "users", params={"after": after, "limit": PAGE_ROWS})["users"]:
            yield from (serialization.member(row) for row in rows)
            after = rows[-1]["ls_user_id"]

    def member(self, ls_user_id: int) -> Member | None:
        """One member as they are now. None: removed, not active, or nobody."""
        row = self._call("GET", f"users/{ls_user_id}")["user"]
        return serialization.member(row) if row else None

    def set_role(self, ls_user_id: int, role: str) -> None:
        """Make a member "manager" or "expert". Raises ``BadInput`` when this member cannot have that role."""
        status, body = self._send("PUT", "roles", json={"roles": [{"ls_user_id": ls_user_id, "role": role}]})
        if status == 400:
            field, _, sentence = _detail(body).partition(": ")
            raise BadInput(f"{sentence or field}.")  # the field's name is for programs
        self._checked("roles", status, body)

    def erase_account(self, ls_user_id: int, made_at_utc: dt.datetime | None = None) -> str | None:
        """Take name, address, picture and every way in from an account; by what it is known again, if it is there. Its annotations stay.

        An account under this number that was not ``made_at_utc`` is somebody else's and stays as it is. None: whichever there is.
        """
        made = {} if made_at_utc is None else {"json": {"made_at_utc": made_at_utc.isoformat()}}
        mark = self._call("PUT", f"users/{ls_user_id}/erased", **made).get("mark")
        return str(mark) if mark else None

    def erased_accounts(self) -> list[ErasedAccount]:
        """The accounts that have been erased."""
        return [
            ErasedAccount(row["ls_user_id"], row["mark"], serialization.moment(row.get("made_at_utc")))
            for row in self._call("GET", "erased")["erased"]
        ]

    def erase_again(self, accounts: Collection[ErasedAccount]) -> list[int]:
        """Erase these accounts where a restored backup has brought them back; which they were."""
        rows = [
            {"ls_user_id": one.ls_user_id, "mark": one.mark, "made_at_utc": one.made_at_utc.isoformat() if one.made_at_utc else None}
            for one in sorted(accounts, key=lambda one: (one.ls_user_id, one.mark))
        ]
        again: list[int] = []
        for start in range(0, len(rows), PAGE_ROWS):
            again += self._call("PUT", "erased", json={"erased": rows[start : start + PAGE_ROWS]})["again"]
        return again

    def audit(self) -> Iterator[Counted]:
        """What enforcement would have refused, as counted in audit mode."""
        after = 0
        while rows := self._call("GET", "audit", params={"after": after, "limit": PAGE_ROWS})["audit"]:
            yield from (serialization.counted(row) for row in rows)
            after = rows[-1]["id"]

    def push(self, memberships: Sequence[Membership]) -> int:
        """Apply these memberships; how many were ignored because Label Studio has newer ones. The same revision once more is none of those."""
        return _newer(self._call("PUT", "memberships", json={"memberships": [serialization.membership_as_json(one) for one in memberships]}))

    def push_projects(self, rules: Sequence[ProjectRules]) -> int:
        """The same for the rules of projects."""
        return _newer(self._call("PUT", "projects", json={"projects": [serialization.rules_as_json(one) for one in rules]}))

    def push_assignments(self, assignments: Sequence[TaskAssignment]) -> int:
        """The same for assignments of tasks."""
        return _newer(self._call("PUT", "assignments", json={"assignments": [serialization.assignment_as_json(one) for one in assignments]}))

    def memberships(self, after: int, of: Collection[int] | None = None) -> tuple[list[Membership], int]:
        """The projection's next memberships after this row (0: from the start), and the row to go on after. ``of``: of at most 100 people."""
        people = {} if of is None else {"of": ",".join(map(str, of))}
        rows = self._call("GET", "memberships", params={"after": after, "limit": PAGE_ROWS, **people})["memberships"]
        return [serialization.membership(row) for row in rows], rows[-1]["id"] if rows else after

    def membership_checksums(self) -> Iterator[PersonChecksum]:
        """The checksum of each person's memberships in the projection, by id."""
        return self._checksums("memberships/checksums")

    def assignments(self, after: int, of: Collection[int]) -> tuple[list[TaskAssignment], int]:
        """The projection's next assignments of these people, at most 100, as ``memberships``."""
        rows = self._call("GET", "assignments", params={"after": after, "limit": PAGE_ROWS, "of": ",".join(map(str, of))})["assignments"]
        return [serialization.assignment(row) for row in rows], rows[-1]["id"] if rows else after

    def project_tasks(self, ls_project_id: int, ls_task_ids: Collection[int] | None = None) -> Iterator[DealtTask]:
        """Tasks of a project as dealing needs them, by id: all of them, or those of these that there are."""
        if ls_task_ids is not None:
            wanted = sorted(set(ls_task_ids))
            for start in range(0, len(wanted), PAGE_ROWS):
                rows = self._call("POST", f"projects/{ls_project_id}/tasks", json={"ls_task_ids": wanted[start : start + PAGE_ROWS]})["tasks"]
                yield from (serialization.dealt_task(row) for row in rows)
            return
        after = 0
        while rows := self._call("POST", f"projects/{ls_project_id}/tasks", json={"after": after, "limit": PAGE_ROWS})["tasks"]:
            yield from (serialization.dealt_task(row) for row in rows)
            after = rows[-1]["ls_task_id"]

    def assignment_checksums(self) -> Iterator[PersonChecksum]:
        """The checksum of each person's assignments in the projection, by id."""
        return self._checksums("assignments/checksums")

    def gone_assignments(self) -> Iterator[TaskAssignment]:
        """Assignments that Label Studio has ended by itself, because their task is not there (any more)."""
        after = 0
        while rows := self._call("GET", "assignments/gone", params={"after": after, "limit": PAGE_ROWS})["assignments"]:
            yield from (serialization.assignment(row) for row in rows)
            after = rows[-1]["id"]

    def projects(self, after: int) -> tuple[list[ProjectRules], int]:
        """The same for the rules of projects."""
        rows = self._call("GET", "projects", params={"after": after, "limit": PAGE_ROWS})["projects"]
        return [serialization.project_rules(row) for row in rows], rows[-1]["id"] if rows else after

    def listed_projects(self) -> Iterator[tuple[int, ListedProject]]:
        """Every project there is, with its id, by id."""
        after = 0
        while rows := self._call("GET", "project-titles", params={"after": after, "limit": PAGE_ROWS})["projects"]:
            yield from ((row["ls_project_id"], ListedProject(row["title"], serialization.moment(row.get("made_at_utc")))) for row in rows)
            after = rows[-1]["ls_project_id"]

    def task_counts(self, ls_project_ids: Sequence[int], *, timeout_s: float = 2.0) -> dict[int, TaskCount]:
        """Tasks of at most 1,000 projects; one that has none is left out. Somebody waits for the page, so not for long."""
        rows = self._call("POST", "task-counts", json={"ls_project_ids": list(ls_project_ids)}, timeout=timeout_s)["counts"]
        return {row["ls_project_id"]: TaskCount(row["tasks"], row["left"]) for row in rows}

    def annotations(self, after: int) -> tuple[list[OutboxEvent], int]:
        """The next annotations after this id, as the events that made them, and the id to go on after (the same: there are no more).

        Without those that the outbox still tells of. Their ``id`` is "annotation.ID".
        """
        answer = self._call("GET", "annotations", params={"after": after, "limit": PAGE_ROWS})
        return [serialization.made(row) for row in answer["annotations"]], int(answer["after"])

    def control_answers(self, ls_user_ids: Sequence[int], latest: int, *, timeout_s: float = 60.0) -> list[tuple[int, int, int, int]]:
        """For each of at most 100 people and each project: (person, project, answers to control tasks, right ones), of the ``latest``."""
        rows = self._call("POST", "control-answers", json={"ls_user_ids": list(ls_user_ids), "latest": latest}, timeout=timeout_s)["counts"]
        return [(row["ls_user_id"], row["ls_project_id"], row["answers"], row["right"]) for row in rows]

    def task_progress(self, ls_user_id: int, ls_project_ids: Collection[int], *, timeout_s: float = 2.0) -> dict[int, TaskProgress]:
        """How many tasks of these projects (at most 100) a person has done and has left, by project; without those that are not theirs."""
        asked = {"projects": ",".join(map(str, sorted(ls_project_ids)))}
        rows = self._call("GET", f"users/{ls_user_id}/task-progress", params=asked, timeout=timeout_s)["progress"]
        return {row["ls_project_id"]: TaskProgress(row["ls_project_id"], row["done"], row["left"]) for row in rows}

    def prelabel_outcomes(self, ls_project_id: int) -> Iterator[Outcome]:
        """Annotations of a project beside the pre-labels of their tasks."""
        after, before = 0, -1
        while after != before:
            before = after
            outcomes, after = self.prelabel_outcomes_page(ls_project_id, after)
            yield from outcomes

    def prelabel_outcomes_page(self, ls_project_id: int, after: int) -> tuple[list[Outcome], int]:
        """The next of them after this annotation (0: from the start), and the annotation to go on after; the same: there are no more."""
        answer = self._call("GET", f"projects/{ls_project_id}/prelabel-outcomes", params={"after": after, "limit": PAGE_ROWS})
        return [Outcome(**row) for row in answer["outcomes"]], int(answer["after"])

    def index_task_files(self, limit: int, *, timeout_s: float = 60.0) -> int:
        """Let the extension take in the files that tasks name, of so many tasks that came or changed; how many. 0: it has all."""
        return int(self._call("POST", "task-files", json={"limit": limit}, timeout=timeout_s)["indexed"])

    def events(self, after: str, epoch: str | None = None) -> tuple[list[OutboxEvent], str]:
        """The next events after the cursor (at most ``PAGE_ROWS``), and the cursor after them. Without an epoch it is looking only.

        Raises ``OutboxReplaced`` when the cursor is no place in the outbox of that epoch.
        """
        answer = self._call("GET", "outbox", params={"after": after, "limit": PAGE_ROWS, **({"epoch": epoch} if epoch is not None else {})})
        return [serialization.event(row) for row in answer["events"]], answer["cursor"]

    def forget_events(self, through: str, epoch: str | None = None) -> None:
        """Let the extension drop events up to and with this cursor. Raises as ``events``."""
        self._call("POST", "outbox/forget", json={"through": through, "epoch": epoch})

    def join_outbox(self, after: str) -> str:
        """The outbox's epoch, for who knows of none and goes on at this cursor. Raises ``OutboxReplaced`` where that cannot be."""
        return str(self._call("POST", "outbox/epoch", json={"after": after})["epoch"])

    def begin_epoch(self) -> str:
        """A new epoch of the outbox: it is read from the start."""
        return str(self._call("POST", "outbox/epoch", json={"after": None})["epoch"])

    def close(self) -> None:
        """Give the connections to Label Studio back."""
        self._http.close()

    def _checksums(self, path: str) -> Iterator[PersonChecksum]:
        after = 0
        while rows := self._call("GET", path, params={"after": after, "limit": PEOPLE_AT_A_TIME})["checksums"]:
            yield from (PersonChecksum(row["ls_user_id"], row["rows"], int(row["checksum"])) for row in rows)
            after = rows[-1]["ls_user_id"]

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return self._checked(path, *self._send(method, path, **options))

    def _send(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Status and JSON body; None where the body is no JSON."""
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as problem:
            raise LabelStudioUnreachable(f"Label Studio at {self._url} does not answer ({type(problem).__name__}).") from None
        if answer.status_code == 401:
            raise LabelStudioError(f"Label Studio at {self._url} has another LS_EXPERT_SHARED_SECRET than we have.")
        if answer.status_code == 404:
            raise LabelStudioError(f"Label Studio at {self._url} runs without our extension, or with an older one. Start it with `ls-expert label-studio`.")
        try:
            return answer.status_code, answer.json()
        except ValueError:
            return answer.status_code, None

    def _checked(self, path: str, status: int, body: Any) -> dict[str, Any]:
        if status == 409 and isinstance(body, dict) and (error := body.get("error", {})).get("code") == "outbox_replaced":
            raise OutboxReplaced(f"Label Studio at {self._url}: {error['message']}.", error["reason"])
        if status != 200 or not isinstance(body, dict):
            raise LabelStudioError(f"Label Studio at {self._url} answered {status} to {path}. {_detail(body)}".strip())
        return body


def _newer(answer: Mapping[str, Any]) -> int:
    """An extension of before told newer and equal revisions in one number."""
    return int(answer["newer"] if "newer" in answer else answer["ignored"])


def _detail(body: Any) -> str:
    """The sentence of an error body, or nothing."""
    error = body.get("error") if isinstance(body, Mapping) else None
    return str(error.get("message", "")) if isinstance(error, Mapping) else ""
