"""How long recomputing everybody's memberships takes: 200 people × 5,000 projects, on an empty database and again.

    python -m benchmarks.memberships [DATABASE_URL]      (default: a SQLite file in a temporary directory)
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable

from ls_expert_plugin.domains.loader import load_packs
from ls_expert_plugin.routing.access import memberships
from ls_expert_plugin.routing.configuration import RoutingContext
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.storage.tables import Base
from ls_expert_plugin.storage.unit_of_work import Database

PEOPLE, PROJECTS = 200, 5_000
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.timezone.utc)


def main(database_url: str) -> None:
    """Print a line for each step."""
    store, packs = Database(database_url), load_packs(None)
    Base.metadata.create_all(store.engine)
    domains = list(packs)
    with store.begin() as unit:
        for number in range(1, PEOPLE + 1):
            person = unit.people.save(number, f"{number}@example.org", "", "expert", NOW)
            domain = domains[number % len(domains)]
            verification = unit.verifications.add(person.id, domain, "interested", NOW)
            unit.verifications.change(verification.id, "verified", actor_person_id=None, reason="", now=NOW)
            chosen = [one.id for one in packs[domain].specialties][number % 7 :: 3]
            unit.verifications.judge(verification.id, chosen, number % 5 + 1, actor_person_id=person.id, note=None, now=NOW)
        for number in range(1, PROJECTS + 1):
            unit.projects.heard_of(number, f"Project {number}", NOW)
            pack = packs[domains[number % len(domains)]]
            specialties = tuple(one.id for one in pack.specialties[number % 5 : number % 5 + 3]) if number % 4 == 0 else ()
            unit.projects.set_requirement(number, Requirement(pack.id, specialties, max_experts=10 if number % 10 == 0 else None), NOW)
            unit.projects.set_rules(number, Rules(specialty_field="data.field" if number % 50 == 0 else None), NOW)
    _timed("everybody, from nothing", store, lambda store: memberships.recompute_all(store, RoutingContext(packs, NOW)))
    _timed("everybody, nothing to change", store, lambda store: memberships.recompute_all(store, RoutingContext(packs, NOW)))
    _timed("one person, nothing to change", store, lambda store: store.run(lambda unit: memberships.recompute(unit, [7], RoutingContext(packs, NOW))))
    with store.begin() as unit:
        for who in range(1, PEOPLE + 1):
            known = unit.people.by_ls_user_id(who)
            assert known is not None  # noqa: S101  # the loop above saved them
            one = unit.verifications.of(known.id)[0]
            unit.verifications.change(one.id, "verified", actor_person_id=None, reason="", now=NOW, valid_until_utc=NOW + dt.timedelta(days=1))
    _timed("everybody, all change", store, lambda store: memberships.recompute_all(store, RoutingContext(packs, NOW)))
    store.close()


def _timed(what: str, store: Database, work: Callable[[Database], int]) -> None:
    began = time.perf_counter()
    changed = work(store)
    print(f"{what}: {changed} memberships changed, {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{folder}/expert.sqlite3")
