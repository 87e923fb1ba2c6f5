"""Use case: registration of this service with projects of Label Studio, as their webhook and their ML backend."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import LabelStudioError, SettingError
from ls_expert_plugin.handshake import ML_USER, ml_password
from ls_expert_plugin.prelabels.versions import answerable, begin, load_version_state

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.ls_client.sdk import SdkClient

WEBHOOK_PATH = "/webhooks/label-studio"
AT_A_TIME = 4


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
    """Connect these projects, or all that ask for a domain; twice changes nothing. Raises ``SettingError`` without a token."""
    studio = parts.label_studio
    if studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set. Make a personal access token in Label Studio, Account & Settings.")
    with parts.store.read() as unit:
        known = {project.ls_project_id: project.title for project in unit.projects.all() if project.domain or only}
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(lambda number: _connect(parts, studio, number, known.get(number)), only or known))


def _connect(parts: Components, studio: SdkClient, ls_project_id: int, title: str | None) -> ProjectConnection:
    settings, refused = parts.settings, tuple[str, ...]()
    try:
        refused = tuple(answerable(settings, studio.project(ls_project_id).label_config).refused)
        hook = studio.ensure_webhook(ls_project_id, settings.service_url + WEBHOOK_PATH, settings.webhook_secret)
        if title is not None:
            begin(parts, load_version_state(parts, ls_project_id))
        backend = studio.ensure_ml_backend(ls_project_id, settings.ml_url, ML_USER, ml_password(settings.ml_password, settings.shared_secret))
    except LabelStudioError as problem:
        return ProjectConnection(ls_project_id, title, refused, problem=problem.message)
    return ProjectConnection(ls_project_id, title, refused, hook, backend)
