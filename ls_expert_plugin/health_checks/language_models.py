"""Checks of the language models: whether they answer, in which form of structured output, and take pictures."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from PIL import Image

from ls_expert_plugin.errors import ExpertError
from ls_expert_plugin.health_checks.check_result import CheckResult, results_of
from ls_expert_plugin.llm.factory import connect
from ls_expert_plugin.llm.port import Message, ModelCall, Picture, Prompt

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel

_ok, _warn, _fail = results_of("language_models")


class _NoLog:
    def record(self, call: ModelCall) -> None:
        """A check is not a call worth keeping."""


def models(settings: Settings) -> Iterator[CheckResult]:
    """Whether each language model of the settings answers, in what form, and takes pictures where it has to. Costs a few tokens."""
    names = {name for name in (settings.interview_model, settings.prelabel_model) if name}
    found = [model for model in (connect(settings, name, _NoLog()) for name in sorted(names)) if model is not None]
    if not found:
        yield _warn("no language model is set up: interviews use written questions, pre-labels are trained on annotations",
                    "Optional: set OPENAI_BASE_URL, LS_EXPERT_INTERVIEW_MODEL and LS_EXPERT_PRELABEL_MODEL.")
    for model in found:
        try:
            model.chat(Prompt("doctor", "1", [Message("user", "Answer with the word: yes")], max_tokens=20))
            yield _ok(f"the language model {model.name} answers")
            yield _structured_output(model)
            if settings.prelabel_pictures and model.name == settings.prelabel_model:
                model.chat(Prompt("doctor", "1", [Message("user", "Answer with the word: yes", (_a_picture(),))], max_tokens=20))
                yield _ok(f"the language model {model.name} takes pictures")
        except ExpertError as problem:
            yield _fail(f"language model {model.name}: {problem.message}", "Check OPENAI_BASE_URL, OPENAI_API_KEY and the model's name.")


_YES: Mapping[str, Any] = {
    "type": "object", "properties": {"answer": {"type": "string", "enum": ["yes", "no"]}}, "required": ["answer"], "additionalProperties": False,
}


def _structured_output(model: OpenAICompatibleModel) -> CheckResult:
    """Which form of structured output the endpoint takes: levels, suggestions and pre-labels are asked for in it."""
    try:
        model.structured(Prompt("doctor", "1", [Message("user", "Answer with the word: yes")], max_tokens=200), _YES)
    except ExpertError as problem:
        return _fail(f"the language model {model.name} gives no structured output in any form, so there are no levels and no pre-labels by it: "
                     f"{problem.message}", "Use another model, or an endpoint that takes response_format.")
    match model.form():
        case "json_schema":
            return _ok(f"the language model {model.name} gives structured output by JSON Schema (response_format json_schema)")
        case "json_object":
            return _ok(f"the language model {model.name} gives structured output by response_format json_object with the schema in it; "
                       "its endpoint holds no json_schema")
    return _warn(f"the language model {model.name} gives structured output only as far as it is told to: its endpoint holds no response_format, so the schema "
                 "stands in the prompt. Answers are checked alike, and more of them will not be usable",
                 "Use an endpoint that takes response_format, if you can.")


def _a_picture() -> Picture:
    """A grey square."""
    made = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(made, "PNG")
    return Picture("image/png", made.getvalue())
