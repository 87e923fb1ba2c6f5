"""All health checks of an installation, one after the other: the use case behind ``ls-expert doctor`` and the page of the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.errors import ExpertError, LabelStudioError
from ls_expert_plugin.health_checks import connections, label_studio, language_models, outbox, processes, service
from ls_expert_plugin.health_checks.check_result import Area, CheckResult
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.ls_client.sdk import SdkClient

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings

Check = Callable[[], Iterable[CheckResult]]


def run_checks(settings: Settings, *, without: Container[Area] = ()) -> Iterator[CheckResult]:
    """Every result as it is found. Each check runs whatever the others found; what stops one is a result of its own.

    ``without``: areas to leave out, such as "language_models", which costs a few tokens and may take ``LS_EXPERT_LLM_TIMEOUT_S`` for each model.
    """
    with ExitStack() as stack:
        extension = stack.enter_context(closing(ExtensionClient(settings.label_studio_url, settings.shared_secret)))
        studio = SdkClient(settings.label_studio_url, settings.label_studio_token) if settings.label_studio_token else None
        if studio is not None:
            stack.enter_context(closing(studio))
        for area, check in _checks(settings, extension, studio):
            if area in without:
                continue
            try:
                yield from check()
            except ExpertError as problem:
                yield CheckResult(area, "fail", f"could not be checked: {problem.message}", "Look at the other lines first, then run `ls-expert doctor` again.")


def _checks(settings: Settings, extension: ExtensionClient, studio: SdkClient | None) -> Iterator[tuple[Area, Check]]:
    status: dict[str, Any] | None = None
    asked_utc = dt.datetime.now(dt.timezone.utc)
    try:
        status = extension.status() if settings.shared_secret else None
        loaded = label_studio.extension(status)
    except LabelStudioError as problem:
        loaded = label_studio.extension_problem(problem)
    yield "label_studio", lambda: label_studio.version(settings)
    yield "label_studio", lambda: [loaded]
    yield "label_studio", lambda: label_studio.enforcement(status)
    yield "label_studio", lambda: label_studio.token(studio)
    yield "label_studio", lambda: label_studio.addresses(settings, status)
    yield "label_studio", lambda: label_studio.clock(status, asked_utc)
    yield "connections", lambda: connections.webhooks(settings, studio)
    yield "connections", lambda: connections.ml_backend(settings, studio)
    yield "service", lambda: service.database(settings)
    yield "processes", lambda: processes.processes(settings)
    yield "outbox", lambda: outbox.outbox_results(settings, status)
    yield "memberships", lambda: service.projection(settings, extension if status else None)
    yield "language_models", lambda: language_models.models(settings)
    yield "pre_labels", lambda: service.pre_labels(settings, status)
    yield "mail", lambda: service.mail(settings)
