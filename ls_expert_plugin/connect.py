"""Registering our web hook and ML backend with the projects of a Label Studio, through its SDK."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import TextIO

from ls_expert_plugin.assembly import Parts, assemble
from ls_expert_plugin.config import Settings
from ls_expert_plugin.errors import LabelStudioError, SettingError
from ls_expert_plugin.handshake import ML_USER
from ls_expert_plugin.jobs import make_queue
from ls_expert_plugin.prelabel_versions import answerable, begin, standing

WEBHOOK_PATH = "/webhooks/label-studio"


def connect_projects(settings: Settings, only: Sequence[int] | None, out: TextIO) -> int:
    """Connect these projects, or all that ask for a domain. A line for each; exit code 1 when one could not be."""
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        return _connect(parts, only, out)


def _connect(parts: Parts, only: Sequence[int] | None, out: TextIO) -> int:
    settings = parts.settings
    if parts.label_studio is None:
        raise SettingError("LS_EXPERT_LABEL_STUDIO_TOKEN: not set. Make a personal access token in Label Studio, Account & Settings.")
    with parts.store.read() as unit:
        known = {project.ls_project_id: project.title for project in unit.projects.all() if project.domain or only}
    wanted = list(only or known)
    if not wanted:
        print("No project asks for a domain yet. Set one in the portal, Admin, Projects.", file=out)
        return 0
    failed = 0
    for ls_project_id in wanted:
        name = f"{ls_project_id} {known.get(ls_project_id, '')}".strip()
        try:
            for sentence in answerable(settings, parts.label_studio.project(ls_project_id).label_config).refused:
                print(f"project {name}: {sentence}", file=out)
            hook = parts.label_studio.ensure_webhook(ls_project_id, settings.service_url + WEBHOOK_PATH, settings.webhook_secret)
            if ls_project_id in known:
                begin(parts, standing(parts, ls_project_id))
            backend = parts.label_studio.ensure_ml_backend(ls_project_id, settings.ml_url, ML_USER, settings.ml_password)
        except LabelStudioError as problem:
            failed += 1
            print(f"project {name}: {problem.message}", file=out)
            continue
        print(f"project {name}: web hook {_done(hook)}, ML backend {_done(backend)}", file=out)
    return 1 if failed else 0


def _done(new: bool) -> str:
    return "set up" if new else "was there"
