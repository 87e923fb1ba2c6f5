"""Times pages and rounds of one checkout on one filled database. Run as a script with that checkout on the path; prints JSON last.

Of this package nothing but ``mirror.py`` is loaded, from the folder of this script: the same file runs with checkouts that do not have it, and with those from
before modules moved.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

try:
    from ls_expert_plugin.domains.loader import load_packs
    from ls_expert_plugin.ml_backend.learned.train_jobs import calibrate
    from ls_expert_plugin.ml_backend.llm.budget import PURPOSE, subject_of
    from ls_expert_plugin.routing.access import memberships
    from ls_expert_plugin.routing.sync import directory_sync
    from ls_expert_plugin.routing.sync.reconcile import reconcile
    from ls_expert_plugin.storage.unit_of_work import Database
    from ls_expert_plugin.vetting.review.recheck import job as recheck_job
    from tests.support.clients import portal as tested
except ImportError:  # a checkout from before modules moved: 5f2ba60
    from ls_expert_plugin.ml_backend.cost import PURPOSE, subject_of
    from ls_expert_plugin.ml_backend.relearning import calibrate
    from ls_expert_plugin.routing.reconcile import reconcile
    from ls_expert_plugin.storage.store import Store as Database

    from ls_expert_plugin.domains.loader import load_packs
    from ls_expert_plugin.routing import memberships
    from ls_expert_plugin.vetting import rechecking as recheck_job
    from tests import portal as tested

    directory_sync = None
from mirror import BIG_PROJECT, Mirror

# Of each at least so often, and then until so many seconds are over.
TIMES, SECONDS = 3, 3.0
MANAGER, EXPERT = 1, 4
PAGES = (
    ("portal: home", EXPERT, "/"), ("portal: more projects", EXPERT, "/more-projects"), ("portal: profile", EXPERT, "/profile"),
    ("portal: consent", EXPERT, "/consent"), ("portal: my data", EXPERT, "/my-data.json"), ("portal: result", EXPERT, "/domains/medicine/result"),
    ("portal: erase", EXPERT, "/erase"),
    ("admin: review list", MANAGER, "/admin/review"), ("admin: dossier", MANAGER, "/admin/review/20"), ("admin: people", MANAGER, "/admin/people"),
    ("admin: person", MANAGER, "/admin/people/4"), ("admin: projects", MANAGER, "/admin/projects"), ("admin: project", MANAGER, "/admin/projects/4"),
    ("admin: people of a project", MANAGER, "/admin/projects/4/people"), ("admin: pre-labels", MANAGER, "/admin/projects/4/prelabels"),
    ("API: projects", MANAGER, "/api/v1/projects"), ("API: my projects", EXPERT, "/api/v1/me/projects"),
)


class Undo(Exception):
    """Nothing of what was done is kept."""


def main(database_url: str) -> dict[str, Any]:
    """Seconds by what was measured; None: it did not answer as it should."""
    store, packs, now = Database(database_url), load_packs(None), dt.datetime.now(dt.timezone.utc)
    context = _context(packs, now)
    portal = tested.Portal(store, packs=packs)
    portal.now = now
    browsers = {}
    for who, role in ((MANAGER, "manager"), (EXPERT, "expert")):
        tested.PEOPLE[who] = (f"p{who}@bench.example", f"Person {who}", role)
        browsers[who] = portal.browser(who)
    found: dict[str, Any] = {}
    for name, who, path in PAGES:
        found[name] = _timed(lambda: _page(browsers[who], path))  # noqa: B023  (called at once)
    with store.read() as unit:
        person = unit.people.by_ls_user_id(EXPERT)
    for name, call in {
        "round: dates that have passed": lambda unit: unit.memberships.passed(now),
        "round: what a project's calls cost": lambda unit: unit.usage.of_one_call(PURPOSE, subject_of(10**6, "")),
        "round: erasure of one person": lambda unit: unit.erasures.remove(person.id, EXPERT),
        "round: recompute of one person": lambda unit: memberships.recompute(unit, [EXPERT], *context),
    }.items():
        found[name] = _timed(lambda: _undone(store, call))  # noqa: B023
    found["round: recheck of everybody"] = _timed(lambda: recheck_job.recheck_all(store, packs, now, dry_run=True), times=1)
    found |= _recompute(store, context)
    found |= _against_label_studio(store, now)
    store.close()
    return found


def _context(packs: Any, now: dt.datetime) -> tuple[Any, ...]:
    """What memberships are recomputed with: one value, and before that packs and the moment."""
    try:
        from ls_expert_plugin.routing.configuration import RoutingContext
    except ImportError:
        return packs, now
    return (RoutingContext(packs, now),)


def _page(browser: Any, path: str) -> None:
    answer = browser.get(path)
    if answer.status_code != 200:
        raise LookupError(f"{path}: {answer.status_code}")


def _undone(store: Any, call: Callable[[Any], object]) -> None:
    try:
        with store.begin() as unit:
            call(unit)
            unit.session.flush()
            raise Undo
    except Undo:
        pass


def _timed(call: Callable[[], object], times: int = TIMES) -> float | str:
    """The median, in seconds; why there is none."""
    took: list[float] = []
    try:
        while len(took) < times or sum(took) < SECONDS and len(took) < 20 and times > 1:
            began = time.perf_counter()
            call()
            took.append(time.perf_counter() - began)
            if sum(took) > 30:
                break
    except Exception as problem:  # noqa: BLE001  # a column says so, the others are measured
        return f"{type(problem).__name__}: {problem}"[:120]
    return sorted(took)[len(took) // 2]


def _against_label_studio(store: Any, now: dt.datetime) -> dict[str, Any]:
    """Rounds that read Label Studio, which hands over what is here: reconciliation of what does not differ, and calibration anew and a day later."""
    with store.read() as unit:
        made = unit.events.count("annotation_created", ls_project_id=BIG_PROJECT)
        made *= len(unit.projects.all()) // 2  # half of all annotations are in one project there
    there = Mirror(store, made, now)
    clock = lambda: now  # noqa: E731
    found = {"round: reconciliation, nothing differs": _timed(lambda: _same(reconcile(store, there, clock, dry_run=True)), times=1)}
    if directory_sync is not None:
        found["round: … members and projects"] = _timed(lambda: directory_sync.find(store, there, clock), times=1)
    found["round: calibration, the first"] = _timed(lambda: calibrate(store, there, now), times=1)
    there.annotations += 200
    found["round: calibration, 200 annotations later"] = _timed(lambda: calibrate(store, there, now), times=1)
    return found


def _same(drift: Any) -> None:
    if drift.differences:
        raise LookupError(f"{len(drift.differences)} rows differ")


def _recompute(store: Any, context: tuple[Any, ...]) -> dict[str, Any]:
    """Everybody's memberships, nothing to change; and the longest that somebody's own recompute waited meanwhile."""
    is_over, waits = threading.Event(), [0.0]

    def others() -> None:
        while not is_over.is_set():
            began = time.perf_counter()
            _undone(store, lambda unit: memberships.recompute(unit, [EXPERT], *context))
            waits.append(time.perf_counter() - began)
            is_over.wait(0.2)

    alone = _timed(lambda: _undone(store, lambda unit: memberships.recompute(unit, [EXPERT], *context)))
    thread = threading.Thread(target=others)
    thread.start()
    try:
        if "store" in inspect.signature(memberships.recompute_all).parameters:  # since it takes turns
            took = _timed(lambda: memberships.recompute_all(store, *context), times=1)
        else:
            took = _timed(lambda: _undone(store, lambda unit: memberships.recompute_all(unit, *context)), times=1)
    finally:
        is_over.set()
        thread.join()
    held = max(waits) - alone if isinstance(alone, float) else max(waits)
    return {"round: recompute of everybody": took, "round: … holds somebody up": max(held, 0.0)}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
