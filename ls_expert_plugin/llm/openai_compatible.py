"""The language model behind any OpenAI-compatible endpoint, through the ``openai`` library (1.60 up to 3).

The library brings connections, addresses and sign-in. Ours are the retries, the deadline and the reading of
the answer: bytes are read as they arrive, so that one deadline holds for all attempts, and for an endpoint
that only keeps alive. (It is looked at when bytes arrive: an answer that stalls late may take twice as long.)

An endpoint that rejects one of three parameters by name (400) is asked without it from then on: newer OpenAI
models want ``max_completion_tokens`` where others know only ``max_tokens``; not every endpoint knows
``stream_options``, and not every model tells ``logprobs``. For structured output see ``response_format.py``.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import logging
import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

import openai
from jsonschema import Draft202012Validator

from ls_expert_plugin.errors import ModelAnswerCut, ModelAnswerEmpty, ModelAnswerInvalid, ModelAnswerUnfit, ModelError, ModelUnavailable
from ls_expert_plugin.llm import error_mapping, response_format, response_parsing
from ls_expert_plugin.llm.port import CallLog, Message, ModelCall, Prompt

logger = logging.getLogger(__name__)

# What the library sends through: httpx up to openai 2, httpx2 from 3. It wraps neither while a body is read.
_HTTP = tuple(import_module(name) for name in ("httpx", "httpx2") if find_spec(name))
_TOO_SLOW = (TimeoutError, openai.APITimeoutError, *(http.TimeoutException for http in _HTTP))
# No token is longer on average: a text beyond it comes from an endpoint that knows no limit.
_MAX_CHARS_PER_TOKEN = 8
_BROKEN = (ConnectionError, openai.APIConnectionError, *(http.HTTPError for http in _HTTP))


@dataclass
class _Call:
    """One call while it goes on. ``held_s``: what a stream's consumer took between pieces, not our wait."""

    started_s: float
    attempts: int = 0
    held_s: float = 0.0
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens: tuple[tuple[bytes, float], ...] = ()
    asked_once_more: bool = False
    _before: tuple[int | None, int | None] = (None, None)

    def begin_attempt(self) -> None:
        """What the last attempt cost is spent, whatever became of it."""
        self.attempts += 1
        self._before, self.tokens = (self.tokens_in, self.tokens_out), ()

    def passed_s(self) -> float:
        return time.monotonic() - self.started_s - self.held_s

    def count(self, reply: response_parsing.Reply) -> None:
        tokens_in, tokens_out = self._before  # within an attempt the last number counts: some endpoints send it with each piece
        if reply.tokens_in is not None:
            self.tokens_in = (tokens_in or 0) + reply.tokens_in
        if reply.tokens_out is not None:
            self.tokens_out = (tokens_out or 0) + reply.tokens_out
        self.tokens = reply.tokens


OUTCOME_MAX_CHARS = 32  # in the call log
_Read = Callable[[_Call, Iterator[bytes]], Iterator[str]]


