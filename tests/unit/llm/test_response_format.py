"""The forms of structured output, on endpoints that know all, one or none of them, over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ls_expert_plugin.errors import ModelAnswerInvalid, ModelUnavailable
from ls_expert_plugin.llm.port import Message, Prompt
from ls_expert_plugin.llm.response_format import FORMS, FormMemory, messages, refuses
from tests.support.builders.llm_samples import PROMPT, SCHEMA, Log, adapter
from tests.support.fakes import openai_server as endpoint
from tests.support.fakes.openai_server import OpenAIServer as Server

Answer = Callable[[dict[str, Any]], endpoint.Behaviour]
GIVEN = {"quotes": ["a"]}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for this file."""
    with endpoint.running_server() as running:
        yield running


@pytest.fixture
def openai_server(server: Server) -> Server:
    """The server, as if just started."""
    server.forget()
    return server


def _forms(server: Server) -> list[str]:
    return [(one.json.get("response_format") or {"type": "prompt"})["type"] for one in server.requests]


ENDPOINTS: dict[str, tuple[Answer, list[str]]] = {
    "knows json_schema": (lambda request: endpoint.gives(GIVEN), ["json_schema"]),
    "llama-cpp-python": (endpoint.like_llama_cpp_python(endpoint.gives(GIVEN)), ["json_schema", "json_object"]),
    **{
        f"refuses any with {status}": (endpoint.without_response_format(status, then=endpoint.gives(GIVEN)), list(FORMS))
        for status in (400, 404, 415, 422, 500, 501)
    },
    "refuses any in an answer": (endpoint.without_response_format(200, then=endpoint.gives(GIVEN)), list(FORMS)),
    "ignores any": (endpoint.ignoring_response_format(endpoint.gives(GIVEN)), list(FORMS)),
    "gives other objects": (lambda request: endpoint.gives(GIVEN if "response_format" not in request else {"answer": "yes"}), list(FORMS)),
}


@pytest.mark.parametrize("kind", ENDPOINTS)
def test_whatever_an_endpoint_takes_the_object_comes(kind: str, openai_server: Server) -> None:
    """In one call, and the next call begins where the first one ended; the log shows one good call each."""
    answer, forms = ENDPOINTS[kind]
    openai_server.reply_with(answer)
    log = Log()
    model = adapter(openai_server, log)
    assert model.structured(PROMPT, SCHEMA) == GIVEN
    assert _forms(openai_server) == forms and model.form() == forms[-1]
    assert model.weighed(PROMPT, SCHEMA) == (GIVEN, {})
    assert _forms(openai_server)[len(forms):] == forms[-1:]
    assert [(one.outcome, one.attempts) for one in log.calls] == [("ok", len(forms)), ("ok", 1)]


def test_where_the_schema_stands(openai_server: Server) -> None:
    """In response_format as each form has it, and at last in the instructions, while what people said stays in its own message."""
    openai_server.reply_with(endpoint.without_response_format(then=endpoint.gives(GIVEN)))
    adapter(openai_server, Log()).structured(PROMPT, SCHEMA)
    first, second, third = (one.json for one in openai_server.requests)
    assert first["response_format"]["json_schema"] == {"name": "answer", "strict": True, "schema": SCHEMA}
    assert second["response_format"] == {"type": "json_object", "schema": SCHEMA}
    assert "response_format" not in third
    system, user = third["messages"]
    assert system["content"].startswith("Ask.\n") and json.dumps(SCHEMA) in system["content"] and user == first["messages"][1]
    [only, said] = messages("prompt", [Message("user", "I treat burns.")], SCHEMA)
    assert only.role == "system" and only.content.startswith("Answer with one JSON object") and said.content == "I treat burns."


@pytest.mark.parametrize("behaviour", [
    endpoint.fails(429, "Too many with response_format"), endpoint.fails(503, "No room for json_schema"), endpoint.fails(502, "response_format"),
    endpoint.fails(500, "Out of memory"), endpoint.fails(401, "response_format"),
], ids=["rate limit", "overload", "gateway", "its own error", "key"])
def test_overload_and_faults_are_no_reason_for_another_form(behaviour: endpoint.Behaviour, openai_server: Server) -> None:
    """They are asked again as before, or not, and say nothing of what the endpoint takes."""
    openai_server.reply_with(behaviour)
    model = adapter(openai_server, Log())
    with pytest.raises(ModelUnavailable):
        model.structured(PROMPT, SCHEMA)
    assert set(_forms(openai_server)) == {"json_schema"} and model.form() == "json_schema"


def test_a_time_out_is_no_reason_for_another_form(openai_server: Server) -> None:
    """Somebody slow is not somebody who does not know."""
    openai_server.reply_with(endpoint.hangs())
    model = adapter(openai_server, Log(), timeout_s=0.2)
    with pytest.raises(ModelUnavailable, match="within"):
        model.structured(PROMPT, SCHEMA)
    assert _forms(openai_server) == ["json_schema"] and model.form() == "json_schema"


