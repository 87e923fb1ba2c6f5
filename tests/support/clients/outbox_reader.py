"""Takes in the outbox as the worker does, in a process of its own, so that a test can kill it: DATABASE_URL LABEL_STUDIO_URL."""

from __future__ import annotations

import sys

from ls_expert_plugin.bootstrap import now_utc
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.servers.label_studio import SHARED_SECRET

if __name__ == "__main__":
    print(read_outbox(Database(sys.argv[1]), ExtensionClient(sys.argv[2], SHARED_SECRET), RoutingConfiguration({}), now_utc))
