"""Label Studio's own API through its SDK: projects, annotations, webhooks, ML backends.

Raises ``LabelStudioUnreachable`` and ``LabelStudioError`` like the extension's client. The SDK takes more than a second
to import, so it is imported with the first client, not with this module.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx

from ls_expert_plugin.errors import LabelStudioError, LabelStudioUnreachable
from ls_expert_plugin.ls_client.certificates import tls_context
from ls_expert_plugin.protocol.handshake import WEBHOOK_SECRET_HEADER

# On SQLite an import takes longer the more predictions a project has: some seconds for ten thousand.
IMPORT_TIMEOUT_S = 600
ML_BACKEND_TITLE = "Expert pre-labels"


@dataclass(frozen=True)
class StudioProject:
    """A project as Label Studio has it. ``expert_instruction``: the text without its markup."""

    ls_project_id: int
    title: str
    label_config: str
    expert_instruction: str = ""
    tasks: int = 0


@dataclass(frozen=True)
class AnnotatedTask:
    """A task with everything submitted on it, and its predictions, oldest first: Label Studio's own dictionaries."""

    ls_task_id: int
    data: Mapping[str, Any]
    annotations: Sequence[Mapping[str, Any]]
    predictions: Sequence[Mapping[str, Any]] = ()
    meta: Mapping[str, Any] | None = None


