"""Prints every pattern of the live resolver: route, and view name where it has one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from start import start

start()


def _walk(patterns: Any, route: str = "", namespace: str = "") -> Iterator[dict[str, str | None]]:
    for pattern in patterns:
        full = route + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _walk(pattern.url_patterns, full, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield {"route": full, "name": f"{namespace}{pattern.name}" if pattern.name else None}


if __name__ == "__main__":
    from django.urls import get_resolver

    print(json.dumps(list(_walk(get_resolver().url_patterns))))
