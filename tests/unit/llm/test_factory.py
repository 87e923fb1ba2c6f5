"""Which language model there is, by the settings."""

from __future__ import annotations

import pytest

from ls_expert_plugin.config import load
from ls_expert_plugin.errors import SettingError
from ls_expert_plugin.llm.factory import connect
from tests.support.builders.llm_samples import KEY, PROMPT, Log
from tests.support.fakes.openai_server import OpenAIServer


@pytest.mark.parametrize(("environ", "model"), [
    ({"OPENAI_API_KEY": KEY}, None), ({"OPENAI_API_KEY": KEY}, ""), ({}, "gpt"),
])
def test_no_model_without_name_or_endpoint(environ: dict[str, str], model: str | None) -> None:
    """Without a model's name, or without key and address, there is no language model."""
    assert connect(load(environ, secrets_needed=()), model, Log()) is None


def test_an_address_alone_will_do(openai_server: OpenAIServer) -> None:
    """An endpoint of one's own needs no key."""
    settings = load({"OPENAI_BASE_URL": openai_server.base_url}, secrets_needed=())
    model = connect(settings, "test-model", Log())
    assert model is not None and model.name == "test-model"
    assert model.chat(PROMPT)
    assert openai_server.requests[0].authorization == "Bearer none"


@pytest.mark.parametrize("key", ["sk-ключ", "sk-one\nsk-two"])
def test_a_key_that_cannot_be_sent(key: str) -> None:
    """A key with characters that no header takes stops start-up, and the message does not show it."""
    with pytest.raises(SettingError, match="OPENAI_API_KEY") as told:
        connect(load({"OPENAI_API_KEY": key}, secrets_needed=()), "test-model", Log())
    assert "sk-" not in told.value.message
