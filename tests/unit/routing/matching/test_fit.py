"""Points of fit: what raises and lowers them, within their bounds, the same from caches as part by part. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pytest

from benchmarks.matching.instances import instance
from ls_expert_plugin.routing.matching.fit import MOST, Fit
from ls_expert_plugin.routing.matching.population import encode
from tests.support.builders.matching import NOW, RULES, a_project, an_expert, verified

PROJECT = a_project(specialties=("cardiology", "surgery"), hours_a_week=5, kinds=("audio",))


def _points(**person: Any) -> int:
    verification = person.pop("verification", verified())
    return int(Fit(encode([an_expert(1, verification, **person)], RULES)).points(np.zeros(1, np.int64), PROJECT)[0])


@pytest.mark.parametrize(("better", "worse"), [
    ({"verification": verified(specialties=("cardiology", "surgery"))}, {}), ({"verification": verified(level=4)}, {"verification": verified(level=None)}),
    ({"quality": 0.95}, {"quality": 0.5}), ({"says": {"hours_a_week": 10}}, {"says": {"hours_a_week": 5}}), ({}, {"projects_now": 1}),
    ({"waiting_since": NOW.date() - dt.timedelta(days=30)}, {"waiting_since": NOW.date()}),
    ({"says": {"preferred_specialties": ("medicine/surgery",)}}, {}), ({"says": {"preferred_kinds": ("audio",)}}, {"says": {"preferred_kinds": ("spans",)}}),
])
def test_what_counts_for_somebody(better: dict[str, Any], worse: dict[str, Any]) -> None:
    """Each part by itself, everything else being equal."""
    assert _points(**better) > _points(**worse)


def test_a_beginner_is_not_last_and_unused_hours_cost_nothing() -> None:
    """No work checked yet stands above half of the work right; more hours than anybody needs are no less than enough."""
    assert _points(quality=0.5) < _points() < _points(quality=0.9)
    assert _points(says={"hours_a_week": 80}) == _points(says={"hours_a_week": 10})


def test_sums_are_of_the_parts_and_parts_within_their_bounds() -> None:
    """For everybody and every project of a seeded instance, whether cached or not."""
    experts, projects, rules = instance(200, 20, 40, 5)
    people = encode(experts, rules)
    fit, rows = Fit(people), np.arange(len(people))
    assert sum(MOST.values()) == 1000
    for project in projects:
        parts, fresh = Fit(people).parts(rows, project), fit.points(rows, project)
        assert (sum(parts.values()) == fresh).all()
        assert all((found >= 0).all() and (found <= MOST[name]).all() for name, found in parts.items())
