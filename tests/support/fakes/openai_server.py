"""An OpenAI-compatible HTTP server on loopback that does as it is told.

    with running_server() as server:
        server.script(too_many(retry_after="0.1"), says("Hello."))  # one for each request, in this order
        server.reply_with(lambda request: says(...))                # for every request after the script
        server.base_url, server.requests                            # where it listens; what it was asked

Without a script it is talkative: it asks a next question, or gives the smallest object that fits a schema.
``python -m tests.support.fakes.openai_server --port 9999`` runs it like that, to try the portal by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

QUESTIONS = (
    "Thank you. Could you describe one recent case in which this mattered, and what you did first?",
    "I see. What made you decide that way, and what would have changed your mind?",
    "That helps. Where do you see the limits of your own judgement here, and whom would you ask?",
)


@dataclass(frozen=True)
class Behaviour:
    """An answer. ``pieces`` are joined where no stream is asked for, ``delay_s`` before each.

    ``ending``: "whole"; "cut" (no finish_reason, no [DONE], a tidy end of the body); "broken" (no such end).
    """

    status: int = 200
    pieces: tuple[str, ...] = ()
    delay_s: float = 0.0
    finish_reason: str = "stop"
    refusal: str | None = None
    ending: Literal["whole", "cut", "broken"] = "whole"
    usage: tuple[int, int] | None = (11, 7)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    silent: Literal["no", "hang", "blanks"] = "no"
    until: threading.Event | None = None


Answer = Behaviour | Callable[[dict[str, Any]], Behaviour]


def says(text: str, *, finish_reason: str = "stop", usage: tuple[int, int] | None = (11, 7)) -> Behaviour:
    """This text; word by word where a stream is asked for."""
    return Behaviour(pieces=tuple(re.findall(r"\S*\s*", text)[:-1]), finish_reason=finish_reason, usage=usage)


def streams(pieces: Sequence[str], delay_s: float = 0.0, until: threading.Event | None = None) -> Behaviour:
    """These pieces, with a pause before each; all but the first wait ``until`` the test says so."""
    return Behaviour(pieces=tuple(pieces), delay_s=delay_s, until=until)


def gives(value: object) -> Behaviour:
    """This value as JSON."""
    return says(json.dumps(value))


def too_many(retry_after: str | None = None) -> Behaviour:
    """429, with Retry-After if given: seconds or an HTTP date."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return fails(429, "Rate limit reached.", headers=headers)


def fails(
    status: int, message: str = "It failed.", *, code: object = None, param: object = None,
    headers: Mapping[str, str] | None = None,
) -> Behaviour:
    """An error as OpenAI words it."""
    error = {"message": message, "type": "error", "param": param, "code": code}
    return Behaviour(status=status, body=json.dumps({"error": error}).encode(), headers=headers or {})


def hangs() -> Behaviour:
    """No answer until the server is closed."""
    return Behaviour(silent="hang")


def keeps_alive(delay_s: float = 0.02) -> Behaviour:
    """Comments in a stream, blanks in a body, and nothing else until the server is closed."""
    return Behaviour(silent="blanks", delay_s=delay_s)


def cut_off(pieces: Sequence[str], *, broken: bool = False) -> Behaviour:
    """These pieces, and then the answer ends in its middle."""
    return Behaviour(pieces=tuple(pieces), ending="broken" if broken else "cut")


def prose() -> Behaviour:
    """Chatter where JSON was asked for."""
    return says("Sure! Here is what I found: the candidate described two cases.")


def truncated_json() -> Behaviour:
    """JSON that ends in its middle, although the endpoint says that it is whole."""
    return says('{"quotes": ["I would first')


def extra_fields(request: dict[str, Any]) -> Behaviour:
    """The object asked for, and a field nobody asked for."""
    return gives({**fitting(_schema(request) or {}), "verdict": "hire"})


def refuses() -> Behaviour:
    """A refusal in place of content."""
    return Behaviour(refusal="I cannot help with that.")


def raw(body: bytes, *, content_type: str = "application/json") -> Behaviour:
    """Exactly these bytes."""
    return Behaviour(body=body, headers={"Content-Type": content_type})


def fenced(answer: Behaviour) -> Behaviour:
    """The same text in a block, with a word before it, as models without structured output like to answer."""
    return says(f"Here it is:\n\n```json\n{''.join(answer.pieces)}\n```\n")


