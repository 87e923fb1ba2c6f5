"""Use case: registration of this service with projects of Label Studio, as their webhook and their ML backend."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import LabelStudioError, LabelStudioUnreachable, SettingError
from ls_expert_plugin.prelabels.versions import answerable, begin, load_version_state
from ls_expert_plugin.protocol.handshake import ML_USER, ml_password
from ls_expert_plugin.routing.sync.connection_state import NO_TOKEN, WEBHOOK_PATH, address_of

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.ls_client.sdk import SdkClient

AT_A_TIME = 4
WAITING_AT_A_TIME = 20
CHECKED_EVERY, CHECKED_AT_A_TIME = dt.timedelta(days=1), 500


@dataclass(frozen=True)
class ProjectConnection:
    """What became of one project. ``title``: None for one the service does not know. ``refused``: sentences on controls that get no pre-labels.

    ``problem``: why it is not connected; empty where it is. ``is_new_…``: it was not registered before.
    """

    ls_project_id: int
    title: str | None
    refused: Sequence[str] = ()
    is_new_webhook: bool = False
    is_new_backend: bool = False
    problem: str = ""


def connect_projects(parts: Components, only: Sequence[int] | None) -> list[ProjectConnection]:
    """Connect these projects, or all that ask for a domain, and keep what became of each; twice changes nothing. Raises ``SettingError`` without a token."""
    studio = parts.label_studio
    if studio is None:
        raise SettingError(NO_TOKEN)
    with parts.store.read() as unit:
        known = {project.ls_project_id: project.title for project in unit.projects.all() if project.domain or only}
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(lambda number: _connect_and_keep(parts, studio, number, known.get(number)), only or known))


def connect_waiting(parts: Components, patience_s: float) -> bool:
    """Connect the projects that a manager asked for on the pages, some at a time. True: some are left, and the time was over."""
    ends_s = time.monotonic() + patience_s
    while waiting := _waiting(parts):
        if parts.label_studio is None:
            _keep_all(parts, waiting, NO_TOKEN)
        else:
            connect_projects(parts, waiting)
        if time.monotonic() > ends_s:
            return bool(_waiting(parts))
    return False


def check_connections(parts: Components) -> int:
    """Look in Label Studio whether routed projects are still connected, those that were looked at longest ago; how many. Ends when it does not answer."""
    studio, settings, now = parts.label_studio, parts.settings, parts.clock()
    if studio is None:
        return 0
    with parts.store.read() as unit:
        due = unit.project_connections.unchecked(now - CHECKED_EVERY, CHECKED_AT_A_TIME)
        known = unit.project_connections.all()
    for number in due:
        try:
            has_hook = settings.service_url + WEBHOOK_PATH in studio.webhooks(number)
            has_backend = settings.ml_url in studio.ml_backends(number)
        except LabelStudioUnreachable:
            raise
        except LabelStudioError as problem:
            found, said = "", problem.message
        else:
            found = address_of(settings) if has_hook and has_backend else ""
            was_connected = number in known and bool(known[number].address)
            said = missing(has_hook=has_hook, has_backend=has_backend) if was_connected else ""
        with parts.store.begin() as unit:
            unit.project_connections.put(number, found, said, now)
    return len(due)


def missing(*, has_hook: bool, has_backend: bool) -> str:
    """What somebody has taken from a project that was connected, as a sentence; "" for nothing. Pure."""
    gone = [word for word, is_there in (("webhook", has_hook), ("ML backend", has_backend)) if not is_there]
    return f"It has no {' and no '.join(gone)} of this service any more." if gone else ""


def _waiting(parts: Components) -> tuple[int, ...]:
    with parts.store.read() as unit:
        return unit.project_connections.waiting(WAITING_AT_A_TIME)


def _keep_all(parts: Components, ls_project_ids: Sequence[int], problem: str) -> None:
    with parts.store.begin() as unit:
        for number in ls_project_ids:
            unit.project_connections.put(number, "", problem, parts.clock())


def _connect_and_keep(parts: Components, studio: SdkClient, ls_project_id: int, title: str | None) -> ProjectConnection:
    connection = _connect(parts, studio, ls_project_id, title)
    if title is not None:
        address = "" if connection.problem else address_of(parts.settings)
        with parts.store.begin() as unit:
            unit.project_connections.put(ls_project_id, address, connection.problem, parts.clock())
    return connection


def _connect(parts: Components, studio: SdkClient, ls_project_id: int, title: str | None) -> ProjectConnection:
    """Both or neither: where the ML backend cannot be connected, a webhook that is new is taken back."""
    settings, refused, hook = parts.settings, tuple[str, ...](), False
    address = settings.service_url + WEBHOOK_PATH
    try:
        refused = tuple(answerable(settings, studio.project(ls_project_id).label_config).refused)
        hook = studio.ensure_webhook(ls_project_id, address, settings.webhook_secret)
        if title is not None:
            begin(parts, load_version_state(parts, ls_project_id))
        backend = studio.ensure_ml_backend(ls_project_id, settings.ml_url, ML_USER, ml_password(settings.ml_password, settings.shared_secret))
    except LabelStudioError as problem:
        if hook:
            with suppress(LabelStudioError):  # it does not answer: connecting again puts it right
                studio.remove_webhook(ls_project_id, address)
        return ProjectConnection(ls_project_id, title, refused, problem=problem.message)
    return ProjectConnection(ls_project_id, title, refused, hook, backend)
