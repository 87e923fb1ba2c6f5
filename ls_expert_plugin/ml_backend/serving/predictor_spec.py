"""What pre-labels of a project are made by, and the version string that names it. Pure.

Label Studio asks for every task again when the version changes, which may cost money and replaces what experts look at. So the recipe in use
stays until somebody switches; only a project without pre-labels so far takes what there is.

The string must be the same in the answers to ``/setup`` and ``/predict``: Label Studio leaves alone the tasks that have a prediction of the
version ``/setup`` named, and asks for all others, again and again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ls_expert_plugin.ml_backend.label_config.controls import LabelConfig

NONE_YET = "none-yet"


@dataclass(frozen=True)
class PredictorSpec:
    """``model``: the language model's name, with the prompt file ``prompt``, ``samples`` answers a task and the project's ``instruction``.

    ``examples``: the version of the example set that is learnt from, and that examples are shown from.
    """

    model: str | None = None
    prompt: str = ""
    examples: str | None = None
    instruction: str = ""
    samples: int = 1

    @property
    def is_empty(self) -> bool:
        return self.model is None and self.examples is None

    def version(self, config: LabelConfig) -> str:
        """The version of its pre-labels under a label config. Names everything that a prediction may have been made by."""
        if self.is_empty:
            return NONE_YET
        parts = []
        if self.model:
            asked = json.dumps([
                [one.name, one.kind, one.to_name, one.labels, one.options_key, *([one.buckets] if one.buckets else [])] for one in config.controls
            ])
            shown = [f"{self.model}-{self.prompt}", f"c{_short(asked)}"]
            shown += [f"i{_short(self.instruction)}"] if self.instruction else []
            shown += [f"x{self.samples}"] if self.samples > 1 else []
            parts.append("-".join(shown))
        if self.examples:
            parts.append(self.examples)
        return "+".join(parts)

    def as_json(self) -> dict[str, Any]:
        """The spec as the database keeps it."""
        return asdict(self)


def from_json(stored: Mapping[str, Any]) -> PredictorSpec:
    """The spec as ``as_json`` wrote it."""
    return PredictorSpec(**{name: stored[name] for name in ("model", "prompt", "examples", "instruction", "samples") if name in stored})


def effective_spec(active: PredictorSpec | None, today: PredictorSpec) -> PredictorSpec:
    """What a project is served with: what was switched on, or without that what there is today."""
    return today if active is None or active.is_empty else active


def why_not_servable(recipe: PredictorSpec, today: PredictorSpec, known_examples: bool) -> str:
    """Empty, or why pre-labels of this recipe cannot be made any more. ``known_examples``: its example set is there."""
    if recipe.model and recipe.model != today.model:
        return f"its language model, {recipe.model}, is not the one configured ({today.model or 'none'})"
    if recipe.model and recipe.prompt != today.prompt:
        return f"its prompt, {recipe.prompt}, is not this version's ({today.prompt})"
    if recipe.examples and not known_examples:
        return f"its example set, {recipe.examples}, is gone"
    return ""


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:6]
