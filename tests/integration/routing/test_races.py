"""Races, tried by the dozen on real databases: pushes beside pushes, dates and revocations, decisions beside decisions.

What must hold, in whatever order and however often things arrive: Label Studio's projection ends as the truth at its highest
revision; nobody has access once a revocation was acknowledged; work is there whole, with its event, or not at all.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_expert_plugin.routing.configuration import RoutingConfiguration, RoutingContext
from ls_expert_plugin.routing.requirements.editing import TargetState, apply
from ls_expert_plugin.routing.service import RoutingService
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.adversarial.races import Network, few
from tests.support.builders.routing import NOW, PACKS, UNTIL, inside, person, project, recompute, stand, wanted
from tests.support.builders.service import RESULT, Service, now, visible
from tests.support.builders.vetting_case import at_once
from tests.support.servers.label_studio import LabelStudio, Member

pytestmark = pytest.mark.database

# Beyond any id that Label Studio has handed out: the projection knows no foreign keys.
_NUMBERS = itertools.count(1_000_000)
VERSIONS = st.lists(
    st.tuples(st.booleans(), st.sampled_from(["none", "past", "future"]), st.lists(st.sampled_from("abc"), max_size=2)), min_size=2, max_size=5
)


def _until(when: str) -> str | None:
    return None if when == "none" else (now() + dt.timedelta(days=-1 if when == "past" else 1)).isoformat()


def _put(label_studio: LabelStudio, path: str, rows: list[dict[str, Any]]) -> None:
    """Push as the service does: until Label Studio takes it."""
    for _ in range(50):
        if label_studio.service.put(path, json={path.strip("/"): rows}).status_code == 200:
            return
        time.sleep(0.02)
    raise AssertionError("Label Studio took it never")


def _row(label_studio: LabelStudio, path: str, **wanted: int) -> dict[str, Any]:
    after = 0
    while rows := label_studio.service.get(path, params={"after": after}).json()[path.strip("/")]:
        for row in rows:
            if all(row[name] == value for name, value in wanted.items()):
                return dict(row)
        after = rows[-1]["id"]
    raise AssertionError(f"no row {wanted}")


@few(12)
@given(versions=VERSIONS, order=st.randoms(use_true_random=False))
def test_two_pushes_of_the_same_rows_end_at_the_highest_revision(label_studio: LabelStudio, versions: Any, order: random.Random) -> None:
    """Every version of a membership and of a project's rules, twice, in any order, from three sides at once."""
    who, where = next(_NUMBERS), next(_NUMBERS)
    sent: list[tuple[str, dict[str, Any]]] = []
    for revision, (active, until, specialties) in enumerate(versions, start=1):
        sent += 2 * [("/memberships", {
            "ls_user_id": who, "ls_project_id": where, "active": active, "valid_until_utc": _until(until), "revision": revision,
            "reason": f"revision {revision}", "specialties": specialties,
        }), ("/projects", {
            "ls_project_id": where, "shows_others_work": active, "specialty_field": "data.x" if until == "none" else None,
            "shows_tasks_without_specialty": bool(specialties), "assignment": "assigned" if active else "open", "revision": revision,
        })]
    order.shuffle(sent)
    shares = [sent[start::3] for start in range(3)]
    for result in at_once(*(lambda share=share: [_put(label_studio, path, [row]) for path, row in share] for share in shares)):  # type: ignore[misc]
        assert not isinstance(result, Exception), result
    newest = {path: max((row for one, row in sent if one == path), key=lambda row: int(row["revision"])) for path in ("/memberships", "/projects")}
    for path, expected in newest.items():
        key = {name: expected[name] for name in ("ls_user_id", "ls_project_id") if name in expected}
        row = _row(label_studio, path, **key)
        assert {**row, "valid_until_utc": None} == {**expected, "id": row["id"], "valid_until_utc": None}
        assert (row.get("valid_until_utc") is None) == (expected.get("valid_until_utc") is None)


@pytest.fixture
def raced(sqlite_store: Database, label_studio: LabelStudio) -> Iterator[Raced]:
    """An expert, a project, and a service on a bad network."""
    raced = Raced(sqlite_store, label_studio)
    yield raced
    raced.close()


class Raced:
    """One expert of medicine and one project of theirs, with a network between that may fail."""

    def __init__(self, store: Database, label_studio: LabelStudio) -> None:
        self.label_studio, self.service, self.network = label_studio, Service(store, label_studio), Network(label_studio.url)
        self.expert: Member = label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
        self.project = label_studio.new_project("Raced for", ["one"])
        self.service.read()
        self.service.routing.set_domain(self.project, "medicine")
        self.service.routing = RoutingService(store, self.network, RoutingConfiguration(PACKS), label_studio.url, now)

    def close(self) -> None:
        """Give the connections back."""
        self.service.close()
        self.network.close()

    def new_task(self) -> int:
        """A task nobody has worked on."""
        return int(self.label_studio.admin.post("/api/tasks/", json={"project": self.project, "data": {"text": "another"}}).json()["id"])

    def should_see(self) -> bool:
        """What the truth says."""
        with self.service.store.read() as unit:
            return any(one.in_force(now()) for one in unit.memberships.of(self.expert.id))

    def sees(self) -> bool:
        """What Label Studio does."""
        return visible(self.expert) == [self.project]


