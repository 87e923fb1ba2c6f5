"""Counts the queries of a request that asks for it; others pass at the cost of one look-up in a dictionary."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

ASKED = "HTTP_X_COUNT_QUERIES"
ANSWER = "X-Queries"


class CountQueries:
    """Django middleware; put it first. With a file named in ``COUNTED_QUERIES_FILE``, the statements go there too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if ASKED not in request.META:
            return self.get_response(request)
        seen: list[str] = []

        def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            seen.append(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(count):
            response = self.get_response(request)
        response[ANSWER] = str(len(seen))
        file = os.environ.get("COUNTED_QUERIES_FILE")
        if file:
            with open(file, "a") as out:
                out.write(json.dumps({"method": request.method, "path": request.get_full_path(), "sql": seen}) + "\n")
        return response
