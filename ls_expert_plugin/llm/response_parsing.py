"""Reads what an OpenAI-compatible endpoint sends: a whole answer, a piece of a stream, an object by schema.

Pure, and distrustful: endpoints differ, so a field that is missing or of another type counts as not told. The
wire format is that of ``POST /chat/completions`` in OpenAI's API reference.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jsonschema import Draft202012Validator

from ls_expert_plugin.errors import ModelAnswerCut, ModelAnswerEmpty, ModelAnswerInvalid, ModelRefused, ModelUnavailable
from ls_expert_plugin.llm.response_format import names_it

STREAM_END = "[DONE]"
_FENCE = re.compile(r"```[^\S\n]*(?:json|JSON)?[^\S\n]*\n?(.*?)(?:```|\Z)", re.DOTALL)
# Some models think aloud before they answer, and endpoints that do not know them leave it in.
_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)


class FormRefused(ModelUnavailable):
    """The endpoint does not know the form that structured output was asked for in."""


@dataclass(frozen=True)
class Reply:
    """A whole answer, or one piece of a stream. Counts of tokens are None where the endpoint does not tell.

    ``tokens``: the text piece by piece, each with the logarithm of its probability; empty where the endpoint does not tell.
    """

    text: str
    refused: bool
    finish_reason: str | None
    tokens_in: int | None
    tokens_out: int | None
    tokens: tuple[tuple[bytes, float], ...] = ()


def read(raw: str | bytes, part: Literal["message", "delta"]) -> Reply:
    """The reply in a body (``message``) or in the data of one event (``delta``).

    Raises ``ModelUnavailable``: not JSON, not an object, or an error sent in place of an answer (``FormRefused``: one about the form).
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
    if error := body.get("error"):
        kind = FormRefused if names_it(json.dumps(error)) else ModelUnavailable
        raise kind("The language model endpoint sent an error, not an answer. Try again later, or look at its log.")
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
        tokens=_tokens(_mapping(choice.get("logprobs")).get("content")),
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
    """Raises ``ModelRefused``, ``ModelAnswerCut`` or ``ModelAnswerEmpty`` unless the answer is whole."""
    if refused or finish_reason == "content_filter":
        raise ModelRefused("The language model declined to answer.")
    if finish_reason == "length":
        raise ModelAnswerCut("The language model's answer was cut off at the token limit, twice.")
    if not any_text:
        raise ModelAnswerEmpty("The language model answered with nothing, twice.")


def object_in(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The object that ``text`` is or holds, if it fits ``schema``: in one fenced block, or alone between the first brace and the last.

    Raises ``ModelAnswerInvalid``; two objects are none, for nobody can tell which is meant.
    """
    value = next((one for candidate in _candidates(text) for one in _parsed(candidate)), None)
    if value is None:
        raise ModelAnswerInvalid("The language model was asked for JSON and did not answer in it.")
    if not isinstance(value, dict):
        raise ModelAnswerInvalid("The language model was asked for a JSON object and answered other JSON.")
    problem = next(iter(Draft202012Validator(schema).iter_errors(value)), None)
    if problem is not None:
        where = f"{problem.validator} at {problem.json_path[:100]}"
        raise ModelAnswerInvalid(f"The language model's answer does not fit the schema: {where}.")
    return value


def _candidates(text: str) -> Iterator[str]:
    """The parts of a text that may be the JSON asked for, the strictest reading first."""
    yield text
    said = _THOUGHT.sub("", text, count=1) if text.lstrip().startswith("<think>") else text
    fenced = _FENCE.findall(said)
    if len(fenced) == 1:
        yield fenced[0]
    elif not fenced:
        yield said[said.find("{"):said.rfind("}") + 1]


def _parsed(text: str) -> Iterator[Any]:
    """What the text is as JSON; nothing when it is none."""
    try:
        yield _usable(json.loads(text))
    except (ValueError, RecursionError):
        return


def readable(text: str) -> str:
    """``text`` as any database takes it: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def certainties(text: str, tokens: Sequence[tuple[bytes, float]]) -> dict[str, float]:
    """How probable the model held each value of the JSON object ``text``: the product over the tokens it is made of, 0 to 1, by key.

    Empty when the tokens are not those of the text.
    """
    raw = text.encode()
    if not tokens or b"".join(piece for piece, _ in tokens) != raw:
        return {}
    ends: list[int] = []
    for piece, _ in tokens:
        ends.append((ends[-1] if ends else 0) + len(piece))
    found = {}
    for key, (start, end) in _values(text).items():
        first, last = len(text[:start].encode()), len(text[:end].encode())
        sums = [logarithm for (piece, logarithm), upto in zip(tokens, ends, strict=True) if upto > first and upto - len(piece) < last]
        found[key] = math.exp(min(sum(sums), 0.0))
    return found


def _values(text: str) -> dict[str, tuple[int, int]]:
    """Where the values of a JSON object stand in its text, without the quotes around a string. Empty for what is no object."""
    decoder, found = json.JSONDecoder(), dict[str, tuple[int, int]]()
    place = text.find("{") + 1
    try:
        while place and (place := _blank(text, place)) < len(text) and text[place] == '"':
            key, place = decoder.raw_decode(text, place)
            place = _blank(text, _blank(text, place) + 1)  # the colon
            _, end = decoder.raw_decode(text, place)
            is_text = text[place] == '"'
            found[key] = (place + 1, end - 1) if is_text and end - place > 2 else (place, end)
            place = _blank(text, end) + 1  # the comma
    except (ValueError, IndexError):
        return {}
    return found


def _blank(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _tokens(content: object) -> tuple[tuple[bytes, float], ...]:
    if not isinstance(content, list):
        return ()
    found = []
    for one in content:
        piece, token, logarithm = (_mapping(one).get(name) for name in ("bytes", "token", "logprob"))
        if not isinstance(logarithm, int | float) or isinstance(logarithm, bool) or not math.isfinite(logarithm):
            return ()
        if isinstance(piece, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in piece):
            found.append((bytes(piece), float(logarithm)))
        elif isinstance(token, str):
            found.append((token.encode("utf-8", "replace"), float(logarithm)))
        else:
            return ()
    return tuple(found)


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
