"""The language-model adapter against a real OpenAI-compatible server on loopback."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import replace

import pytest

from ls_expert_plugin.errors import ModelAnswerInvalid, ModelUnavailable
from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel as Model
from ls_expert_plugin.llm.port import Message, Picture, Prompt
from tests.support.builders.llm_samples import KEY, PROMPT, SCHEMA, Ask, Log, adapter, chat, every_way, stream, structured
from tests.support.fakes import openai_server as endpoint
from tests.support.fakes.openai_server import Answer
from tests.support.fakes.openai_server import OpenAIServer as Server


def test_chat_gives_the_text(openai_server: Server, model: Model, log: Log) -> None:
    """The answer comes back stripped, the endpoint got the prompt and the key, and the call is in the log."""
    openai_server.script(endpoint.says("  What did you do first?\n"))
    assert model.chat(PROMPT) == "What did you do first?"
    [asked] = openai_server.requests
    assert asked.authorization == f"Bearer {KEY}"
    assert asked.json == {
        "model": "test-model",
        "messages": [{"role": "system", "content": "Ask."}, {"role": "user", "content": "I treat burns."}],
        "max_tokens": 800,
    }
    [call] = log.calls
    assert (call.purpose, call.model, call.prompt_version) == ("interview.ask", "test-model", "ask.v1")
    assert (call.tokens_in, call.tokens_out, call.attempts, call.outcome) == (11, 7, 1, "ok")
    assert len(call.prompt_sha256) == 64 and 0 <= call.duration_ms < 5000


def test_another_prompt_has_another_hash(model: Model, log: Log) -> None:
    """Two calls can be told apart in the log by what was sent, although no text is kept."""
    turned = Prompt(PROMPT.purpose, PROMPT.version, PROMPT.messages[::-1])
    for prompt in (PROMPT, PROMPT, turned):
        model.chat(prompt)
    first, again, other = (call.prompt_sha256 for call in log.calls)
    assert first == again != other


def test_stream_comes_in_pieces(openai_server: Server, model: Model, log: Log) -> None:
    """The first piece is there long before the answer is whole."""
    first_is_there = threading.Event()
    openai_server.script(endpoint.streams(["What ", "did you ", "do?"], until=first_is_there))
    pieces = model.stream(PROMPT)
    assert not openai_server.requests, "nothing is asked before somebody wants the first piece"
    assert next(pieces) == "What ", "while the endpoint has not said the rest"
    first_is_there.set()
    assert list(pieces) == ["did you ", "do?"]
    assert openai_server.requests[0].json["stream"] is True
    assert [(c.outcome, c.tokens_in, c.tokens_out, c.attempts) for c in log.calls] == [("ok", 11, 7, 1)]


def test_structured_gives_the_object(openai_server: Server, model: Model) -> None:
    """The schema is sent in strict mode, and the object comes back as it was."""
    openai_server.script(endpoint.gives({"quotes": ["Erst kühlen, 20 °C."]}))
    assert model.structured(PROMPT, SCHEMA) == {"quotes": ["Erst kühlen, 20 °C."]}
    wanted = {"name": "answer", "strict": True, "schema": SCHEMA}
    assert openai_server.requests[0].json["response_format"] == {"type": "json_schema", "json_schema": wanted}


@every_way
def test_talkative_server_pleases_every_way_of_asking(ask: Ask, model: Model, log: Log) -> None:
    """The server we try things with by hand answers whatever we ask."""
    assert ask(model)
    assert log.calls[0].outcome == "ok"


def test_tokens_that_nobody_told_stay_unknown(openai_server: Server, log: Log) -> None:
    """An endpoint without a token count leaves the log without one, and not with a zero."""
    openai_server.reply_with(endpoint.says("Why?", usage=None))
    chat(adapter(openai_server, log))
    stream(adapter(openai_server, log))
    assert [(call.tokens_in, call.tokens_out) for call in log.calls] == [(None, None)] * 2


@every_way
def test_odd_characters_harm_nobody(ask: Ask, openai_server: Server, model: Model) -> None:
    """NUL and half characters reach neither the endpoint nor our database; line separators are kept."""
    odd = Prompt("x", "x.v1", (Message("user", "half \ud83d"),))
    if ask is structured:
        openai_server.script(endpoint.gives({"quotes": ["a\0b\ud83dc\u2028d"]}))
        assert model.structured(odd, SCHEMA) == {"quotes": ["ab?c\u2028d"]}
    else:
        openai_server.script(endpoint.streams(["a\0b", "c\u2028d"]))
        assert (model.chat(odd) if ask is chat else "".join(model.stream(odd))) == "abc\u2028d"
    assert openai_server.requests[0].json["messages"][0]["content"] == "half ?"


@pytest.mark.parametrize(("ask", "status"), [(chat, 429), (stream, 500), (structured, 502), (chat, 503)])
def test_a_failure_that_passes_is_not_noticed(
    ask: Ask, status: int, openai_server: Server, model: Model, log: Log
) -> None:
    """Two failures in a row cost a moment; the third attempt answers."""
    openai_server.script(endpoint.fails(status), endpoint.fails(status))
    assert ask(model)
    assert [(call.attempts, call.outcome) for call in log.calls] == [(3, "ok")]


@every_way
def test_after_three_failures_we_give_up(ask: Ask, openai_server: Server, model: Model, log: Log) -> None:
    """An endpoint that stays broken is asked three times, and the log knows."""
    openai_server.reply_with(endpoint.fails(503))
    with pytest.raises(ModelUnavailable, match="503"):
        ask(model)
    assert len(openai_server.requests) == 3
    assert [(call.attempts, call.outcome) for call in log.calls] == [(3, "model_unavailable")]


def test_we_wait_as_long_as_asked_to(openai_server: Server, model: Model) -> None:
    """Retry-After is kept, although our own pause would be shorter."""
    openai_server.script(endpoint.too_many(retry_after="0.15"))
    model.chat(PROMPT)
    first, second = (asked.at_s for asked in openai_server.requests)
    assert second - first >= 0.15


def test_we_do_not_wait_for_longer_than_allowed(openai_server: Server, model: Model) -> None:
    """Told to come back in an hour, we say so at once."""
    openai_server.script(endpoint.too_many(retry_after="3600"))
    with pytest.raises(ModelUnavailable, match="how often"):
        model.chat(PROMPT)
    assert len(openai_server.requests) == 1


def test_used_up_quota_is_not_asked_again(openai_server: Server, model: Model) -> None:
    """A 429 that only money helps against fails at once."""
    openai_server.script(endpoint.fails(429, code="insufficient_quota"))
    with pytest.raises(ModelUnavailable, match="quota"):
        model.chat(PROMPT)
    assert len(openai_server.requests) == 1


@every_way
def test_broken_connection_is_tried_again(ask: Ask, openai_server: Server, model: Model, log: Log) -> None:
    """A connection that breaks before anything was said costs an attempt and nothing else."""
    openai_server.script(endpoint.cut_off([], broken=True))
    assert ask(model)
    assert log.calls[0].attempts == 2


def test_nobody_there(log: Log) -> None:
    """With nothing listening, the error names the place and the setting."""
    with endpoint.running_server() as server:
        model = adapter(server, log)
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:\d+ cannot be reached.*OPENAI_BASE_URL"):
        model.chat(PROMPT)
    assert (log.calls[0].attempts, log.calls[0].outcome) == (3, "model_unavailable")


def test_a_password_in_the_address_is_never_said(log: Log) -> None:
    """Some endpoints have one there; the error names host and port alone."""
    model = Model("test-model", api_key=KEY, base_url="http://somebody:their-password@127.0.0.1:1/v1", timeout_s=5.0, log=log, first_pause_s=0.01)
    with pytest.raises(ModelUnavailable, match=r"127\.0\.0\.1:1 cannot be reached") as problem:
        model.chat(PROMPT)
    assert "their-password" not in str(problem.value) and "somebody" not in str(problem.value)


@every_way
@pytest.mark.parametrize(("status", "hint"), [
    (400, "refused the request"), (401, "API_KEY"), (403, "API_KEY"), (404, "ends in /v1"), (504, "504"),
])
def test_lasting_failure_says_what_to_check(
    ask: Ask, status: int, hint: str, openai_server: Server, model: Model, log: Log
) -> None:
    """One attempt, one sentence that helps, and in it neither the key nor anything that was said."""
    openai_server.script(endpoint.fails(status, f"Bad key {KEY} in: I treat burns.", code=7, param=["burns"]))
    with pytest.raises(ModelUnavailable, match=hint) as told:
        ask(model)
    assert KEY not in told.value.message and "burns" not in told.value.message
    assert [(call.attempts, call.outcome) for call in log.calls] == [(1, "model_unavailable")]


def test_unknown_parameter_is_named(openai_server: Server, model: Model) -> None:
    """A 400 that names its reason in a word passes the word on."""
    openai_server.script(endpoint.fails(400, code="context_length_exceeded", param="messages"))
    with pytest.raises(ModelUnavailable, match="code context_length_exceeded, parameter messages"):
        model.chat(PROMPT)


def test_newer_models_call_the_limit_otherwise(openai_server: Server, log: Log) -> None:
    """A model that wants max_completion_tokens gets it, and from then on at once."""
    model = adapter(openai_server, log)
    told = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    openai_server.script(endpoint.fails(400, told, code="unsupported_parameter", param="max_tokens"))
    model.chat(PROMPT)
    model.chat(PROMPT)
    limits = [{name for name in asked.json if name.startswith("max")} for asked in openai_server.requests]
    assert limits == [{"max_tokens"}, {"max_completion_tokens"}, {"max_completion_tokens"}]


def test_endpoint_that_counts_no_tokens_in_streams(openai_server: Server, log: Log) -> None:
    """An endpoint that rejects stream_options streams without them."""
    openai_server.script(endpoint.fails(422, "Not permitted: stream_options"), endpoint.says("Why?"))
    assert stream(adapter(openai_server, log)) == "Why?"
    assert "stream_options" not in openai_server.requests[1].json
    assert (log.calls[0].tokens_in, log.calls[0].attempts) == (None, 2)


def test_probabilities_are_asked_for_until_an_endpoint_does_not_know_them(openai_server: Server, log: Log) -> None:
    """Then without, from then on; where they are told, they are those of the values."""
    content = [{"token": token, "logprob": math.log(share)} for token, share in (('{"quotes":', 0.5), ('["a"', 0.5), ("]", 0.8), ("}", 0.5))]
    told = {"choices": [{"message": {"content": '{"quotes":["a"]}'}, "finish_reason": "stop", "logprobs": {"content": content}}]}
    openai_server.script(
        endpoint.raw(json.dumps(told).encode()), endpoint.fails(400, "logprobs is not supported with this model."), endpoint.gives({"quotes": []}),
        endpoint.gives({"quotes": []}),
    )
    model = adapter(openai_server, log)
    value, sure = model.weighed(PROMPT, SCHEMA)
    assert value == {"quotes": ["a"]} and sure == {"quotes": pytest.approx(0.4)}
    assert model.weighed(PROMPT, SCHEMA) == ({"quotes": []}, {}) == model.weighed(PROMPT, SCHEMA)
    assert ["logprobs" in one.json for one in openai_server.requests] == [True, True, False, False]
    assert model.structured(PROMPT, SCHEMA) and "logprobs" not in openai_server.requests[-1].json


def test_pictures_go_along_as_parts_of_the_message(openai_server: Server, log: Log) -> None:
    """As data, beside the text; a prompt with another picture is another prompt in the log."""
    model = adapter(openai_server, log)
    for content in (b"one", b"two"):
        model.chat(replace(PROMPT, messages=[Message("user", "Look.", (Picture("image/png", content),))]))
    (text, picture) = openai_server.requests[-1].json["messages"][0]["content"]
    assert text == {"type": "text", "text": "Look."} and picture == {"type": "image_url", "image_url": {"url": "data:image/png;base64,dHdv"}}
    assert log.calls[0].prompt_sha256 != log.calls[1].prompt_sha256


@every_way
@pytest.mark.parametrize("body", [
    b"<html>Sign in</html>", b"data: <html>\n\n", b"[]", b'{"error": {"message": "x"}}',
    b'data: {"error": {"message": "x"}}\n\n',
])
def test_something_else_at_the_address(ask: Ask, body: bytes, openai_server: Server, model: Model) -> None:
    """A sign-in page or an error in place of an answer is no answer."""
    openai_server.reply_with(endpoint.raw(body))
    with pytest.raises(ModelUnavailable):
        ask(model)


@every_way
@pytest.mark.parametrize("silence", [endpoint.hangs(), endpoint.keeps_alive()])
def test_a_silent_endpoint_is_waited_for_no_longer_than_allowed(
    ask: Ask, silence: endpoint.Behaviour, openai_server: Server, log: Log
) -> None:
    """Silence ends in time, with the setting that allows more; so does being kept waiting with blanks."""
    openai_server.reply_with(silence)
    with pytest.raises(ModelUnavailable, match="LS_EXPERT_LLM_TIMEOUT_S"):
        ask(adapter(openai_server, log, timeout_s=0.05))
    assert [(call.attempts, call.outcome) for call in log.calls] == [(1, "model_unavailable")]


def test_retries_share_the_time_allowed(openai_server: Server, log: Log) -> None:
    """After a failure and a pause the next attempt has what is left, and where nothing is left there is none."""
    waits = adapter(openai_server, log, timeout_s=0.8)
    openai_server.script(endpoint.too_many(retry_after="0.3"), endpoint.hangs())
    with pytest.raises(ModelUnavailable, match="within"):
        waits.chat(PROMPT)
    first, second = (asked.read_timeout_s for asked in openai_server.requests)
    assert log.calls[0].attempts == 2
    # The older versions of the library that we allow do not tell how long they wait.
    assert first is None or second is None or (first <= 0.8 and second <= 0.5)
    openai_server.forget()
    openai_server.script(endpoint.too_many(retry_after="0.5"), endpoint.too_many(retry_after="0.5"))  # a third attempt would be answered
    with pytest.raises(ModelUnavailable, match="how often"):
        waits.chat(PROMPT)
    assert len(openai_server.requests) < 3


@pytest.mark.parametrize("sent", [
    endpoint.prose(), endpoint.truncated_json(), endpoint.extra_fields, endpoint.gives([]),
    endpoint.gives("a"), endpoint.gives({}),
    endpoint.gives({"quotes": "I treat burns."}), endpoint.gives({"quotes": [1]}),
    endpoint.says('```json\n{"quotes": []}\n```\n```json\n{"quotes": ["a"]}\n```'), endpoint.says('{"quotes": []} {"quotes": []}'),
    endpoint.says('```\n{"quotes": ["I treat'), endpoint.says("[" * 100_000),
])
def test_an_answer_that_does_not_fit(sent: Answer, openai_server: Server, model: Model, log: Log) -> None:
    """Prose, cut JSON, fields too many or too few and wrong types never reach the caller, not even quoted, in whichever form they were asked for."""
    openai_server.reply_with(sent)
    with pytest.raises(ModelAnswerInvalid) as told:
        model.structured(PROMPT, SCHEMA)
    assert "burns" not in told.value.message and "hire" not in told.value.message
    assert [call.outcome for call in log.calls] == ["model_answer_invalid"]


@pytest.mark.parametrize("said", [
    '```json\n{"quotes": ["a"]}\n```', '```\n{"quotes": ["a"]}\n```', 'Sure! Here it is:\n```json\n{"quotes": ["a"]}\n```\nAnything else?',
    '```json\n{"quotes": ["a"]}', 'Here is the object: {"quotes": ["a"]}', '<think>Which {"quotes"}?</think>\n\n{"quotes": ["a"]}', '\ufeff{"quotes": ["a"]}',
])
def test_a_fenced_answer_is_an_answer(said: str, openai_server: Server, model: Model) -> None:
    """In a block, after a word, behind a thought: one object, and it fits."""
    openai_server.script(endpoint.says(said))
    assert model.structured(PROMPT, SCHEMA) == {"quotes": ["a"]} and len(openai_server.requests) == 1


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_none(number: str, openai_server: Server, model: Model) -> None:
    """NaN and infinity are refused, although Python would read them."""
    openai_server.reply_with(endpoint.says(f'{{"score": {number}}}'))
    schema = {"type": "object", "properties": {"score": {"type": "number"}}}
    with pytest.raises(ModelAnswerInvalid):
        model.structured(PROMPT, schema)


def test_threads_share_a_model(openai_server: Server, model: Model, log: Log) -> None:
    """Eight interviews at once each get their own answer."""
    openai_server.reply_with(lambda request: endpoint.says(str(request["messages"][0]["content"])))
    got: dict[str, str] = {}

    def one(text: str) -> None:
        got[text] = model.chat(Prompt("x", "x.v1", (Message("user", text),)))

    threads = [threading.Thread(target=one, args=(f"number {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == {f"number {n}": f"number {n}" for n in range(8)}
    assert len(log.calls) == 8
