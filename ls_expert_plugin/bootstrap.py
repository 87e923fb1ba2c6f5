"""Builds the parts of a process from its settings. The one place where adapters are chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ls_expert_plugin.config import Settings
from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.llm.factory import connect
from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.ls_client.sdk import SdkClient
from ls_expert_plugin.ls_client.tokens import TokenOwners
from ls_expert_plugin.notifications.smtp import MailServer
from ls_expert_plugin.registries import plugins
from ls_expert_plugin.routing.configuration import routing_configuration
from ls_expert_plugin.routing.service import RoutingService
from ls_expert_plugin.storage.llm_call_log import StoredCallLog
from ls_expert_plugin.storage.private_files import make_private
from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.profile.credential_checks import CredentialCheck


@dataclass(frozen=True)
class Components:
    """What the service and the worker work with. ``label_studio`` is None until a token is set."""

    settings: Settings
    store: Database
    packs: Mapping[str, Pack]
    interview_model: LanguageModel | None
    prelabel_model: str | None
    extension: ExtensionClient
    token_owners: TokenOwners
    label_studio: SdkClient | None
    routing: RoutingService
    checks: Mapping[str, CredentialCheck]
    mail_server: MailServer | None
    queue: Callable[..., None]
    clock: Callable[[], dt.datetime]

    def close(self) -> None:
        """Give all connections back, once the process ends."""
        self.extension.close()
        self.token_owners.close()
        if self.label_studio is not None:
            self.label_studio.close()
        self.store.close()


def now_utc() -> dt.datetime:
    """The clock of every process, in UTC."""
    return dt.datetime.now(dt.timezone.utc)


def mail_server(settings: Settings) -> MailServer | None:
    """The mail server of the settings, if there is one."""
    return MailServer(settings.smtp_url, settings.mail_from) if settings.smtp_url and settings.mail_from else None


def assemble(settings: Settings, *, queue: Callable[..., None], threads: int = 5, lock_timeout_s: float | None = None) -> Components:
    """All parts, or the error that says which setting or pack is wrong. ``threads`` and ``lock_timeout_s``: see ``Database``."""
    packs = load_packs(settings.domains_dir)
    make_private(settings.data_dir)
    store = Database(settings.database_url, settings.encryption_keys, connections=threads, lock_timeout_s=lock_timeout_s)
    extension = ExtensionClient(settings.label_studio_url, settings.shared_secret)
    return Components(
        settings=settings, store=store, packs=packs,
        interview_model=connect(settings, settings.interview_model, StoredCallLog(store, now_utc)),
        prelabel_model=settings.prelabel_model if settings.openai_api_key or settings.openai_base_url else None,
        extension=extension, token_owners=TokenOwners(settings.label_studio_url),
        label_studio=SdkClient(settings.label_studio_url, settings.label_studio_token) if settings.label_studio_token else None,
        routing=RoutingService(
            store, extension, routing_configuration(settings, packs), settings.label_studio_public_url, now_utc, queue=queue,
        ),
        checks=plugins.checks(settings), mail_server=mail_server(settings), queue=queue, clock=now_utc,
    )
