"""A language model in the same process, for tests of what is done with its answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ls_expert_plugin.llm.port import Prompt


class TalkingModel:
    """Answers what a function says of a task's texts, and keeps what it was asked."""

    def __init__(self, reply: Callable[[Mapping[str, Any]], dict[str, Any]], name: str = "some-model") -> None:
        self.name, self.reply = name, reply
        self.prompts: list[Prompt] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def chat(self, prompt: Prompt) -> str:
        raise NotImplementedError

    def stream(self, prompt: Prompt) -> Iterator[str]:
        raise NotImplementedError

    def weighed(self, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
        return self.structured(prompt, schema), {}

    def structured(self, prompt: Prompt, schema: Mapping[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.prompts.append(prompt)
            self.at_once += 1
            self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            return self.reply(json.loads(prompt.messages[-1].content)["texts"])
        finally:
            with self._lock:
                self.at_once -= 1
