"""Token budget of each person and day: what the model is asked on somebody's behalf, whether the answer was read to its end or not.

Counted in the log of calls, by a pseudonym that is made anew each day from a secret: it adds up, and names nobody. A person whose tokens are spent
gets the written questions, and their résumé is kept without being read, until tomorrow (UTC).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ls_expert_plugin.llm.port import LanguageModel, Prompt
    from ls_expert_plugin.vetting.values import Person
    from ls_expert_plugin.web.services import Services

# What a call counts whose tokens the endpoint did not tell, as of a stream that nobody read to its end.
UNKNOWN_TOKENS = 2_000


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


def subject_of(secret: str, person_id: int, day: dt.date) -> str:
    """The pseudonym of a person on one day (UTC)."""
    return "person " + hmac.digest(secret.encode(), f"tokens {person_id} {day.isoformat()}".encode(), hashlib.sha256).hex()[:32]


def model_for(services: Services, person: Person) -> LanguageModel | None:
    """The interview's model on this person's behalf. None: there is none, or their tokens of today are spent."""
    if services.interview_model is None:
        return None
    now = services.clock().astimezone(dt.timezone.utc)
    subject = subject_of(services.settings.secret_key, person.id, now.date())
    with services.store.read() as unit:
        spent = unit.usage.tokens_of(subject, now.replace(hour=0, minute=0, second=0, microsecond=0), UNKNOWN_TOKENS)
    return _OnBehalf(services.interview_model, subject) if spent < services.settings.person_daily_tokens else None
