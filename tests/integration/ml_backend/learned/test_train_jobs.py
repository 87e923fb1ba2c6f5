"""Learning anew from a real Label Studio: what is new, held against the one before, kept when no worse, and never switched on by itself."""

from __future__ import annotations

import hashlib
import random
from typing import Any

from ls_expert_plugin.ls_client.sdk import SdkClient
from ls_expert_plugin.ml_backend.label_config.task_content import key_of
from ls_expert_plugin.ml_backend.learned import train_jobs
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.first_learning import learn_new_projects
from ls_expert_plugin.ml_backend.serving.cached_sources import StoredProjects
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionKey
from ls_expert_plugin.routing.values import Requirement
from ls_expert_plugin.storage.prediction_cache import StoredPredictionCache
from ls_expert_plugin.storage.unit_of_work import Database
from tests.support.builders.routing import DAY
from tests.support.builders.service import Service, now
from tests.support.servers.label_studio import ADMIN_TOKEN, CHOICES, LabelStudio, Member

WORDS = {
    "A": ["lease", "landlord", "notice", "court", "clause", "party", "contract", "consent"],
    "B": ["fever", "patient", "dose", "wound", "lungs", "chest", "asthma", "surgery"],
}


def _result(label: str) -> list[dict[str, Any]]:
    return [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": [label]}}]


def _texts(count: int, seed: int) -> list[tuple[str, str]]:
    chance = random.Random(seed)
    return [(f"{number} {' '.join(chance.choices(WORDS['AB'[number % 2]], k=5))}", "AB"[number % 2]) for number in range(count)]


def _set(version: str, examples: list[tuple[str, str]]) -> ExampleSet:
    return ExampleSet(1, version, CHOICES, tuple({"data": {"text": text}, "result": _result(label)} for text, label in examples))


def _spoilt(texts: list[tuple[str, str]], known: int) -> list[tuple[str, str]]:
    """The new ones turned round, but for those that are held out."""
    new = sorted(texts[known:], key=lambda one: hashlib.sha256(key_of({"text": one[0]}).encode()).digest())
    held = {text for text, _ in new[: len(new) // 2]}
    return [*texts[:known], *((text, label if text in held else "BA"["AB".index(label)]) for text, label in texts[known:])]


def test_a_newer_set_is_held_against_the_one_before_on_what_neither_has_seen() -> None:
    """Better from more examples, worse from wrong ones; a few new ones are not worth it."""
    texts = _texts(120, 1)
    before, newer = _set("before", texts[:10]), _set("newer", texts)
    assert train_jobs.is_worthwhile(before, newer) and not train_jobs.is_worthwhile(before, _set("few", texts[:25]))
    found = train_jobs.measured(before, newer)
    assert found.tasks == 55 and found.newer >= found.before and not found.is_worse
    good, spoilt = _set("good", texts[:40]), _set("spoilt", _spoilt(texts, 40))
    assert train_jobs.measured(good, spoilt).is_worse and not train_jobs.measured(good, newer).is_worse


def test_what_scores_are_worth_is_learnt_from_verified_experts(label_studio: LabelStudio, service: Service, store: Database, expert: Member) -> None:
    """Per version, from enough of them; those of others do not count."""
    pre_label = {"result": _result("A"), "score": 1.0, "model_version": "m-v1"}
    project = label_studio.new_project("Worth", [{"data": {"text": f"Case {number}"}, "predictions": [pre_label]} for number in range(50)])
    label_studio.push(expert.id, project)
    service.read()
    tasks = label_studio.task_ids(project)
    with store.begin() as unit:
        unit.projects.set_requirement(project, Requirement("medicine"), now())
    StoredPredictionCache(store, now).put({PredictionKey(project, task, "m-v1", "x"): pre_label for task in tasks})
    for number, task in enumerate(tasks):
        body = {"result": _result("A" if number % 10 < 7 else "B"), "completed_by": expert.id}
        label_studio.admin.post(f"/api/tasks/{task}/annotations/", json=body).raise_for_status()
    assert train_jobs.calibrate(store, service.client, now()) == 0
    service.decide(expert.id, "verified", now() + 9 * DAY)
    assert train_jobs.calibrate(store, service.client, now()) == 1
    learnt = StoredProjects(store, now).calibration(project, "m-v1")
    assert learnt is not None and learnt.outcomes == 50 and abs(learnt.of(1.0) - 0.7) < 0.05 and not learnt.is_blind
    assert StoredProjects(store, now).calibration(project, "m-v2") is None


def test_the_worker_learns_anew_and_leaves_the_switch_to_somebody(label_studio: LabelStudio, service: Service, store: Database, expert: Member) -> None:
    """The first set by itself, a newer one beside it with its figures; one that does worse is not kept."""
    texts = _texts(100, 3)
    project = label_studio.new_project("Learning", [text for text, _ in texts])
    label_studio.push(expert.id, project)
    service.read()
    service.decide(expert.id, "verified", now() + 9 * DAY)
    with store.begin() as unit:
        unit.projects.set_requirement(project, Requirement("medicine"), now())
    tasks = label_studio.task_ids(project)
    studio = SdkClient(label_studio.url, ADMIN_TOKEN)

    def annotate(numbers: range, labels: list[tuple[str, str]] = texts) -> None:
        for number in numbers:
            body = {"result": _result(labels[number][1]), "completed_by": expert.id}
            label_studio.admin.post(f"/api/tasks/{tasks[number]}/annotations/", json=body).raise_for_status()
        service.read()

    annotate(range(14))
    (first,) = learn_new_projects(store, studio, now())
    assert train_jobs.learn_anew(store, studio, now()) == [], "nothing new"
    annotate(range(14, 60))
    (second,) = train_jobs.learn_anew(store, studio, now())
    assert train_jobs.learn_anew(store, studio, now()) == []
    with store.read() as unit:
        assert unit.ml_projects.active(project) is None and unit.examples.versions(project) == [second, first]
        latest, measured = unit.examples.latest(project), unit.examples.measured(project, second)
    assert latest is not None and len(latest.examples) == 60
    assert measured is not None and measured.tasks == 23 and not measured.is_worse
    annotate(range(60, 100), _spoilt(texts, 60))
    assert train_jobs.learn_anew(store, studio, now()) == [], "worse on what is new"
    studio.close()