class OpenAICompatibleModel:
    """``LanguageModel`` over HTTP. May be shared by threads. ``base_url`` None: the library's own default.

    ``timeout_s`` bounds a call with its retries; ``first_pause_s`` is the first pause before asking again. ``forms``: what is known of the
    forms of structured output that endpoints take; share one where there are several adapters.
    """

    def __init__(
        self, name: str, *, api_key: str, base_url: str | None, timeout_s: float, log: CallLog,
        first_pause_s: float = error_mapping.FIRST_PAUSE_S, forms: response_format.FormMemory | None = None,
    ) -> None:
        self.name = name
        self._forms = forms or response_format.FormMemory()
        self._timeout_s, self._log, self._first_pause_s = timeout_s, log, first_pause_s
        self._client = openai.OpenAI(api_key=api_key, base_url=base_url, max_retries=0)
        address = urlsplit(str(self._client.base_url))
        # Host and port only: an address may hold a password.
        self._where = f"{address.hostname}:{address.port}" if address.port else str(address.hostname)
        self._limit_name = "max_tokens"
        self._usage_in_streams = True
        self._tells_probabilities = True

    def chat(self, prompt: Prompt) -> str:
        """Free text in reply to a prompt, as the port says."""
        with self._logged(prompt) as call:
            return _checked(prompt, _last(self._answer(call, prompt, {}, _whole)).strip())

    def stream(self, prompt: Prompt) -> Generator[str, None, None]:
        """See the port. Asks when the first piece is wanted; without a check, not again once it was given out.

        Close it when you stop early: that hangs up on the endpoint and writes the call down.
        """
        with self._logged(prompt) as call:
            if prompt.check is None:
                yield from self._attempts(call, prompt, {"stream": True}, _pieces)
                return
            text = yield from self._answer(call, prompt, {"stream": True}, _pieces)
            yield _checked(prompt, text.strip())

    def structured(self, prompt: Prompt, schema: Mapping[str, Any]) -> dict[str, Any]:
        """See the port. Write ``schema`` as strict mode wants it: no additional properties, and all required.

        One that is no schema raises ``jsonschema.SchemaError`` before anything is sent: the caller's mistake.
        """
        return self._object(prompt, schema, {})[0]

    def weighed(self, prompt: Prompt, schema: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
        """See the port. Endpoints that do not know ``logprobs`` are asked without from then on."""
        return self._object(prompt, schema, {"logprobs": True})

    def form(self) -> response_format.Form:
        """The form of structured output that this endpoint is asked for with this model, as far as is known by now."""
        return self._forms.of(str(self._client.base_url), self.name)

    def _object(self, prompt: Prompt, schema: Mapping[str, Any], more: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, float]]:
        """Down the ladder of forms, until an answer fits ``schema`` or there is no form left."""
        _check_schema(json.dumps(schema, sort_keys=True))
        with self._logged(prompt) as call:
            form = self.form()
            while True:
                asked = replace(prompt, messages=response_format.messages(form, prompt.messages, schema))
                try:
                    text = _last(self._answer(call, asked, {**response_format.fields(form, schema), **more}, _whole))
                    if self._forms.learn(str(self._client.base_url), self.name, form):
                        logger.info("%s with model %s is asked for structured output by %s from now on.", self._where, self.name, form)
                    return response_parsing.object_in(text, schema), response_parsing.certainties(text, call.tokens)
                except (ModelAnswerEmpty, ModelAnswerCut):
                    raise
                except (response_parsing.FormRefused, ModelAnswerInvalid):
                    # An endpoint that holds a form never answers with what does not fit it: so it does not.
                    lower = response_format.below(form)
                    if lower is None:
                        raise
                    form = lower

    def _answer(self, call: _Call, prompt: Prompt, extra: Mapping[str, Any], read: _Read) -> Generator[str, None, str]:
        """The whole text; nothing but empty pieces until it is there. An empty or cut one is asked for once more in each call."""
        while True:
            pieces: list[str] = []
            left = prompt.max_tokens * _MAX_CHARS_PER_TOKEN
            try:
                with closing(self._attempts(call, prompt, extra, read)) as given:
                    for piece in given:
                        pieces.append(piece)
                        left -= len(piece)
                        if left < 0:
                            raise ModelAnswerInvalid("The language model wrote far more than was asked for.")
                        yield ""
                return "".join(pieces)
            except (ModelAnswerEmpty, ModelAnswerCut):
                if call.asked_once_more:
                    raise
                call.asked_once_more = True

    def _attempts(self, call: _Call, prompt: Prompt, extra: Mapping[str, Any], read: _Read) -> Generator[str, None, None]:
        """What ``read`` makes of the answer; asks again where that may help. Raises ``ModelError``."""
        failed = 0
        given_out = False
        while True:
            call.begin_attempt()
            request = self._request(prompt, extra)
            asked_for_s = None
            try:
                timeout_s = max(0.001, self._timeout_s - call.passed_s())
                completions = self._client.chat.completions.with_streaming_response
                # As it is: the library would look through all of it for names to rewrite, which takes longer than sending it.
                with completions.create(model=self.name, messages=(), extra_body=request, timeout=timeout_s) as response:
                    for text in read(call, self._in_time(call, response.iter_bytes())):
                        given_out, handed_s = True, time.monotonic()
                        try:
                            yield text
                        finally:
                            call.held_s += time.monotonic() - handed_s
                return
            except _TOO_SLOW:
                raise ModelUnavailable(
                    f"{self._where} did not answer within {self._timeout_s:g} s. "
                    "LS_EXPERT_LLM_TIMEOUT_S says how long we wait."
                ) from None
            except openai.APIStatusError as problem:
                if problem.status_code in (400, 422) and self._adapts(request, problem):
                    continue
                message = self._sentence(problem)
                if "response_format" in request and response_format.refuses(problem.status_code, f"{problem.message} {problem.body}"):
                    raise response_parsing.FormRefused(message) from None
                if not error_mapping.passing(problem.status_code, problem.code):
                    raise ModelUnavailable(message) from None
                header = problem.response.headers.get("retry-after")
                asked_for_s = error_mapping.retry_after_s(header, dt.datetime.now(dt.timezone.utc))
            except _BROKEN as problem:
                if given_out:
                    raise ModelUnavailable(f"{self._where} broke off in the middle of its answer.") from None
                kind = type(problem.__cause__ or problem).__name__
                message = (
                    f"{self._where} cannot be reached, or breaks off ({kind}). "
                    "Check OPENAI_BASE_URL and the network."
                )
            failed += 1
            pause_s = error_mapping.pause_s(failed, asked_for_s, random.random(), self._first_pause_s)  # noqa: S311  # no secret
            if failed == error_mapping.MAX_ATTEMPTS or pause_s >= self._timeout_s - call.passed_s():
                raise ModelUnavailable(message)
            logger.warning("%s Asking again in %.1f s.", message, pause_s)
            time.sleep(pause_s)

    def _request(self, prompt: Prompt, extra: Mapping[str, Any]) -> dict[str, Any]:
        messages = [{"role": m.role, "content": _content(m)} for m in prompt.messages]
        request = {"model": self.name, "messages": messages, self._limit_name: prompt.max_tokens, **extra}
        if "stream" in extra and self._usage_in_streams:
            request["stream_options"] = {"include_usage": True}
        if not self._tells_probabilities:
            request.pop("logprobs", None)
        return request

    def _adapts(self, request: Mapping[str, Any], problem: openai.APIStatusError) -> bool:
        """True: the endpoint named a parameter we can do without, and from now on we do."""
        told = f"{problem.message} {problem.body}"
        if "max_tokens" in request and "max_completion_tokens" in told:
            self._limit_name = "max_completion_tokens"
        elif "stream_options" in request and "stream_options" in told:
            self._usage_in_streams = False
        elif "logprobs" in request and "logprobs" in told:
            self._tells_probabilities = False
        else:
            return False
        return True

    def _sentence(self, problem: openai.APIStatusError) -> str:
        return error_mapping.sentence(problem.status_code, problem.code, problem.param, where=self._where, model=self.name)

    def _in_time(self, call: _Call, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """``chunks`` until the time is up. Raises ``TimeoutError``."""
        for chunk in chunks:
            if call.passed_s() > self._timeout_s:
                raise TimeoutError
            yield chunk

    @contextmanager
    def _logged(self, prompt: Prompt) -> Iterator[_Call]:
        """Writes the call down once, however it ends: "abandoned" when a stream's consumer stops early."""
        call = _Call(time.monotonic())
        outcome = "error"
        try:
            yield call
            outcome = "ok"
        except ModelError as problem:
            outcome = f"unfit_{problem.reason}"[:OUTCOME_MAX_CHARS] if isinstance(problem, ModelAnswerUnfit) else problem.code
            raise
        except GeneratorExit:
            outcome = "abandoned"
            raise
        finally:
            said = json.dumps([[m.role, m.content, *(hashlib.sha256(one.content).hexdigest() for one in m.pictures)] for m in prompt.messages])
            self._log.record(ModelCall(
                purpose=prompt.purpose, model=self.name, prompt_version=prompt.version,
                prompt_sha256=hashlib.sha256(said.encode()).hexdigest(),
                tokens_in=call.tokens_in, tokens_out=call.tokens_out,
                duration_ms=round(call.passed_s() * 1000), attempts=call.attempts, outcome=outcome,
                subject=prompt.subject,
            ))


def _last(pieces: Generator[str, None, str]) -> str:
    """What a generator returns at its end."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return str(end.value)


def _checked(prompt: Prompt, text: str) -> str:
    """``text``, if it passes. Raises ``ModelAnswerUnfit``, which does not hold it."""
    reason = prompt.check(text) if prompt.check else None
    if reason is not None:
        raise ModelAnswerUnfit(f"What the language model wrote cannot be used ({reason}).", reason)
    return text


def _content(message: Message) -> str | list[dict[str, Any]]:
    text = response_parsing.readable(message.content)
    if not message.pictures:
        return text
    shown = [f"data:{one.media_type};base64,{base64.b64encode(one.content).decode()}" for one in message.pictures]
    return [{"type": "text", "text": text}, *({"type": "image_url", "image_url": {"url": url}} for url in shown)]


@lru_cache(maxsize=256)
def _check_schema(schema: str) -> None:
    """Once for each schema: it takes longer than everything else that is done for a call."""
    Draft202012Validator.check_schema(json.loads(schema))


def _whole(call: _Call, chunks: Iterator[bytes]) -> Iterator[str]:
    """The one text of an answer that comes in one body."""
    reply = response_parsing.read(b"".join(chunks), "message")
    call.count(reply)
    response_parsing.check_ending(reply.finish_reason, refused=reply.refused, any_text=bool(reply.text.strip()))
    yield reply.text


def _pieces(call: _Call, chunks: Iterator[bytes]) -> Iterator[str]:
    """The texts of a streamed answer. Raises ``ConnectionError`` when it ends without saying so."""
    any_text = refused = done = False
    finish_reason = None
    try:
        for data in response_parsing.events(chunks):
            if data == response_parsing.STREAM_END:
                done = True
                break
            reply = response_parsing.read(data, "delta")
            call.count(reply)
            refused = refused or reply.refused
            finish_reason = reply.finish_reason or finish_reason
            if reply.text:
                any_text = any_text or bool(reply.text.strip())
                yield reply.text
    except (*_TOO_SLOW, *_BROKEN):
        if finish_reason is None:  # otherwise only the count of tokens is missing
            raise
    if not done and finish_reason is None:
        raise ConnectionError
    response_parsing.check_ending(finish_reason, refused=refused, any_text=any_text)
