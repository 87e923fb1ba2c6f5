"""Registering our web hook and ML backend with the projects of a Label Studio, through its SDK."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TextIO

from ls_expert_plugin.bootstrap import Components, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import LabelStudioError, SettingError
from ls_expert_plugin.handshake import ML_USER, ml_password
from ls_expert_plugin.ls_client.sdk import SdkClient
from ls_expert_plugin.prelabels.versions import answerable, begin, load_version_state
from ls_expert_plugin.worker.queue import make_queue

WEBHOOK_PATH = "/webhooks/label-studio"
AT_A_TIME = 4


def connect_projects(settings: Settings, only: Sequence[int] | None, out: TextIO) -> int:
    """Connect these projects, or all that ask for a domain. A line for each; exit code 1 when one could not be."""
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        return _connect(parts, only, out)


def _connect(parts: Components, only: Sequence[int] | None, out: TextIO) -> int:
    studio = parts.label_studio
    if studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set. Make a personal access token in Label Studio, Account & Settings.")
    with parts.store.read() as unit:
        known = {project.ls_project_id: project.title for project in unit.projects.all() if project.domain or only}
    wanted = list(only or known)
    if not wanted:
        print("No project asks for a domain yet. Set one in the portal, Admin, Projects.", file=out)
        return 0
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        results = list(pool.map(lambda number: _connect_one(parts, studio, number, known.get(number)), wanted))
    for lines, _ in results:
        print(*lines, sep="\n", file=out)
    return 0 if all(connected for _, connected in results) else 1


def _connect_one(parts: Components, studio: SdkClient, ls_project_id: int, title: str | None) -> tuple[list[str], bool]:
    """What to say about one project, and whether it is connected. ``title``: None for one the service does not know."""
    settings = parts.settings
    name, lines = f"{ls_project_id} {title or ''}".strip(), []
    try:
        lines += [f"project {name}: {sentence}" for sentence in answerable(settings, studio.project(ls_project_id).label_config).refused]
        hook = studio.ensure_webhook(ls_project_id, settings.service_url + WEBHOOK_PATH, settings.webhook_secret)
        if title is not None:
            begin(parts, load_version_state(parts, ls_project_id))
        backend = studio.ensure_ml_backend(ls_project_id, settings.ml_url, ML_USER, ml_password(settings.ml_password, settings.shared_secret))
    except LabelStudioError as problem:
        return [*lines, f"project {name}: {problem.message}"], False
    return [*lines, f"project {name}: web hook {_done(hook)}, ML backend {_done(backend)}"], True


def _done(new: bool) -> str:
    return "set up" if new else "was there"
