"""Figures of pre-labels as the worker writes them down."""

from __future__ import annotations

from typing import Any

from ls_expert_plugin.ml_backend.serving.predictor_spec import PredictorSpec


def _figure(value: float, low: float, high: float, count: int = 80) -> dict[str, Any]:
    return {"value": value, "low": low, "high": high, "count": count}


def figures(newer: PredictorSpec) -> dict[str, Any]:
    """Two versions, two arms, something newer."""
    counts = (("Indemnity", 0.82, 40), ("Term", 0.4, 9), ("None", None, 0))
    labels = [{"label": name, "f1": f1, "hits": hits, "extra": 3, "missed": 5} for name, f1, hits in counts]
    topic = {"name": "topic", "right": _figure(0.75, 0.41, 0.93), "f1": 0.75, "has_regions": False, "more_labels": 3, "labels": labels}
    spans = {"name": "clauses", "right": None, "f1": None, "has_regions": True, "more_labels": 0, "labels": labels[:1]}
    share, edits = _figure(0.62, 0.55, 0.69), _figure(1.4, 1.1, 1.8)
    rows = [{"name": name, "is_share": name not in ("edits", "seconds"), "with": edits if name in ("edits", "seconds") else share,
             "without": None if name == "agrees" else edits if name in ("edits", "seconds") else _figure(0.5, 0.3, 0.7, 9)}
            for name in ("accepted", "edits", "seconds", "agrees", "agrees_with_pre_label")]
    return {
        "standing": {"active": "older-version", "today": "newer-version", "is_other": True, "recipe": newer.as_json(), "tasks": 1200, "why_not": "",
                     "refused": ["Video “v” gets no pre-labels: Video objects cannot be read here."],
                     "measured": {"tasks": 40, "newer": 0.71, "before": 0.64}},
        "truths": 230, "askable": 48,
        "versions": [{"version": "some-model-v1", "is_today": False, "tasks": 80, "controls": [topic, spans]},
                     {"version": "newer-version", "is_today": True, "tasks": 48, "controls": [topic]}],
        "help": {"shown": 310, "blind": 31, "stamping": 2, "rows": rows},
    }
