"""The service's side of a first start, in one process beside Label Studio's: database, the admin's token, the demo's content, connections.

``make run`` starts it as soon as the plugin's environment is there, and reads from the files it leaves how far it is: the token (the service and
the ML backend can start), ``demo_learnt`` (the worker can), ``demo_filled`` (done). Each step looks at what is there before it adds.
"""

from __future__ import annotations

import io
import signal
import sys
import time
from dataclasses import replace
from types import FrameType

import httpx

from ls_expert_plugin.cli.setup.connect import connect
from ls_expert_plugin.config import Settings, load
from ls_expert_plugin.demo import admin_token
from ls_expert_plugin.demo.seed import DONE_FILE, fill_in
from ls_expert_plugin.errors import ExpertError, StartError
from ls_expert_plugin.storage.migrate import migrate

LEARNT_FILE = "demo_learnt"
DATABASE_READY = "The service's database is ready."
# Whoever started this watches the others, and ends it when one of them ends.
OTHERS_START_IN_S = 600
POLL_S = 0.2


def main() -> int:
    """Exit code 0; 1 with one sentence on stderr; 130 when told to end."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        _prepare(load())
    except ExpertError as problem:
        print(problem.message, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _prepare(settings: Settings) -> None:
    migrate(settings.database_url)
    print(DATABASE_READY, file=sys.stderr, flush=True)
    token_file = settings.data_dir / "secrets" / "label_studio_token"
    done = settings.data_dir / DONE_FILE
    if token_file.exists() and done.exists():
        return
    _wait_for("Label Studio", f"{settings.label_studio_url}/health/")
    if not token_file.exists():
        admin_token.main()
    settings = replace(settings, label_studio_token=token_file.read_text().strip())
    if done.exists():
        return
    print("Filling in the demo content (once) …", flush=True)
    fill_in(settings, sys.stdout)
    (settings.data_dir / LEARNT_FILE).touch()
    _wait_for("The ML backend", f"{settings.ml_url}/health")
    said = io.StringIO()  # of interest only when it fails
    if connect(settings, None, said):
        raise StartError(next(line for line in said.getvalue().splitlines() if "webhook" not in line))
    done.touch()


def _wait_for(name: str, url: str) -> None:
    until = time.monotonic() + OTHERS_START_IN_S
    with httpx.Client(timeout=3, trust_env=False) as http:
        while not _is_up(http, url):
            if time.monotonic() > until:
                raise StartError(f"{name} did not answer within {OTHERS_START_IN_S} s.")
            time.sleep(POLL_S)


def _is_up(http: httpx.Client, url: str) -> bool:
    try:
        return http.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