LLAMA_CPP_PYTHON = (
    "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\", "
    "'input': 'json_schema', 'ctx': {'expected': \"'text' or 'json_object'\"}}]"
)


def like_llama_cpp_python(then: Answer | None = None) -> Callable[[dict[str, Any]], Behaviour]:
    """An endpoint that knows json_object with a schema in it, and has "an error of its own" about json_schema."""
    return _knowing({"json_object"}, fails(500, LLAMA_CPP_PYTHON), then, is_fenced=False)


def without_response_format(status: int = 400, told: str = "Unrecognized request argument supplied: response_format", then: Answer | None = None) -> Callable[
    [dict[str, Any]], Behaviour
]:
    """An endpoint that refuses any; asked without, its model answers in a fenced block."""
    return _knowing(set(), fails(status, told), then, is_fenced=True)


def ignoring_response_format(then: Answer | None = None) -> Callable[[dict[str, Any]], Behaviour]:
    """An endpoint that takes any and holds none: chatter, unless the schema stands in the instructions."""
    return _knowing(set(), prose(), then, is_fenced=True)


def _knowing(forms: set[str], otherwise: Behaviour, then: Answer | None, *, is_fenced: bool) -> Callable[[dict[str, Any]], Behaviour]:
    def answer(request: dict[str, Any]) -> Behaviour:
        form = (request.get("response_format") or {}).get("type")
        if form is not None and form not in forms:
            return otherwise
        given = then or talkative
        given = given if isinstance(given, Behaviour) else given(request)
        return fenced(given) if is_fenced and form is None and _schema(request) is not None else given

    return answer


def talkative(request: dict[str, Any]) -> Behaviour:
    """What the server does by itself."""
    schema = _schema(request)
    if schema is not None:
        return gives(fitting(schema))
    asked = sum(len(str(message.get("content"))) for message in request.get("messages", []))
    return says(QUESTIONS[asked % len(QUESTIONS)])


