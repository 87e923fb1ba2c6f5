"""Checks of what ``ls-expert connect`` registers: each project's webhook, and the ML backend with its password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import httpx

from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.health_checks.check_result import CheckResult, results_of
from ls_expert_plugin.protocol.handshake import ML_USER, ml_password
from ls_expert_plugin.routing.sync.connection_state import WEBHOOK_PATH
from ls_expert_plugin.storage.migrate import problem_with
from ls_expert_plugin.storage.unit_of_work import Database

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.ls_client.sdk import SdkClient
    from ls_expert_plugin.routing.values import Project

_ok, _warn, _fail = results_of("connections")


def webhooks(settings: Settings, studio: SdkClient | None) -> Iterator[CheckResult]:
    """Whether every project that requires a domain sends its webhook here."""
    projects = _connected_projects(settings)
    if studio is None or projects is None:
        yield _warn("webhooks: not checked without a token and a database", "Put token and database right first (above), then run `ls-expert doctor` again.")
        return
    missing = []
    for project in projects:
        try:
            if settings.service_url + WEBHOOK_PATH not in studio.webhooks(project.ls_project_id):
                missing.append(project.title)
        except ExpertError:
            missing.append(project.title)
    if missing:
        yield _fail(f"{len(missing)} of {len(projects)} projects send no webhook here (first: {missing[0]})", "Run `ls-expert connect`.")
    elif projects:
        yield _ok(f"{len(projects)} projects require a domain, and all send their webhook here")
    else:
        yield _warn("no project requires a domain yet", "Set requirements in the portal (Projects), or with `ls-expert apply`.")


def ml_backend(settings: Settings, studio: SdkClient | None) -> Iterator[CheckResult]:
    """Whether it asks for a password, has the one we know, and Label Studio was given it."""
    address, password = settings.ml_url + "/versions", ml_password(settings.ml_password, settings.shared_secret)
    try:
        stranger = httpx.get(address, timeout=5, trust_env=False).status_code
        known = httpx.get(address, timeout=5, trust_env=False, auth=(ML_USER, password)).status_code
    except httpx.HTTPError:
        yield _warn(f"no ML backend answers at {settings.ml_url} (LS_EXPERT_ML_URL), so no pre-labels are made", "Start it with `ls-expert ml-backend`.")
        return
    if stranger != 401:
        yield _fail(f"the ML backend at {settings.ml_url} answers without a password, so whoever reaches it reads what it was trained on and spends your "
                    "tokens", "Start it again with LS_EXPERT_SHARED_SECRET or LS_EXPERT_ML_PASSWORD, then run `ls-expert connect`.")
        return
    source = "LS_EXPERT_ML_PASSWORD" if settings.ml_password else "LS_EXPERT_SHARED_SECRET"
    if known == 401:
        yield _fail(f"the ML backend at {settings.ml_url} has another password", f"Set the same {source} there and here, then run `ls-expert connect`.")
        return
    yield _ok(f"the ML backend asks for a password, {'that of' if settings.ml_password else 'made from'} {source}")
    projects = _connected_projects(settings)
    if studio is None or projects is None:
        return
    lacking = []
    for project in projects:
        try:
            if not studio.has_ml_backend(project.ls_project_id, settings.ml_url, ML_USER):
                lacking.append(project.title)
        except ExpertError:
            lacking.append(project.title)
    if lacking:
        yield _fail(f"{len(lacking)} of {len(projects)} projects have no ML backend here, or not its password (first: {lacking[0]})",
                    "Run `ls-expert connect`.")


def _connected_projects(settings: Settings) -> list[Project] | None:
    """The projects that require a domain. None: there is no database."""
    if problem_with(settings.database_url) is not None:
        return None
    with closing(Database(settings.database_url, settings.encryption_keys)) as store, store.read() as unit:
        return [project for project in unit.projects.all() if project.domain]
