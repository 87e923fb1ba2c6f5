"""How many accounts can be made in Label Studio within an hour."""

from __future__ import annotations

import uuid
from pathlib import Path

from tests.support.servers.label_studio import LabelStudio

SIGN_UP = Path(__file__).parents[4] / "inside" / "sign_up.py"


def test_sign_ups_have_an_hourly_limit(label_studio: LabelStudio) -> None:
    """Past it nobody new gets in, and is told when to try again; below it, as ever."""
    label_studio.sign_up(f"{uuid.uuid4().hex[:8]}@test.example")
    refused = label_studio.run_inside(SIGN_UP, email=f"{uuid.uuid4().hex[:8]}@test.example", extra_env={"LS_EXPERT_SIGNUPS_PER_HOUR": "1"})
    assert (refused["status"], refused["retry_after"], refused["made"]) == (429, "3600", 0), refused["says"]
    assert "Try again in an hour" in refused["says"]
    taken = label_studio.run_inside(SIGN_UP, email=f"{uuid.uuid4().hex[:8]}@test.example")
    assert (taken["status"], taken["made"]) == (302, 1)
