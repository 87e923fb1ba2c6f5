"""What a prediction costs beside the model's own time, and /health meanwhile.

    python -m benchmarks.ml_backend serving [--concurrency 64]

The ML backend runs as ``ls-expert ml-backend`` runs it, on SQLite and real sockets; the model is a stand-in on loopback that takes 200 ms. "One
after the other" is what the example backends do: a new client and one call for each task. All on the same cores.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import openai

from benchmarks.ml_backend.stand_in import environment, running
from ls_expert_plugin.config import load
from ls_expert_plugin.protocol.handshake import ML_USER, ml_password
from ls_expert_plugin.storage.migrate import migrate
from tests.support.servers.postgresql import free_port

CONFIG = '<View><Text name="t" value="$text"/><Choices name="c" toName="t"><Choice value="Yes"/><Choice value="No"/></Choices></View>'
TAKES_S = 0.2
TASKS = 200
IN_ROW = 20
_ids = itertools.count(1)


def tasks(count: int) -> list[dict[str, Any]]:
    """New ones each time, some 1,500 characters each."""
    numbers = [next(_ids) for _ in range(count)]
    return [{"id": number, "data": {"text": f"Case {number}. " + "The patient was seen again after two weeks. " * 33}} for number in numbers]


class Backend:
    """One running ML backend."""

    def __init__(self, url: str, password: str) -> None:
        self.url, self._http = url, httpx.Client(timeout=120, trust_env=False, auth=(ML_USER, password))

    def predict(self, asked: Sequence[dict[str, Any]]) -> float:
        """Seconds; every task must have got an answer."""
        begun = time.monotonic()
        answer = self._http.post(f"{self.url}/predict", json={"tasks": list(asked), "project": "3.1", "label_config": CONFIG, "params": {}})
        took = time.monotonic() - begun
        if not all(answer.json()["results"]):
            raise RuntimeError(answer.text[:300])
        return took

    def health(self) -> float:
        """On a new connection each time, as Label Studio asks."""
        # Without certificates: there is no TLS here, and loading them takes longer than the answer.
        with httpx.Client(timeout=10, trust_env=False, verify=False) as fresh:  # noqa: S501
            begun = time.monotonic()
            fresh.get(f"{self.url}/health").raise_for_status()
            return time.monotonic() - begun

    def webhook(self) -> float:
        """An event, on a new connection too."""
        with httpx.Client(timeout=10, trust_env=False, verify=False) as fresh:  # noqa: S501  # as above
            begun = time.monotonic()
            fresh.post(f"{self.url}/webhook", json={"action": "ANNOTATION_CREATED", "project": {"id": 3}, "annotation": {"result": []}}).raise_for_status()
            return time.monotonic() - begun


@contextmanager
def backend(base_url: str, concurrency: int, workers: int) -> Iterator[Backend]:
    """``ls-expert ml-backend`` with this model."""
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder), base_url, LS_EXPERT_PRELABEL_CONCURRENCY=str(concurrency))
        migrate(load(env).database_url)
        port = free_port()
        command = [sys.executable, "-m", "ls_expert_plugin.cli.main", "ml-backend", "--port", str(port), "--workers", str(workers)]
        process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
        settings = load(env)
        found = Backend(f"http://127.0.0.1:{port}", ml_password(settings.ml_password, settings.shared_secret))
        try:
            for _ in range(300):
                with contextlib.suppress(httpx.HTTPError):
                    found.health()
                    break
                time.sleep(0.1)
            found.predict(tasks(3))
            yield found
        finally:
            process.terminate()
            process.wait()


def _bare_call(base_url: str) -> float:
    """Seconds for one call to the model without our code or the openai library."""
    with httpx.Client(timeout=120, trust_env=False) as fresh:
        begun = time.monotonic()
        fresh.post(f"{base_url}/chat/completions", json={}).raise_for_status()
        return time.monotonic() - begun


def one_after_the_other(base_url: str, count: int) -> float:
    """Seconds for so many tasks, as the example backends ask: a new client and a call for each."""
    begun = time.monotonic()
    for task in tasks(count):
        client = openai.OpenAI(api_key="none", base_url=base_url)
        client.chat.completions.create(model="stand-in", messages=[{"role": "user", "content": task["data"]["text"]}], n=1)
    return time.monotonic() - begun


def main(argv: Sequence[str]) -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args(argv)
    concurrency, workers = args.concurrency, args.workers
    print(f"load {os.getloadavg()[0]:.1f}; {TASKS} tasks, {concurrency} at a time, model {TAKES_S * 1000:.0f} ms")
    with running(TAKES_S) as base_url, backend(base_url, concurrency, workers) as served:
        bare, single = [], []
        for _ in range(20):  # by turns
            bare.append(_bare_call(base_url))
            single.append(served.predict(tasks(1)))
        print(f"a request with one task, beyond a bare call to the model ({statistics.median(bare) * 1000:.1f} ms): "
              f"median {(statistics.median(single) - statistics.median(bare)) * 1000:.1f} ms")
        many, row = [], []
        for _ in range(3):  # by turns
            many.append(served.predict(tasks(TASKS)))
            row.append(one_after_the_other(base_url, IN_ROW) / IN_ROW * TASKS)
        ideal = -(-TASKS // concurrency) * TAKES_S
        print(f"{TASKS} tasks in one request: {statistics.median(many):.2f} s (the model alone at this rate: {ideal:.2f} s, "
              f"so {(statistics.median(many) - ideal) / TASKS * 1000:.1f} ms a task beyond it)")
        ratio = statistics.median(row) / statistics.median(many)
        print(f"one after the other ({IN_ROW} measured, counted up): {statistics.median(row):.1f} s; {ratio:.1f} times")
        again = tasks(TASKS)
        served.predict(again)
        kept = [served.predict(again) for _ in range(5)]
        one = tasks(1)
        served.predict(one)
        alone = [served.predict(one) for _ in range(20)]
        print(f"answers that are kept already: one task {statistics.median(alone) * 1000:.1f} ms, {TASKS} tasks {statistics.median(kept) * 1000:.1f} ms; "
              f"{(statistics.median(kept) - statistics.median(alone)) / (TASKS - 1) * 1000:.2f} ms a task")
        hooks = [served.webhook() for _ in range(100)]
        waiting = [threading.Thread(target=lambda: served.predict(tasks(300))) for _ in range(4)]
        for thread in waiting:
            thread.start()
        seen, hooked = [], []
        while any(thread.is_alive() for thread in waiting):
            seen.append(served.health())
            hooked.append(served.webhook())
            time.sleep(0.01)
        print(f"/webhook: p95 {statistics.quantiles(hooks, n=20)[-1] * 1000:.1f} ms, meanwhile {statistics.quantiles(hooked, n=20)[-1] * 1000:.1f} ms")
        print(f"/health while 4 requests of 300 tasks wait: median {statistics.median(seen) * 1000:.1f}, "
              f"p95 {statistics.quantiles(seen, n=20)[-1] * 1000:.1f}, most {max(seen) * 1000:.1f} ms of {len(seen)}")
    with running(0.0) as base_url, backend(base_url, concurrency, workers) as served:
        few, lots = [served.predict(tasks(1)) for _ in range(20)], [served.predict(tasks(TASKS)) for _ in range(3)]
        print(f"with a model that takes no time: {(statistics.median(lots) - statistics.median(few)) / (TASKS - 1) * 1000:.2f} ms a task, the call included")
