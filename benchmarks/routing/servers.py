"""Stock and extended Label Studio as processes: the same command that ``label-studio start`` is, with the one or the other settings."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from benchmarks.routing.places import Place
from tests.support.servers.postgresql import free_port

Side = Literal["stock", "extended"]
EMAIL, PASSWORD = "owner@bench.test", "benchmark-password-1"
STARTS_IN_S = 300
INSIDE = Path(__file__).parent / "inside"
ROOT = Path(__file__).parents[2]
QUIET = {"COLLECT_ANALYTICS": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "LATEST_VERSION_CHECK": "false"}


class Server:
    """One running Label Studio on one place."""

    def __init__(self, side: Side, place: Place, binaries: Path) -> None:
        self.side, self.port = side, free_port()
        self._log = (place.folder / f"{side}.log").open("wb")
        self._process = subprocess.Popen(
            [str(binaries / "python"), "-c", "from label_studio.server import main; main()", "start", "--no-browser",
             "--internal-host", "127.0.0.1", "--port", str(self.port), "--data-dir", str(place.folder)],
            env=_env(side, place), stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True,
        )
        self._wait(place)

    def stop(self) -> None:
        """End it, and whatever it started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._log.close()

    def _wait(self, place: Place) -> None:
        until = time.monotonic() + STARTS_IN_S
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with opener.open(f"http://127.0.0.1:{self.port}/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.3)
        self.stop()
        raise RuntimeError("Label Studio did not start:\n" + (place.folder / f"{self.side}.log").read_text()[-3000:])


def run_inside(script: str, side: Side, place: Place, binaries: Path, **arguments: Any) -> Any:
    """What a script of ``inside/`` prints last, as JSON. It runs in Label Studio's environment; nobody is asking."""
    ran = subprocess.run(
        [str(binaries / "python"), str(INSIDE / script), json.dumps(arguments)], env=_env(side, place), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )
    if ran.returncode:
        raise RuntimeError(f"{script} failed:\n{ran.stderr[-3000:]}")
    return json.loads(ran.stdout.splitlines()[-1])


def _env(side: Side, place: Place) -> Mapping[str, str]:
    ours = ("LS_EXPERT_", "LABEL_STUDIO_", "POSTGRE_", "DJANGO_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours) and not name.lower().endswith("_proxy")},
        **QUIET, **place.env, "DJANGO_SETTINGS_MODULE": f"counted_{side}", "PYTHONPATH": f"{INSIDE}:{ROOT}",
        "LABEL_STUDIO_BASE_DATA_DIR": str(place.folder), "LABEL_STUDIO_USERNAME": EMAIL, "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LS_EXPERT_SHARED_SECRET": "shared-secret-for-benchmarks-0123456789", "LS_EXPERT_DATA_DIR": str(place.folder / "expert"),
        "LS_EXPERT_PUBLIC_URL": "http://localhost:8090", "LS_EXPERT_ENFORCEMENT": "enforce",
        "COUNTED_QUERIES_FILE": str(place.folder / f"{side}-queries.jsonl"),
    }
