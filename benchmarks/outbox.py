"""How long catching up on 100,000 events takes: a real Label Studio whose outbox was filled by SQL, a service that was away.

    python -m benchmarks.outbox LABEL_STUDIO_BIN [NUMBER_OF_EVENTS]

LABEL_STUDIO_BIN is the bin directory of an environment with Label Studio and this package (`make test` makes one:
.environments/label-studio/bin). Both sides run on SQLite in a temporary directory; nothing is left behind.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import time
from pathlib import Path

from ls_expert_plugin.bootstrap import now_utc
from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.outbox_consumer.consumer import read_outbox
from ls_expert_plugin.routing.configuration import RoutingConfiguration
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.outbox_rows import add_events
from tests.support.servers.label_studio import SHARED_SECRET, LabelStudio

TURN_S = 10.0


def main(binaries: Path, count: int) -> None:
    """Print how many events were taken in, in how many turns and seconds."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        label_studio = LabelStudio(binaries, folder)
        try:
            store, client = Database(f"sqlite:///{folder / 'expert.sqlite3'}"), ExtensionClient(label_studio.url, SHARED_SECRET)
            Base.metadata.create_all(store.engine)
            project = label_studio.new_project("Busy", ["one"])
            read_outbox(store, client, RoutingConfiguration({}), now_utc)
            add_events(label_studio, project, count)
            began, taken, turns = time.perf_counter(), 0, 0
            while new := read_outbox(store, client, RoutingConfiguration({}), now_utc, patience_s=TURN_S):
                taken, turns = taken + new, turns + 1
            print(f"{taken} events taken in, in {turns} turns of about {TURN_S:.0f} s: {time.perf_counter() - began:.1f} s", flush=True)
            client.close()
            store.close()
        finally:
            label_studio.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