STEPS = st.lists(st.tuples(
    st.sampled_from(["verify", "verify for a day", "verify until now", "revoke", "show others' work", "a late one arrives", "sweep"]),
    st.sampled_from(["fine", "fine", "lost", "answer lost", "late"]),
), min_size=3, max_size=8)


@few(8)
@given(steps=STEPS, chance=st.randoms(use_true_random=False))
def test_a_bad_network_never_gives_access_back_and_the_projection_ends_as_the_truth(raced: Raced, steps: Any, chance: random.Random) -> None:
    """Decisions whose pushes are lost, doubled or late, dates that pass, old pushes that arrive when all is over."""
    has_ended = False
    for step, weather in steps:
        raced.network.weather = [weather]
        has_ended = has_ended and not step.startswith("verify")
        if step == "a late one arrives":
            raced.network.deliver(chance)
            told = False
        elif step == "sweep":
            told = raced.service.routing.catch_up()
        elif step == "show others' work":
            _, told = raced.service.routing.apply({raced.project: TargetState(Requirement("medicine"), Rules(shows_others_work=chance.random() < 0.5))})
        else:
            until = {"verify for a day": now() + dt.timedelta(days=1), "verify until now": now() + dt.timedelta(milliseconds=20)}.get(step)
            told = raced.service.decide(raced.expert.id, "revoked" if step == "revoke" else "verified", until)
            if step == "verify until now":
                time.sleep(0.03)
        if told:
            has_ended = not raced.should_see()
        if has_ended:
            assert not raced.sees(), (step, weather)
    raced.network.weather = ["fine"]
    raced.network.deliver(chance, all_of_it=True)
    assert raced.service.routing.catch_up()
    raced.network.deliver(chance, all_of_it=True)
    drift = raced.service.routing.reconcile(dry_run=True)
    assert [one for one in drift.differences if one.ls_project_id == raced.project] == []
    assert raced.sees() == raced.should_see()


@few(10)
@given(head_start_ms=st.integers(min_value=0, max_value=60), skipped=st.booleans())
def test_a_revoke_during_a_submit_leaves_the_work_whole_or_not_at_all(raced: Raced, head_start_ms: int, skipped: bool) -> None:
    """201: one annotation and one event. Refused: neither. After the revocation was acknowledged: refused.

    Label Studio answers 500 on SQLite when it finds the database locked; then, too, there is a whole annotation or none.
    """
    raced.network.weather = ["fine"]
    assert raced.service.decide(raced.expert.id, "verified") and raced.sees()
    task, cursor = raced.new_task(), raced.label_studio.cursor()
    answers: list[int] = []
    address, body = f"/api/tasks/{task}/annotations/", {"result": RESULT, "was_cancelled": skipped}
    submit = threading.Thread(target=lambda: answers.append(raced.expert.http.post(address, json=body).status_code))
    submit.start()
    time.sleep(head_start_ms / 1000)
    assert raced.service.decide(raced.expert.id, "revoked")
    late = raced.label_studio.client(dict(raced.expert.http.headers), cookies=raced.expert.http.cookies).post(address, json=body)
    submit.join(timeout=30)
    locked = [] if raced.label_studio.on_postgresql else [500]
    assert late.status_code in (403, 404), late.text
    assert answers[0] in (201, 403, 404, *locked), answers
    kept = raced.label_studio.admin.get(f"/api/tasks/{task}/").json()["annotations"]
    told = [one["kind"] for one in raced.label_studio.events(cursor) if one["ls_task_id"] == task]
    whole, none = (1, ["annotation_created"]), (0, [])
    assert (len(kept), told) in ([whole] if answers[0] == 201 else [whole, none] if answers[0] in locked else [none])


DECISIONS = st.lists(st.tuples(st.integers(1, 6), st.sampled_from(["verified", "verified", "revoked", "suspended"])), min_size=4, max_size=8)


@few(12)
@given(decisions=DECISIONS, places=st.integers(1, 4), fewer=st.booleans())
def test_decisions_at_once_fill_the_places_and_never_more(store: Database, decisions: Any, places: int, fewer: bool) -> None:
    """People verified and revoked side by side, and the number of places lowered meanwhile: as many as match, up to the places."""
    where = next(_NUMBERS)
    with store.begin() as unit:
        for who in range(1, 7):
            person(unit, who)
            stand(unit, who, "revoked")
        project(unit, where)
        apply(unit, {where: wanted(max_experts=places)}, RoutingContext(PACKS, NOW))

    def decide(who: int, status: Any) -> None:
        with store.begin() as unit:
            known = unit.people.lock(who)
            assert known is not None
            stand(unit, who, status, until=UNTIL)
        with store.begin() as unit:
            recompute(unit, who)

    def lower() -> None:
        with store.begin() as unit:
            apply(unit, {where: wanted(max_experts=1)}, RoutingContext(PACKS, NOW))

    calls = [lambda who=who, status=status: decide(who, status) for who, status in decisions]  # type: ignore[misc]
    for result in at_once(*calls, *([lower] if fewer else [])):
        assert result is None, result
    with store.read() as unit:
        matching = {one.ls_user_id for one in unit.candidates.all(NOW) if any(v.in_force(NOW) for v in one.verifications)}
    there = inside(store, where)
    assert there <= matching and len(there) == min(1 if fewer else places, len(matching))
