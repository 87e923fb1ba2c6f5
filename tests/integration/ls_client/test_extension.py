"""The client of the extension's API against pages as the protocol has them, over a real socket: every row once, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from ls_expert_plugin.ls_client.extension import ExtensionClient
from ls_expert_plugin.protocol.handshake import API_PREFIX
from tests.support.builders.vetting_samples import NOW
from tests.support.clients.portal import served

# Numbers without a gap, then with one: whoever takes the next number for the next row loses one, or reads one twice.
IDS = [1, 2, 3, 4, 5, 6, 7, 11, 12, 40, 41, 42, 43]
AT_A_TIME = (1, 2, 3, len(IDS), 500)


def _rows(limit: int) -> list[int]:
    """What the extension gives: rows after the given one, by number, at most ``limit`` and at most as many as asked for."""
    after = int(request.args["after"])
    return [number for number in IDS if number > after][: min(limit, int(request.args["limit"]))]


def _extension(limit: int) -> Flask:
    app = Flask("extension-in-pages")

    @app.get(f"{API_PREFIX}/users")
    def users() -> Response:
        return jsonify(users=[{"ls_user_id": n, "email": f"{n}@example.org", "name": "", "role": "expert"} for n in _rows(limit)])

    @app.get(f"{API_PREFIX}/audit")
    def audit() -> Response:
        return jsonify(audit=[{
            "id": n, "ls_user_id": n, "email": None, "method": "GET", "url_name": "x", "reason": "object", "count": 1, "last_at_utc": NOW.isoformat(),
        } for n in _rows(limit)])

    @app.get(f"{API_PREFIX}/memberships")
    def memberships() -> Response:
        return jsonify(memberships=[{
            "id": n, "ls_user_id": n, "ls_project_id": 3, "active": True, "valid_until_utc": NOW.isoformat(), "revision": 1, "reason": "", "specialties": [],
        } for n in _rows(limit)])

    @app.get(f"{API_PREFIX}/projects")
    def projects() -> Response:
        return jsonify(projects=[{
            "id": n, "ls_project_id": n, "shows_others_work": False, "specialty_field": None, "shows_tasks_without_specialty": False, "revision": 1,
        } for n in _rows(limit)])

    @app.get(f"{API_PREFIX}/project-titles")
    def titles() -> Response:
        return jsonify(projects=[{"ls_project_id": n, "title": f"Project {n}"} for n in _rows(limit)])

    @app.get(f"{API_PREFIX}/annotations")
    def annotations() -> Response:
        found = _rows(limit)
        return jsonify(after=found[-1] if found else int(request.args["after"]), annotations=[{
            "ls_annotation_id": n, "ls_user_id": 7, "ls_project_id": 3, "ls_task_id": 1, "was_cancelled": False, "created_at_utc": NOW.isoformat(),
        } for n in found])

    @app.get(f"{API_PREFIX}/projects/3/prelabel-outcomes")
    def outcomes() -> Response:
        found = _rows(limit)
        return jsonify(after=found[-1] if found else int(request.args["after"]), outcomes=[{
            "ls_user_id": 7, "ls_task_id": n, "is_blind": False, "version": "v", "edits": 0, "agrees_with_pre_label": None, "agrees": None,
            "lead_time_s": None, "chars": 5,
        } for n in found])

    @app.get(f"{API_PREFIX}/outbox")
    def outbox() -> Response:
        after = int(request.args["after"].partition(".")[2] or 0)
        found = [number for number in IDS if number > after][: min(limit, int(request.args["limit"]))]
        return jsonify(cursor=f"1.{found[-1]}" if found else request.args["after"], events=[{
            "id": f"1.{n}", "kind": "annotation_created", "ls_user_id": n, "ls_project_id": 3, "ls_task_id": 1, "ls_annotation_id": 1,
            "was_cancelled": False, "at_utc": NOW.isoformat(), "user": None, "project_title": None,
        } for n in found])

    return app


def _all(page: Callable[[Any], tuple[list[Any], Any]], after: Any) -> Iterator[Any]:
    """As whoever reads pages does: until one is empty."""
    while (found := page(after))[0]:
        yield from found[0]
        after = found[1]


def test_every_page_is_read_and_no_row_is_skipped_or_read_twice() -> None:
    """Members, counts, memberships, rules, annotations and events, however many come at a time."""
    for limit in AT_A_TIME:
        with served(_extension(limit)) as url, closing(ExtensionClient(url, "s" * 40)) as client:
            read = {
                "members": [one.ls_user_id for one in client.members()],
                "audit": [one.ls_user_id for one in client.audit()],
                "memberships": [one.ls_user_id for one in _all(client.memberships, 0)],
                "projects": [one.ls_project_id for one in _all(client.projects, 0)],
                "titles": [number for number, _ in client.listed_projects()],
                "annotations": [one.ls_annotation_id for one in _all(client.annotations, 0)],
                "outcomes": [one.ls_task_id for one in client.prelabel_outcomes(3)],
                "events": [int(one.id.partition(".")[2]) for one in _all(client.events, "1.0")],
            }
        assert read == dict.fromkeys(read, IDS), limit


@pytest.mark.parametrize("limit", [2, 500])
def test_the_page_after_the_last_is_where_it_ended(limit: int) -> None:
    """Nothing new: the same place, so that what comes later is read from there."""
    with served(_extension(limit)) as url, closing(ExtensionClient(url, "s" * 40)) as client:
        assert client.memberships(IDS[-1]) == ([], IDS[-1]) and client.projects(IDS[-1]) == ([], IDS[-1])
        assert client.events(f"1.{IDS[-1]}") == ([], f"1.{IDS[-1]}")
