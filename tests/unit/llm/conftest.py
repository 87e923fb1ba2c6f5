"""The adapter and its OpenAI-compatible server, shared by the tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ls_expert_plugin.llm.openai_compatible import OpenAICompatibleModel as Model
from ls_expert_plugin.llm.response_format import FormMemory
from tests.support.builders.llm_samples import Log, adapter
from tests.support.fakes import openai_server as endpoint
from tests.support.fakes.openai_server import OpenAIServer as Server

Shared = tuple[Server, Log, Model]


@pytest.fixture(scope="session")
def shared() -> Iterator[Shared]:
    """Server, log and adapter of this folder: the library takes 30 ms for each client. It forgets at once what the endpoint takes."""
    with endpoint.running_server() as server:
        log = Log()
        yield server, log, adapter(server, log, forms=FormMemory(forget_after_s=0))


@pytest.fixture
def openai_server(shared: Shared) -> Server:
    """The server, as if just started."""
    shared[0].forget()
    return shared[0]


@pytest.fixture
def log(shared: Shared) -> Log:
    """Where the calls are written down; empty."""
    shared[1].calls.clear()
    return shared[1]


@pytest.fixture
def model(shared: Shared, openai_server: Server, log: Log) -> Model:
    """The adapter, connected to the server, with hardly a pause before it asks again."""
    return shared[2]
