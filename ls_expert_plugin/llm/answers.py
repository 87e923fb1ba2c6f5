"""Reads what an OpenAI-compatible endpoint sends: a whole answer, a piece of a stream, an object by schema.

Pure, and distrustful: endpoints differ, so a field that is missing or of another type counts as not told. The
wire format is that of ``POST /chat/completions`` in OpenAI's API reference.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from jsonschema import Draft202012Validator

from ls_expert_plugin.errors import ModelAnswerInvalid, ModelRefused, ModelUnavailable

STREAM_END = "[DONE]"


@dataclass(frozen=True)
class Reply:
    """A whole answer, or one piece of a stream. Tokens are None where the endpoint does not tell."""

    text: str
    refused: bool
    finish_reason: str | None
    tokens_in: int | None
    tokens_out: int | None


def read(raw: str | bytes, part: Literal["message", "delta"]) -> Reply:
    """The reply in a body (``message``) or in the data of one event (``delta``).

    Raises ``ModelUnavailable``: not JSON, not an object, or an error sent in place of an answer.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ModelUnavailable(
            "The language model endpoint answered, but not as an OpenAI-compatible one does. "
            "Check OPENAI_BASE_URL: it mostly ends in /v1."
        )
    if body.get("error"):
        raise ModelUnavailable(
            "The language model endpoint sent an error, not an answer. Try again later, or look at its log."
        )
    choices, usage = body.get("choices"), _mapping(body.get("usage"))
    choice = _mapping(choices[0]) if isinstance(choices, list) and choices else {}
    message = _mapping(choice.get(part))
    text, finish_reason = message.get("content"), choice.get("finish_reason")
    return Reply(
        text=readable(text) if isinstance(text, str) else "",
        refused=bool(message.get("refusal")),
        finish_reason=finish_reason if isinstance(finish_reason, str) else None,
        tokens_in=_count(usage.get("prompt_tokens")),
        tokens_out=_count(usage.get("completion_tokens")),
    )


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """The data of each server-sent event in a stream of bytes, without comments (some keep alive with them).

    Split at line ends only: ``str.splitlines`` also splits at characters that may stand in a text (U+2028).
    """
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line[5:].decode("utf-8", "replace").strip()


def check_ending(finish_reason: str | None, *, refused: bool, any_text: bool) -> None:
    """Raises ``ModelRefused`` or ``ModelAnswerInvalid`` unless the answer is whole."""
    if refused or finish_reason == "content_filter":
        raise ModelRefused("The language model declined to answer.")
    if finish_reason == "length":
        raise ModelAnswerInvalid("The language model's answer was cut off at the token limit.")
    if not any_text:
        raise ModelAnswerInvalid("The language model answered with nothing.")


def object_in(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The object that ``text`` is, if it fits ``schema``. Raises ``ModelAnswerInvalid``."""
    try:
        value = _usable(json.loads(text))
    except (ValueError, RecursionError):
        raise ModelAnswerInvalid("The language model was asked for JSON and did not answer in it.") from None
    if not isinstance(value, dict):
        raise ModelAnswerInvalid("The language model was asked for a JSON object and answered other JSON.")
    problem = next(iter(Draft202012Validator(schema).iter_errors(value)), None)
    if problem is not None:
        where = f"{problem.validator} at {problem.json_path[:100]}"
        raise ModelAnswerInvalid(f"The language model's answer does not fit the schema: {where}.")
    return value


def readable(text: str) -> str:
    """``text`` as any database takes it: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _usable(value: Any) -> Any:
    """``value`` with readable texts. Raises ``ValueError`` for NaN and infinity, which are no JSON."""
    if isinstance(value, str):
        return readable(value)
    if isinstance(value, list):
        return [_usable(item) for item in value]
    if isinstance(value, dict):
        return {readable(key): _usable(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
