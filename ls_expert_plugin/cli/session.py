"""What a command works with: the service's parts on a migrated database, closed when the command ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ls_expert_plugin.bootstrap import Components
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.ls_client.extension import ExtensionClient


@contextmanager
def components(settings: Settings) -> Iterator[Components]:
    """The parts of these settings. Raises ``StartError`` where the database has not this version's tables."""
    from ls_expert_plugin.bootstrap import assemble
    from ls_expert_plugin.storage.migrate import require_migrated
    from ls_expert_plugin.worker.queue import make_queue

    require_migrated(settings)
    with closing(assemble(settings, queue=make_queue(settings))) as parts:
        yield parts


def extension(settings: Settings) -> ExtensionClient:
    """A client of Label Studio's extension, for commands that need no database. To be closed."""
    from ls_expert_plugin.ls_client.extension import ExtensionClient

    return ExtensionClient(settings.label_studio_url, settings.shared_secret)