def fitting(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """The smallest value that fits ``schema``, as far as strict structured output goes."""
    root = schema if root is None else root
    if "$ref" in schema:
        found: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return fitting(found, root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return fitting(schema[choice][0], root)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: fitting(properties[name], root) for name in schema.get("required", properties)}
    if kind == "array":
        return [fitting(schema["items"], root) for _ in range(schema.get("minItems", 0))]
    if kind == "string":
        return "x" * schema.get("minLength", 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    return {"boolean": False, "null": None}[kind]


@dataclass(frozen=True)
class Asked:
    """A request the server got. ``at_s`` is the monotonic clock's; ``read_timeout_s``: how long the client says it waits, where it says so."""

    path: str
    authorization: str
    json: dict[str, Any]
    at_s: float
    read_timeout_s: float | None = None


class OpenAIServer:
    """The running server."""

    def __init__(self, port: int = 0) -> None:
        self.requests: list[Asked] = []
        self._script: deque[Answer] = deque()
        self._otherwise: Answer = talkative
        self._lock = threading.Lock()
        self.closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self.base_url = f"http://127.0.0.1:{self.http.server_address[1]}/v1"

    def script(self, *behaviours: Answer) -> None:
        """Answer the next requests like this, one each."""
        with self._lock:
            self._script.extend(behaviours)

    def reply_with(self, answer: Answer) -> None:
        """Answer like this whenever the script is at its end."""
        with self._lock:
            self._otherwise = answer

    def forget(self) -> None:
        """As if just started, for tests that share a server."""
        with self._lock:
            self.requests.clear()
            self._script.clear()
            self._otherwise = talkative

    def behaviour_for(self, asked: Asked) -> Behaviour:
        """Takes note of the request and says how to answer it."""
        with self._lock:
            self.requests.append(asked)
            answer = self._script.popleft() if self._script else self._otherwise
        return answer if isinstance(answer, Behaviour) else answer(asked.json)


@contextmanager
def running_server(port: int = 0) -> Iterator[OpenAIServer]:
    """A server in a thread; hanging answers are let go of at the end."""
    server = OpenAIServer(port)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.http.shutdown()
        server.http.server_close()
        thread.join()


def _schema(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of the answer, in whichever form it was sent."""
    wanted = request.get("response_format") or {}
    if wanted:
        return wanted["json_schema"]["schema"] if wanted["type"] == "json_schema" else wanted.get("schema")
    told = str(request["messages"][0].get("content")).split("JSON Schema:\n") if request.get("messages") else []
    return json.JSONDecoder().raw_decode(told[1])[0] if len(told) == 2 else None


def _handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = self.path == "/v1/models"
            body = {"object": "list", "data": [{"id": "test-model", "object": "model"}]} if found else {}
            self._send_body(200 if found else 404, json.dumps(body).encode(), {})

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/chat/completions":
                self._send_body(404, b"{}", {})
                return
            waits = self.headers.get("X-Stainless-Read-Timeout")
            asked = Asked(self.path, self.headers.get("Authorization", ""), request, time.monotonic(), float(waits) if waits else None)
            behaviour = server.behaviour_for(asked)
            with suppress(ConnectionError):  # the client went away, as some tests want it to
                self._answer(request, behaviour)

        def _answer(self, request: dict[str, Any], behaviour: Behaviour) -> None:
            if behaviour.silent == "hang":
                server.closing.wait()
                self.close_connection = True
            elif behaviour.body is not None:
                self._send_body(behaviour.status, behaviour.body, behaviour.headers)
            elif request.get("stream") or behaviour.silent == "blanks":
                self._send_stream(request, behaviour)
            else:
                time.sleep(behaviour.delay_s)
                text = "".join(behaviour.pieces) or None
                message = {"role": "assistant", "content": text, "refusal": behaviour.refusal}
                choice = {"index": 0, "message": message, "finish_reason": behaviour.finish_reason}
                body = json.dumps(_completion("chat.completion", [choice], behaviour.usage)).encode()
                self._send_body(200, body, behaviour.headers, missing=0 if behaviour.ending == "whole" else 1)

        def _send_body(self, status: int, body: bytes, headers: Mapping[str, str], missing: int = 0) -> None:
            """``missing`` bytes of those announced are held back."""
            self.send_response(status)
            length = str(len(body))
            self._send_headers({"Content-Type": "application/json", "Content-Length": length, **headers})
            self.wfile.write(body[: len(body) - missing])

        def _send_stream(self, request: dict[str, Any], behaviour: Behaviour) -> None:
            self.send_response(200)
            self._send_headers({"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"})
            blank = b": still waiting\n\n" if request.get("stream") else b" "
            while behaviour.silent == "blanks" and not server.closing.wait(behaviour.delay_s):
                self._send_chunk(blank)
            self._send_event({"role": "assistant", "content": ""})
            for number, piece in enumerate(behaviour.pieces):
                server.closing.wait(behaviour.delay_s)
                if number and behaviour.until:
                    behaviour.until.wait(30)
                self._send_event({"content": piece})
            if behaviour.refusal:
                self._send_event({"refusal": behaviour.refusal})
            if behaviour.ending == "whole":
                self._send_event({}, behaviour.finish_reason)
                if (request.get("stream_options") or {}).get("include_usage"):
                    self._send_chunk(_event(_completion("chat.completion.chunk", [], behaviour.usage)))
                self._send_chunk(b"data: [DONE]\n\n")
            if behaviour.ending != "broken":
                self._send_chunk(b"")

        def _send_headers(self, headers: Mapping[str, str]) -> None:
            for name, value in {**headers, "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()

        def _send_event(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
            self._send_chunk(_event(_completion("chat.completion.chunk", [choice], None)))

        def _send_chunk(self, data: bytes) -> None:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: the tests assert on ``requests``."""

    return Handler


def _completion(kind: str, choices: list[dict[str, Any]], usage: tuple[int, int] | None) -> dict[str, Any]:
    told = {"prompt_tokens": usage[0], "completion_tokens": usage[1]} if usage else None
    return {"id": "c1", "object": kind, "created": 0, "model": "test", "choices": choices, "usage": told}


def _event(body: Mapping[str, Any]) -> bytes:
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def main() -> None:
    """Runs until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A talkative OpenAI-compatible server, for trying by hand.")
    parser.add_argument("--port", type=int, default=9999)
    parser.add_argument("--delay-s", type=float, default=0.05, help="pause before each word of a stream")
    arguments = parser.parse_args()
    with running_server(arguments.port) as server:
        server.reply_with(lambda request: streams(talkative(request).pieces, arguments.delay_s))
        print(f"OPENAI_BASE_URL={server.base_url} LS_EXPERT_INTERVIEW_MODEL=test-model", flush=True)
        with suppress(KeyboardInterrupt):
            server.closing.wait()


if __name__ == "__main__":
    main()
