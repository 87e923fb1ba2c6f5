"""Redaction of our own webhooks' secret in Label Studio's API: it is shown to nobody, managers included.

Label Studio keeps a hook's headers as plain JSON and lists them. Where the hidden value is sent back, as its settings page does with all
headers of a hook that is edited, the stored one stays.
"""

from __future__ import annotations

from typing import Any

from ls_expert_plugin.protocol.handshake import WEBHOOK_SECRET_HEADER

HIDDEN = "hidden"


def hide_secret() -> None:
    """Wrap reading and checking of webhooks. Called once, when Django is ready."""
    from webhooks.serializers import WebhookSerializer

    shown, checked = WebhookSerializer.to_representation, WebhookSerializer.validate

    def to_representation(self: Any, instance: Any) -> Any:
        answer = shown(self, instance)
        return {**answer, "headers": without_secret(answer["headers"])} if "headers" in answer else answer

    def validate(self: Any, attrs: Any) -> Any:
        if "headers" in attrs and self.instance is not None:
            attrs["headers"] = with_secret(attrs["headers"], self.instance.headers)
        return checked(self, attrs)

    WebhookSerializer.to_representation, WebhookSerializer.validate = to_representation, validate


def without_secret(headers: Any) -> Any:
    """The headers with our secret hidden, however the name is written."""
    if not isinstance(headers, dict):
        return headers
    return {name: HIDDEN if _is_ours(name) else value for name, value in headers.items()}


def with_secret(headers: Any, stored: Any) -> Any:
    """The headers with what was hidden as it is stored."""
    if not isinstance(headers, dict) or not isinstance(stored, dict):
        return headers
    kept = next((value for name, value in stored.items() if _is_ours(name)), None)
    return {name: kept if kept is not None and _is_ours(name) and value == HIDDEN else value for name, value in headers.items()}


def _is_ours(name: str) -> bool:
    return name.lower() == WEBHOOK_SECRET_HEADER.lower()
