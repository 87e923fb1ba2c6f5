"""Streams of the language-model adapter: cut, abandoned, slow, and asked for once more."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from ls_expert_plugin.errors import ModelAnswerCut, ModelAnswerEmpty, ModelAnswerInvalid, ModelAnswerUnfit, ModelError, ModelRefused, ModelUnavailable
from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel as Model
from tests.support.builders.llm_samples import PROMPT, Ask, Log, adapter, chat, checked_stream, every_way, stream, structured
from tests.support.fakes import openai_server as endpoint
from tests.support.fakes.openai_server import OpenAIServer as Server


def test_a_slow_reader_costs_the_endpoint_nothing(openai_server: Server, log: Log) -> None:
    """Time that a browser takes between pieces counts neither for the deadline nor in the log."""
    openai_server.script(endpoint.streams(["What ", "then?"], delay_s=0.02))
    began, reads_s = time.monotonic(), 0.55
    pieces = adapter(openai_server, log, timeout_s=0.5).stream(PROMPT)
    next(pieces)
    time.sleep(reads_s)
    assert list(pieces) == ["then?"]
    assert log.calls[0].duration_ms <= (time.monotonic() - began - reads_s) * 1000 + 1, "all of it but what the reader took"


@pytest.mark.parametrize("broken", [False, True])
def test_cut_stream(broken: bool, openai_server: Server, model: Model, log: Log) -> None:
    """Pieces that came are given out, then the error; nothing is asked again."""
    openai_server.script(endpoint.cut_off(["What ", "did"], broken=broken))
    got = []
    with pytest.raises(ModelUnavailable, match="middle of its answer"):
        for piece in model.stream(PROMPT):
            got.append(piece)
    assert got == ["What ", "did"]
    assert len(openai_server.requests) == 1
    assert [(call.attempts, call.outcome) for call in log.calls] == [(1, "model_unavailable")]


@pytest.mark.parametrize("broken", [False, True])
def test_only_the_token_count_is_missing(broken: bool, openai_server: Server, model: Model, log: Log) -> None:
    """A stream that says it is at its end is whole, whatever happens to the connection afterwards."""
    whole = b'data: {"choices": [{"delta": {"content": "Why?"}, "finish_reason": "stop"}]}\n\n'
    headers = {"Content-Type": "text/event-stream"} | ({"Content-Length": "999"} if broken else {})
    openai_server.script(endpoint.Behaviour(body=whole, headers=headers))
    assert stream(model) == "Why?"
    assert log.calls[0].outcome == "ok"


def test_abandoned_stream(openai_server: Server, model: Model, log: Log) -> None:
    """Somebody who closes the page in the middle leaves one line in the log."""
    openai_server.script(endpoint.streams(["What ", "did ", "you "] * 20, delay_s=0.01))
    pieces = model.stream(PROMPT)
    next(pieces)
    pieces.close()
    assert [call.outcome for call in log.calls] == ["abandoned"]
    assert list(pieces) == []
    assert len(log.calls) == 1


def test_a_stream_nobody_reads_is_no_call(openai_server: Server, model: Model, log: Log) -> None:
    """A stream that is thrown away unread asks nothing and logs nothing."""
    model.stream(PROMPT).close()
    assert not openai_server.requests and not log.calls


@every_way
@pytest.mark.parametrize("behaviour", [endpoint.refuses(), endpoint.says("I", finish_reason="content_filter")])
def test_a_refusal_is_no_answer(ask: Ask, behaviour: endpoint.Behaviour, openai_server: Server, model: Model, log: Log) -> None:
    """It is told apart from an answer, and not asked for again."""
    openai_server.script(behaviour)
    with pytest.raises(ModelRefused):
        ask(model)
    assert [(call.attempts, call.outcome, call.tokens_in) for call in log.calls] == [(1, ModelRefused.code, 11)]


EMPTY_OR_CUT = pytest.mark.parametrize(("behaviour", "error"), [
    (endpoint.says("What did", finish_reason="length"), ModelAnswerCut),
    (endpoint.says('{"quotes": []}', finish_reason="length"), ModelAnswerCut),
    (endpoint.says(""), ModelAnswerEmpty),
    (endpoint.says(" \n "), ModelAnswerEmpty),
])


ONCE_MORE = pytest.mark.parametrize("ask", [chat, checked_stream, structured])


@ONCE_MORE
@EMPTY_OR_CUT
def test_an_empty_or_cut_answer_is_asked_for_once_more(
    ask: Ask, behaviour: endpoint.Behaviour, error: type[ModelError], openai_server: Server, model: Model, log: Log
) -> None:
    """The second one counts, and both are paid for."""
    openai_server.script(behaviour)
    assert ask(model)
    assert [(call.attempts, call.outcome, call.tokens_in, call.tokens_out) for call in log.calls] == [(2, "ok", 22, 14)]


@ONCE_MORE
@EMPTY_OR_CUT
def test_empty_or_cut_twice_is_recorded_as_such(
    ask: Ask, behaviour: endpoint.Behaviour, error: type[ModelError], openai_server: Server, model: Model, log: Log
) -> None:
    """It is never taken for an answer, not even where what there is could be read as one."""
    openai_server.reply_with(behaviour)
    with pytest.raises(error):
        ask(model)
    assert [(call.attempts, call.outcome, call.tokens_in) for call in log.calls] == [(2, error.code, 22)]


@EMPTY_OR_CUT
def test_a_stream_that_was_given_out_is_not_asked_for_again(
    behaviour: endpoint.Behaviour, error: type[ModelError], openai_server: Server, model: Model, log: Log
) -> None:
    """Somebody has read its pieces."""
    openai_server.script(behaviour)
    with pytest.raises(error):
        stream(model)
    assert [(call.attempts, call.outcome) for call in log.calls] == [(1, error.code)]


def test_nothing_is_given_out_before_it_has_passed(openai_server: Server, model: Model, log: Log) -> None:
    """While it is written there are signs of life; then the whole text, once it passed."""
    openai_server.script(endpoint.streams(["What ", "did you ", "do?"]))
    seen: list[str] = []
    prompt = replace(PROMPT, check=lambda text: seen.append(text))
    assert list(model.stream(prompt)) == ["", "", "", "What did you do?"] and seen == ["What did you do?"]
    assert [call.outcome for call in log.calls] == ["ok"]


@pytest.mark.parametrize("ask", [lambda model, prompt: list(model.stream(prompt)), lambda model, prompt: model.chat(prompt)])
def test_why_a_text_did_not_pass_is_in_the_log_and_the_text_nowhere(ask: Any, openai_server: Server, model: Model, log: Log) -> None:
    """The reason, in the caller's word, cut to what the log holds; not a word of the text, not in the error either."""
    openai_server.script(endpoint.says("I treat burns, like you."))
    with pytest.raises(ModelAnswerUnfit) as told:
        ask(model, replace(PROMPT, check=lambda text: "no_question" + "n" * 99))
    assert "burns" not in told.value.message
    [call] = log.calls
    assert call.outcome.startswith("unfit_no_question") and len(call.outcome) == 32


def test_an_endpoint_that_knows_no_limit_is_hung_up_on(openai_server: Server, model: Model) -> None:
    """A text far beyond the tokens asked for is not read to its end."""
    openai_server.script(endpoint.streams(["word " * 1000] * 100))
    with pytest.raises(ModelAnswerInvalid, match="far more"):
        list(model.stream(replace(PROMPT, max_tokens=300, check=lambda text: None)))
