"""Times what experts and the service ask of a running Label Studio with the extension, of whichever checkout."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from benchmarks.integrity.label_studio_rows import PICTURE

TIMES, SECONDS, LONGEST_S = 3, 3.0, 120.0
Taken = float | str


def measure(
    url: str, service: httpx.Client, expert: httpx.Client, admin: httpx.Client, *, project: int, experts: list[int], last_picture: int,
) -> dict[str, Taken]:
    """Seconds by what was measured; a sentence where it was not answered as it should be."""
    asked: dict[str, Callable[[], httpx.Response]] = {
        "expert: first page of tasks": lambda: expert.get("/api/tasks", params={"project": project, "page": 1, "page_size": 30, "fields": "all"}),
        "expert: next task": lambda: expert.get(f"/api/projects/{project}/next"),
        "expert: list of projects": lambda: expert.get("/api/projects", params={"page_size": 30}),
        "manager, as in stock: list of projects": lambda: admin.get("/api/projects", params={"page_size": 30}),
        "expert: a picture": lambda: expert.get("/data/local-files/", params={"d": PICTURE.format(last_picture)}),
        "expert: colleagues": lambda: expert.get("/api/users", params={"project": project}),
        "service: status": lambda: service.get("/status"),
        "service: a page of memberships": lambda: service.get("/memberships", params={"after": 0, "limit": 500}),
        "service: checksums of a hundred people": lambda: service.get("/memberships/checksums", params={"after": 0, "limit": 100}),
        "service: a page of members": lambda: service.get("/users", params={"after": 0, "limit": 500}),
        "service: a page of the outbox": lambda: service.get("/outbox", params={"after": "0.0", "limit": 500}),
        "service: control counts of five": lambda: service.post("/control-answers", json={"ls_user_ids": experts[:5], "latest": 200}),
        "service: a page of outcomes": lambda: service.get(f"/projects/{project}/prelabel-outcomes", params={"after": 0, "limit": 500}),
    }
    return {name: _timed(call) for name, call in asked.items()}


def _timed(call: Callable[[], Any]) -> Taken:
    took: list[float] = []
    while len(took) < TIMES or sum(took) < SECONDS and len(took) < 20:
        began = time.perf_counter()
        try:
            answer = call()
        except httpx.HTTPError as problem:
            return type(problem).__name__
        if answer.status_code != 200:
            return f"answered {answer.status_code}"
        took.append(time.perf_counter() - began)
        if sum(took) > LONGEST_S:
            break
    return sorted(took)[len(took) // 2]
