"""Dependencies of one process of the ML backend, as one frozen value: ``create_app`` gets it, and whatever it needs is in it."""

from __future__ import annotations

from dataclasses import dataclass

from ls_expert_plugin.ml_backend.serving.custom_model import TeamModel
from ls_expert_plugin.ml_backend.serving.predictor_factory import PredictorSources
from ls_expert_plugin.ml_backend.serving.single_flight import PredictionCache

# Label Studio gives up after 100 s (ML_TIMEOUT_PREDICT); what is not ready by then is asked for again.
PREDICT_BUDGET_S = 80.0


@dataclass(frozen=True)
class BackendServices:
    """What the ML backend answers with.

    ``cache``: answers made by any process; None: by this one alone. ``team_model``: instead of ours. ``password``: of the user ``ls-expert``; an empty
    one lets nobody in. None asks for none: in one process only, never where others reach it. ``concurrency``: tasks that the language model is asked
    about at a time. ``predict_slots``: requests that may wait for answers at a time, at most ``predict_budget_s`` seconds each; others get what is ready,
    so that /health always finds a thread.
    """

    sources: PredictorSources
    cache: PredictionCache | None = None
    team_model: TeamModel | None = None
    password: str | None = None
    concurrency: int = 32
    predict_slots: int = 12
    predict_budget_s: float = PREDICT_BUDGET_S