def test_an_error_that_only_quotes_the_request_changes_nothing(openai_server: Server) -> None:
    """It is there in every form, so nothing is remembered, and its sentence is told."""
    openai_server.reply_with(lambda request: endpoint.fails(400, f"Too long: {json.dumps(request)}", code="context_length_exceeded"))
    model = adapter(openai_server, Log())
    with pytest.raises(ModelUnavailable, match="context_length_exceeded"):
        model.structured(PROMPT, SCHEMA)
    assert model.form() == "json_schema"


@pytest.mark.parametrize("given", [{"quotes": [1]}, {"quotes": ["a"], "verdict": "hire"}, {}])
@pytest.mark.parametrize("known", [endpoint.like_llama_cpp_python, endpoint.without_response_format])
def test_every_form_is_validated_alike(known: Callable[..., Answer], given: dict[str, Any], openai_server: Server) -> None:
    """A field too many, too few or of another type is no answer, however it was asked for."""
    openai_server.reply_with(known(then=endpoint.gives(given)))
    log = Log()
    with pytest.raises(ModelAnswerInvalid, match="schema"):
        adapter(openai_server, log).structured(PROMPT, SCHEMA)
    assert [one.outcome for one in log.calls] == ["model_answer_invalid"]


@pytest.mark.parametrize("behaviour", [endpoint.says(""), endpoint.says('{"quotes": []}', finish_reason="length")])
def test_an_empty_or_cut_answer_is_no_reason_for_another_form(behaviour: endpoint.Behaviour, openai_server: Server) -> None:
    """It is asked for once more, in the same."""
    openai_server.script(behaviour)
    openai_server.reply_with(endpoint.gives(GIVEN))
    assert adapter(openai_server, Log()).structured(PROMPT, SCHEMA) == GIVEN
    assert _forms(openai_server) == ["json_schema"] * 2


def test_what_was_learnt_is_shared_and_forgotten(openai_server: Server) -> None:
    """By all adapters of a process, for each model by itself; after a while an endpoint may have been upgraded."""
    now = [0.0]
    forms = FormMemory(forget_after_s=60, clock=lambda: now[0])
    openai_server.reply_with(endpoint.like_llama_cpp_python(endpoint.gives(GIVEN)))
    adapter(openai_server, Log(), forms=forms).structured(PROMPT, SCHEMA)
    other = adapter(openai_server, Log(), forms=forms)
    now[0] = 59.0
    other.structured(PROMPT, SCHEMA)
    assert _forms(openai_server) == ["json_schema", "json_object", "json_object"], "learnt by the first, used by the second"
    assert forms.of(openai_server.base_url + "/", "another-model") == "json_schema"
    openai_server.reply_with(endpoint.gives(GIVEN))
    now[0] = 60.0
    other.structured(PROMPT, SCHEMA)
    assert _forms(openai_server)[3:] == ["json_schema"] and other.form() == "json_schema", "using it does not keep it for longer"


def test_many_threads_learn_one_thing(openai_server: Server) -> None:
    """Eight calls at once on an endpoint of little knowledge: each gets its object, and afterwards nobody asks in vain."""
    openai_server.reply_with(endpoint.without_response_format(then=endpoint.gives(GIVEN)))
    model = adapter(openai_server, Log())
    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(model.structured(PROMPT, SCHEMA))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [GIVEN] * 8 and model.form() == "prompt"
    asked = len(openai_server.requests)
    model.structured(PROMPT, SCHEMA)
    assert len(openai_server.requests) == asked + 1


@pytest.mark.parametrize(("status", "told", "is_refusal"), [
    (500, endpoint.LLAMA_CPP_PYTHON, True), (400, "Invalid value: 'json_schema'.", True), (422, "responseFormat: extra fields not permitted", True),
    (404, "No endpoints found that support response_format", True), (404, "no such model", False), (429, "response_format", False),
    (504, "response_format", False), (400, "max_tokens is too large", False),
])
def test_what_refuses_a_form(status: int, told: str, is_refusal: bool) -> None:
    """An error that names it, of a kind that is about requests; llama-cpp-python's is 500."""
    assert refuses(status, told) is is_refusal


def test_the_prompt_in_the_log_is_the_callers(openai_server: Server) -> None:
    """Whatever the form adds, a call can be found by what was asked."""
    openai_server.reply_with(endpoint.without_response_format(then=endpoint.gives(GIVEN)))
    log = Log()
    model = adapter(openai_server, log)
    model.structured(PROMPT, SCHEMA)
    model.chat(Prompt(PROMPT.purpose, PROMPT.version, PROMPT.messages))
    first, second = log.calls
    assert first.prompt_sha256 == second.prompt_sha256
