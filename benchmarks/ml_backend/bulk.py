"""Pre-labels for a whole project into a real Label Studio: ``ls-expert prelabel`` beside Label Studio's own "Retrieve predictions".

    python -m benchmarks.ml_backend bulk [--tasks 10000] [--retrieved 400]

"Retrieve predictions" is pressed by its API on fewer tasks, once with a backend that asks the model about one task after the other, as the example
backends do, and once with ours as it is served. The model is a stand-in on loopback that takes 200 ms. Everything shares the same cores.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.ml_backend.stand_in import environment, running
from ls_expert_plugin.config import load
from ls_expert_plugin.storage.migrate import migrate
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.vetting_samples import NOW
from tests.support.servers.label_studio import ADMIN_TOKEN, SHARED_SECRET, LabelStudio
from tests.support.servers.postgresql import free_port

CONFIG = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Yes"/><Choice value="No"/></Choices></View>'
TAKES_S = 0.2
BINARIES = Path(__file__).parents[2] / ".environments" / "label-studio" / "bin"
TEXT = "The patient was seen again after two weeks. " * 33


def main(argv: Sequence[str]) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--retrieved", type=int, default=400)
    args = parser.parse_args(argv)
    print(f"load {os.getloadavg()[0]:.1f}; Label Studio on SQLite, model {TAKES_S * 1000:.0f} ms", flush=True)
    with tempfile.TemporaryDirectory() as name, running(TAKES_S) as base_url:
        folder = Path(name)
        (folder / "ls").mkdir()
        label_studio = LabelStudio(BINARIES, folder / "ls")
        try:
            env = environment(
                folder / "service", base_url, LS_EXPERT_LABEL_STUDIO_URL=label_studio.url, LS_EXPERT_LABEL_STUDIO_TOKEN=ADMIN_TOKEN,
                LS_EXPERT_SHARED_SECRET=SHARED_SECRET, LS_EXPERT_PRELABEL_CONCURRENCY="64",
            )
            (folder / "service").mkdir()
            migrate(load(env).database_url)
            rate, resident = _bulk(label_studio, env, args.tasks)
            print(f"ls-expert prelabel: {args.tasks} tasks, {rate:.0f} a second (the model alone at 64 at a time: {64 / TAKES_S:.0f}); "
                  f"resident at a tenth and at the end: {resident[0] / 1024:.0f} and {resident[1] / 1024:.0f} MiB", flush=True)
            for title, concurrency in (("one after the other, as the example backends ask", 1), ("our backend, 64 at a time", 64)):
                done, took_s = _retrieved(label_studio, env, args.retrieved, concurrency)
                print(f"Retrieve predictions, {title}: {done} of {args.retrieved} tasks in {took_s:.0f} s, {done / took_s:.1f} a second; "
                      f"prelabel is {rate / (done / took_s):.1f} times faster", flush=True)
        finally:
            label_studio.stop()


def _project(label_studio: LabelStudio, env: dict[str, str], count: int) -> int:
    project = label_studio.new_project("Bulk", [f"Case 0. {TEXT}"], label_config=CONFIG)
    for start in range(1, count, 1000):
        batch = [{"text": f"Case {number}. {TEXT}"} for number in range(start, min(start + 1000, count))]
        label_studio.admin.post(f"/api/projects/{project}/import", json=batch, timeout=300).raise_for_status()
    store = Database(load(env).database_url)
    with store.begin() as unit:
        unit.projects.heard_of(project, "Bulk", NOW)
    store.close()
    return project


def _bulk(label_studio: LabelStudio, env: dict[str, str], count: int) -> tuple[float, tuple[int, int]]:
    """Tasks a second from the first to the last, and resident KiB of the process after a tenth of them and at the end."""
    project = _project(label_studio, env, count)
    command = [sys.executable, "-m", "ls_expert_plugin.cli.main", "prelabel", "--project", str(project), "--yes"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    begun, samples = time.monotonic(), list[int]()
    while process.poll() is None:
        with contextlib.suppress(OSError, StopIteration):
            status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            samples.append(next(int(line.split()[1]) for line in status if line.startswith("VmRSS")))
        time.sleep(0.5)
    took_s = time.monotonic() - begun
    said = process.communicate()[0]
    if f"{count} pre-labels" not in said:
        raise RuntimeError(said[-2000:])
    return count / took_s, (samples[len(samples) // 10], max(samples[-4:]))


def _retrieved(label_studio: LabelStudio, env: dict[str, str], count: int, concurrency: int) -> tuple[int, float]:
    """How many tasks got a pre-label, and seconds."""
    project = _project(label_studio, env, count)
    with _backend(env, concurrency) as url:
        made = label_studio.admin.post("/api/ml/", json={"project": project, "url": url, "title": "bench", "is_interactive": False}, timeout=60)
        made.raise_for_status()
        begun = time.monotonic()
        answer = label_studio.admin.post(
            "/api/dm/actions/", params={"id": "retrieve_tasks_predictions", "project": project},
            json={"selectedItems": {"all": True, "excluded": []}, "project": project, "ordering": [], "filters": {"conjunction": "and", "items": []}},
            timeout=300,
        )
        took_s = time.monotonic() - begun
        answer.raise_for_status()
    asked = {"project": project, "page_size": 10_000, "include": "id,total_predictions"}
    tasks = label_studio.admin.get("/api/tasks/", params=asked, timeout=300).json()["tasks"]
    return sum(bool(task["total_predictions"]) for task in tasks), took_s


@contextmanager
def _backend(env: dict[str, str], concurrency: int) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "ls_expert_plugin.cli.main", "ml-backend", "--port", str(port)]
    process = subprocess.Popen(command, env={**env, "LS_EXPERT_PRELABEL_CONCURRENCY": str(concurrency)}, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"{url}/health", trust_env=False)
                break
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()
