"""The ML backend's application as tests make it: sources and the rest of its dependencies by name, in one call."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask import Flask

from ls_expert_plugin.llm.port import LanguageModel
from ls_expert_plugin.ml_backend.learned.examples import ExampleSource
from ls_expert_plugin.ml_backend.serving.app import create_app
from ls_expert_plugin.ml_backend.serving.predictor_factory import PredictorSources
from ls_expert_plugin.ml_backend.serving.services import BackendServices

_OF_SOURCES = {field.name for field in fields(PredictorSources)}


def backend_app(examples: ExampleSource, model: LanguageModel | None, **more: Any) -> Flask:
    """``more``: any field of ``PredictorSources`` or ``BackendServices``."""
    sources = {name: value for name, value in more.items() if name in _OF_SOURCES}
    return create_app(BackendServices(PredictorSources(examples, model, **sources), **{name: more[name] for name in more.keys() - sources.keys()}))
