"""Prints every pattern of the live resolver: route, and view name where it has one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from start import start


def walk(patterns: Any, route: str = "", namespace: str = "") -> Iterator[dict[str, str | None]]:
    for pattern in patterns:
        full = route + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from walk(pattern.url_patterns, full, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield {"route": full, "name": f"{namespace}{pattern.name}" if pattern.name else None}


def live() -> list[dict[str, str | None]]:
    """All patterns, in the resolver's order."""
    from django.urls import get_resolver

    return list(walk(get_resolver().url_patterns))


if __name__ == "__main__":
    start()
    print(json.dumps(live()))
