"""Our secret among a webhook's headers: shown to nobody, kept when what is shown is sent back."""

from __future__ import annotations

from ls_expert_plugin.label_studio.enforcement.response.webhook_secret import HIDDEN, with_secret, without_secret
from ls_expert_plugin.protocol.handshake import WEBHOOK_SECRET_HEADER


def test_the_secret_is_hidden_and_comes_back() -> None:
    """However the header is written; other headers and other shapes stay as they are."""
    for name in (WEBHOOK_SECRET_HEADER, WEBHOOK_SECRET_HEADER.lower(), WEBHOOK_SECRET_HEADER.upper()):
        stored = {name: "secret", "X-Other": "a"}
        shown = without_secret(stored)
        assert shown == {name: HIDDEN, "X-Other": "a"} and with_secret(shown, stored) == stored
        assert with_secret({name: "new"}, stored) == {name: "new"} and with_secret({}, stored) == {}
    for odd in (None, [], "x"):
        assert without_secret(odd) == odd and with_secret(odd, {}) == odd
    assert with_secret({WEBHOOK_SECRET_HEADER: HIDDEN}, {}) == {WEBHOOK_SECRET_HEADER: HIDDEN}
