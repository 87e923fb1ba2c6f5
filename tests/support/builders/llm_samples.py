"""What the tests of the language-model adapter share: a prompt, a schema, a log, three ways of asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel
from ls_expert_plugin.llm.port import LanguageModel, Message, ModelCall, Prompt
from ls_expert_plugin.llm.response_format import FormMemory
from tests.support.fakes.openai_server import OpenAIServer

KEY = "sk-a-key-that-must-stay-here"
PROMPT = Prompt("interview.ask", "ask.v1", (Message("system", "Ask."), Message("user", "I treat burns.")))
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"quotes": {"type": "array", "items": {"type": "string"}}},
    "required": ["quotes"],
    "additionalProperties": False,
}


class Log:
    """Calls, kept in a list."""

    def __init__(self) -> None:
        self.calls: list[ModelCall] = []

    def record(self, call: ModelCall) -> None:
        self.calls.append(call)


def adapter(server: OpenAIServer, log: Log, timeout_s: float = 5.0, forms: FormMemory | None = None) -> OpenAICompatibleModel:
    """The adapter, connected to the server, with hardly a pause before it asks again."""
    return OpenAICompatibleModel(
        "test-model", api_key=KEY, base_url=server.base_url, timeout_s=timeout_s, log=log, first_pause_s=0.01, forms=forms
    )


def chat(model: LanguageModel) -> object:
    return model.chat(PROMPT)


def stream(model: LanguageModel) -> object:
    return "".join(model.stream(PROMPT))


def checked_stream(model: LanguageModel) -> object:
    return "".join(model.stream(replace(PROMPT, check=lambda text: None)))


def structured(model: LanguageModel) -> object:
    return model.structured(PROMPT, SCHEMA)


Ask = Callable[[LanguageModel], object]
every_way = pytest.mark.parametrize("ask", [chat, stream, structured])
