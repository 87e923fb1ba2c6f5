"""The metrics of a project's page between the worker, the database and the page."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from ls_expert_plugin.agreement.ab_metrics import Figure
from ls_expert_plugin.ml_backend.learned.examples import HeldOutAccuracy
from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec
from ls_expert_plugin.prelabels.project_metrics import ProjectMetrics
from tests.support.builders.prelabels import figures


def test_what_an_earlier_version_wrote_is_read() -> None:
    """By its keys of then; what is written now has the same ones."""
    raw = figures(PredictorSpec("some-model", "prelabel.v2"))
    found = ProjectMetrics.from_json(raw)
    assert found.standing is not None and found.standing.measured == HeldOutAccuracy(40, 0.71, 0.64)
    assert found.versions[0].controls[0].right == Figure(0.75, 0.41, 0.93, 80) and found.versions[0].controls[1].right is None
    assert found.effect is not None and found.effect.rows[3].blind is None and found.effect.rows[3].shown is not None
    del raw["standing"]["recipe"]
    assert found.as_json() == raw | {"problem": ""} and ProjectMetrics.from_json(found.as_json()) == found


def test_before_anything_was_made_and_when_nothing_could_be() -> None:
    """There is nothing to tell, or why there is nothing."""
    assert ProjectMetrics.from_json({}) == ProjectMetrics()
    assert ProjectMetrics.from_json({"problem": "Label Studio does not answer."}) == replace(ProjectMetrics(), problem="Label Studio does not answer.")
    with pytest.raises(ValidationError):
        ProjectMetrics.from_json({"versions": 3})
