"""Capability negotiation for structured output: a ladder of three forms of asking, and what each endpoint has been seen to take.

    json_schema   ``response_format`` with the schema in strict mode, as OpenAI has it
    json_object   ``response_format`` of type json_object that holds the schema, as llama-cpp-python has it
    prompt        no ``response_format``: the schema stands in the instructions, and the answer in a fenced block

An endpoint that refuses a form, or whose answer shows that it does not hold it, is asked in the next one. Whatever the form, an
answer is validated against the same schema (``answers.object_in``).
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ls_expert_plugin.llm.port import Message

Form = Literal["json_schema", "json_object", "prompt"]
FORMS: tuple[Form, ...] = ("json_schema", "json_object", "prompt")
# Endpoints are upgraded: after this long the first form is tried again.
FORGET_AFTER_S = 3600.0

# A form that is not known is a fault of the request to most, "not found" to routers, and a fault of their own to llama-cpp-python (500).
_REFUSING = frozenset({400, 404, 415, 422, 500, 501})
_NAMES_IT = re.compile(r"response_?format|json_?schema|json_?object|structured[ _]outputs?|guided_json", re.IGNORECASE)
_IN_PROMPT = "\n\nAnswer with one JSON object in one fenced block (```json before it, ``` after it) and nothing else. It has to fit this JSON Schema:\n"


def refuses(status: int, told: str) -> bool:
    """Whether an answer with this HTTP status, which says ``told``, refuses the form. Overload and time-outs do not."""
    return status in _REFUSING and names_it(told)


def names_it(told: str) -> bool:
    """Whether an error is about the form."""
    return _NAMES_IT.search(told) is not None


def below(form: Form) -> Form | None:
    """The next form to try, or None after the last."""
    place = FORMS.index(form) + 1
    return FORMS[place] if place < len(FORMS) else None


def fields(form: Form, schema: Mapping[str, Any]) -> dict[str, Any]:
    """What the form adds to the body of a request."""
    match form:
        case "json_schema":
            return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": dict(schema)}}}
        case "json_object":
            return {"response_format": {"type": "json_object", "schema": dict(schema)}}
    return {}


def messages(form: Form, given: Sequence[Message], schema: Mapping[str, Any]) -> Sequence[Message]:
    """The messages as the form wants them. The schema goes to the instructions: many small models know only one system message, at the beginning."""
    if form != "prompt":
        return given
    words = _IN_PROMPT + json.dumps(schema, ensure_ascii=False)
    if given and given[0].role == "system":
        return [Message("system", given[0].content + words), *given[1:]]
    return [Message("system", words.strip()), *given]


@dataclass(frozen=True)
class _Seen:
    form: Form
    until_s: float


class FormMemory:
    """The form that each endpoint was last seen to take, by endpoint and model, for ``forget_after_s``. Safe to share between threads.

    Only what is lower than the first form is kept, from when it first answered; keeping it longer than that would outlast an upgrade.
    """

    def __init__(self, forget_after_s: float = FORGET_AFTER_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._forget_after_s, self._clock = forget_after_s, clock
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._lock = threading.Lock()

    def of(self, endpoint: str, model: str) -> Form:
        """The form that a call begins with."""
        with self._lock:
            seen = self._seen.get((endpoint, model))
            if seen is not None and seen.until_s <= self._clock():
                del self._seen[endpoint, model]
                seen = None
            return seen.form if seen else FORMS[0]

    def learn(self, endpoint: str, model: str, form: Form) -> bool:
        """The endpoint answered when it was asked like this; whether that is news. What is known already keeps its time."""
        with self._lock:
            seen = self._seen.get((endpoint, model))
            if (seen.form if seen else FORMS[0]) == form:
                return False
            if form == FORMS[0]:
                del self._seen[endpoint, model]
            else:
                self._seen[endpoint, model] = _Seen(form, self._clock() + self._forget_after_s)
            return True