class SdkClient:
    """Label Studio as the owner of ``token`` sees it. Personal access tokens and legacy tokens both do."""

    def __init__(self, label_studio_url: str, token: str) -> None:
        self.url, self._token = label_studio_url, token
        self._http = httpx.Client(timeout=30, follow_redirects=True, trust_env=False, verify=tls_context())

    @cached_property
    def sdk(self) -> Any:
        """The client of Label Studio's own SDK."""
        from label_studio_sdk import LabelStudio

        return LabelStudio(base_url=self.url, api_key=self._token, httpx_client=self._http)

    def close(self) -> None:
        """Give the connections to Label Studio back."""
        self._http.close()

    def whoami(self) -> str:
        """The e-mail address the token belongs to."""
        with self._told():
            return str(self.sdk.users.whoami().email)

    def projects(self) -> list[StudioProject]:
        """All projects the token's owner sees."""
        with self._told():
            return [StudioProject(p.id, p.title or "", p.label_config or "") for p in self.sdk.projects.list()]

    def project(self, ls_project_id: int) -> StudioProject:
        """One project, as Label Studio has it now."""
        with self._told():
            project = self.sdk.projects.get(id=ls_project_id)
            instruction = re.sub(r"<[^>]*>", " ", project.expert_instruction or "")
            return StudioProject(
                project.id, project.title or "", project.label_config or "", " ".join(html.unescape(instruction).split()), project.task_number or 0,
            )

    def task_pages(self, ls_project_id: int, without: str | None, size: int = 200) -> Iterator[list[dict[str, Any]]]:
        """Tasks that have no prediction of the version ``without`` (None: none at all), by id, as ``{"id", "data", "meta"}``, some at a time.

        Goes on after the last id, so that tasks which get predictions meanwhile do not move the others.
        """
        has_none = {"filter": "filter:tasks:total_predictions", "operator": "equal", "type": "Number", "value": 0}
        after = 0
        while True:
            beyond = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": after}
            query = {"filters": {"conjunction": "and", "items": [beyond, *([has_none] if without is None else [])]}, "ordering": ["tasks:id"]}
            include = "id,data,meta" if without is None else "id,data,meta,predictions_model_versions"
            with self._told():
                page = self.sdk.tasks.list(
                    project=ls_project_id, page=1, page_size=size, query=json.dumps(query), fields="task_only" if without is None else "all", include=include,
                )
            tasks = list(page.items or ())
            if not tasks:
                return
            yield [
                {"id": task.id, "data": task.data, "meta": _meta(task)} for task in tasks
                if without is None or without not in _listed(getattr(task, "predictions_model_versions", None))
            ]
            after = max(task.id for task in tasks)

    def task_ids_of_view(self, ls_project_id: int, view: int) -> set[int]:
        """Tasks that a tab of the Data Manager shows."""
        found: set[int] = set()
        number = 1
        while True:
            try:
                with self._told():
                    page = self.sdk.tasks.list(project=ls_project_id, view=view, page=number, page_size=1000, fields="task_only", include="id")
            except LabelStudioError as problem:
                if problem.status == 404 and number > 1:  # a page beyond the last
                    return found
                raise
            found |= {task.id for task in page.items or ()}
            number += 1

    def file(self, path: str, max_bytes: int) -> bytes:
        """A file that Label Studio serves, such as ``/data/upload/3/x.png``. Raises ``LabelStudioError``, also for one that is larger.

        The SDK has no method for it; the token is the one it signs with. Redirects are not followed: they lead elsewhere.
        """
        with self._told():
            headers = {"Authorization": self.sdk._client_wrapper.get_headers()["Authorization"]}
            with self._http.stream("GET", self.url + path, headers=headers, follow_redirects=False) as answer:
                if answer.status_code != 200:
                    raise LabelStudioError(f"Label Studio at {self.url} answered {answer.status_code} for a file of a task.", answer.status_code)
                found = bytearray()
                for chunk in answer.iter_bytes():
                    found += chunk
                    if len(found) > max_bytes:
                        raise LabelStudioError(f"A file of a task has more than {max_bytes // 1024 // 1024} MB.")
        return bytes(found)

    def import_predictions(self, ls_project_id: int, predictions: Sequence[tuple[int, Mapping[str, Any]]]) -> list[int]:
        """Store predictions as (task, prediction), all of them; the tasks that are no longer there, which got none."""
        try:
            with self._told():
                self.sdk.projects.import_predictions(
                    ls_project_id, request=[{"task": task, **prediction} for task, prediction in predictions],
                    request_options={"timeout_in_seconds": IMPORT_TIMEOUT_S},
                )
        except LabelStudioError as problem:
            if isinstance(problem, LabelStudioUnreachable) or problem.status != 400:
                raise
            if len(predictions) == 1:
                return [predictions[0][0]]
            half = len(predictions) // 2  # one that was deleted meanwhile keeps out all that come with it
            return self.import_predictions(ls_project_id, predictions[:half]) + self.import_predictions(ls_project_id, predictions[half:])
        return []

    def annotated_tasks(self, ls_project_id: int) -> Iterator[AnnotatedTask]:
        """Tasks of a project that have annotations, with them."""
        with self._told():
            for task in self.sdk.tasks.list(project=ls_project_id, fields="all"):
                if task.annotations:
                    annotations, predictions = [dict(one) for one in task.annotations], [dict(one) for one in task.predictions or ()]
                    yield AnnotatedTask(task.id, task.data, annotations, predictions, _meta(task))

    def ensure_webhook(self, ls_project_id: int, url: str, secret: str) -> bool:
        """Send this project's events to ``url``. True: newly set up; a stale one of ours is brought up to date.

        Per project, because Label Studio 1.23.2 refuses webhooks for the whole organization (``webhooks/api.py``).
        """
        wanted: dict[str, Any] = {
            "headers": {WEBHOOK_SECRET_HEADER: secret}, "send_payload": True, "send_for_all_actions": True, "is_active": True,
        }
        with self._told():
            for hook in self.sdk.webhooks.list(project=str(ls_project_id)):
                if hook.url == url and hook.project == ls_project_id:
                    if (hook.headers or {}) != wanted["headers"] or not hook.is_active:
                        self.sdk.webhooks.update(id=hook.id, url=url, **wanted)
                    return False
            self.sdk.webhooks.create(url=url, project=ls_project_id, **wanted)
            return True

    def remove_webhook(self, ls_project_id: int, url: str) -> None:
        """Take our webhook from the project, if there is one."""
        with self._told():
            for hook in self.sdk.webhooks.list(project=str(ls_project_id)):
                if hook.url == url and hook.project == ls_project_id:
                    self.sdk.webhooks.delete(id=hook.id)

    def webhooks(self, ls_project_id: int) -> list[str]:
        """Addresses of the project's active webhooks."""
        with self._told():
            return [hook.url for hook in self.sdk.webhooks.list(project=str(ls_project_id)) if hook.is_active]

    def ensure_ml_backend(self, ls_project_id: int, url: str, user: str, password: str | None) -> bool:
        """Connect our ML backend to the project, with its password. True: newly connected."""
        signed = {"auth_method": "BASIC_AUTH", "basic_auth_user": user, "basic_auth_pass": password} if password else {"auth_method": "NONE"}
        with self._told():
            for backend in self.sdk.ml.list(project=ls_project_id):
                if backend.url == url:
                    # Label Studio never gives the password back, so it is set each time.
                    self.sdk.ml.update(id=backend.id, url=url, project=ls_project_id, title=ML_BACKEND_TITLE, is_interactive=False, **signed)
                    return False
            self.sdk.ml.create(url=url, project=ls_project_id, title=ML_BACKEND_TITLE, is_interactive=False, **signed)
            return True

    def ml_backends(self, ls_project_id: int) -> list[str]:
        """Addresses of the project's ML backends."""
        with self._told():
            return [backend.url for backend in self.sdk.ml.list(project=ls_project_id)]

    def has_ml_backend(self, ls_project_id: int, url: str, user: str) -> bool:
        """Whether our ML backend is connected to the project, answers it, and Label Studio has a password for it."""
        with self._told():
            return any(
                one.url == url and one.state == "CO" and one.auth_method == "BASIC_AUTH" and one.basic_auth_user == user and one.basic_auth_pass_is_set
                in (True, "true", "True") for one in self.sdk.ml.list(project=ls_project_id)
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """The SDK's errors as ours."""
        from label_studio_sdk.core.api_error import ApiError

        try:
            yield
        except ApiError as problem:
            if problem.status_code == 401:
                raise LabelStudioError(f"Label Studio at {self.url} does not accept LS_EXPERT_LABEL_STUDIO_TOKEN.") from None
            raise LabelStudioError(
                f"Label Studio at {self.url} answered {problem.status_code}: {_detail(problem.body)}", problem.status_code
            ) from None
        except httpx.HTTPError as problem:
            raise LabelStudioUnreachable(f"Label Studio at {self.url} does not answer ({type(problem).__name__}).") from None


def _meta(task: Any) -> Mapping[str, Any] | None:
    """The SDK's tasks have it or not, by what was asked for."""
    found = getattr(task, "meta", None)
    return found if isinstance(found, Mapping) else None


def _listed(versions: Any) -> set[str]:
    """Versions in a column of the Data Manager: one text, which databases write with and without quotes and spaces (1.23.2)."""
    return {part.strip(' "') for part in str(versions or "").split(",")}


def _detail(body: Any) -> str:
    """The sentence in an error body, without the rest."""
    if isinstance(body, Mapping):
        return str(body.get("validation_errors") or body.get("detail") or "")[:300]
    return str(body)[:300]
