"""State of a project's connection, its webhook and ML backend in Label Studio, as it was last set up or looked at. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings

WEBHOOK_PATH = "/webhooks/label-studio"
Connected = Literal["connected", "connecting", "failed", "not connected"]
NO_TOKEN = "LS_EXPERT_LABEL_STUDIO_TOKEN: not set. Make a personal access token in Label Studio, Account & Settings."


@dataclass(frozen=True)
class ConnectionState:
    """``address``: what it was connected with, "" for nothing; ``problem``: why the last attempt failed, or what is missing."""

    ls_project_id: int
    asked_at_utc: dt.datetime | None = None
    checked_at_utc: dt.datetime | None = None
    address: str = ""
    problem: str = ""


def address_of(settings: Settings) -> str:
    """The addresses that projects are connected with today; one that has others is not connected."""
    return f"{settings.service_url}{WEBHOOK_PATH} {settings.ml_url}"


def status(state: ConnectionState | None, address: str) -> Connected:
    """How it stands, in a word. None: nobody has connected it or looked."""
    if state is None:
        return "not connected"
    if state.asked_at_utc is not None:
        return "connecting"
    if state.problem:
        return "failed"
    return "connected" if state.address == address else "not connected"
