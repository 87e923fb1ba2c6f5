"""Token budget of each person and day: what the model is asked on somebody's behalf, whether the answer was read to its end or not.

Counted in the log of calls, by a pseudonym that is made anew each day from a secret: it adds up, and names nobody. A person whose tokens are spent
gets the written questions, their résumé is kept without being read, and their interviews are searched by terms alone, until tomorrow (UTC).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from ls_expert_plugin.errors import ModelError

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.llm.port import LanguageModel, Prompt
    from ls_expert_plugin.storage.unit_of_work import Database

# What a call counts whose tokens the endpoint did not tell, as of a stream that nobody read to its end.
UNKNOWN_TOKENS = 2_000
SPENT = "what this person may cost a day was spent. `ls-expert reassess` asks it."


class Parts(Protocol):
    """Of what a process works with: that of the portal, or of the worker."""

    @property
    def settings(self) -> Settings: ...

    @property
    def store(self) -> Database: ...

    @property
    def interview_model(self) -> LanguageModel | None: ...

    @property
    def clock(self) -> Callable[[], dt.datetime]: ...


class _OnBehalf:
    """The model, with each call counted for a subject."""

    def __init__(self, model: LanguageModel, subject: str) -> None:
        self._model, self._subject = model, subject
        self.name = model.name

    def chat(self, prompt: Prompt) -> str:
        return self._model.chat(self._for(prompt))

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        return self._model.stream(self._for(prompt))

    def structured(self, prompt: Prompt, schema: Mapping[str, Any]) -> dict[str, Any]:
        return self._model.structured(self._for(prompt), schema)

    def weighed(self, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
        return self._model.weighed(self._for(prompt), schema)

    def _for(self, prompt: Prompt) -> Prompt:
        return replace(prompt, subject=self._subject)


class _Spent:
    """No model until tomorrow: whoever asks is told why."""

    def __init__(self, name: str) -> None:
        self.name = name

    def chat(self, prompt: Prompt) -> str:
        raise ModelError(SPENT)

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        raise ModelError(SPENT)

    def structured(self, prompt: Prompt, schema: Mapping[str, Any]) -> dict[str, Any]:
        raise ModelError(SPENT)

    def weighed(self, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
        raise ModelError(SPENT)


def subject_of(secret: str, person_id: int, day: dt.date) -> str:
    """The pseudonym of a person on one day (UTC)."""
    return "person " + hmac.digest(secret.encode(), f"tokens {person_id} {day.isoformat()}".encode(), hashlib.sha256).hex()[:32]


def model_for(parts: Parts, person_id: int) -> LanguageModel | None:
    """The interview's model on this person's behalf. None: there is none, or their tokens of today are spent."""
    if parts.interview_model is None:
        return None
    now = parts.clock().astimezone(dt.timezone.utc)
    subject = subject_of(parts.settings.secret_key, person_id, now.date())
    with parts.store.read() as unit:
        spent = unit.usage.tokens_of(subject, now.replace(hour=0, minute=0, second=0, microsecond=0), UNKNOWN_TOKENS)
    return _OnBehalf(parts.interview_model, subject) if spent < parts.settings.person_daily_tokens else None


def judge_for(parts: Parts, person_id: int) -> LanguageModel | None:
    """The same for the search of their interview, where being spent is said. None: there is no model."""
    if parts.interview_model is None:
        return None
    return model_for(parts, person_id) or _Spent(parts.interview_model.name)
