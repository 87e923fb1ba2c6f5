"""Docker's compose file: whoever writes a setting into docker/.env finds it in the containers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ls_expert_plugin.config import SETTINGS
from ls_expert_plugin.demo.accounts import EXPERTS, NEWCOMER

ROOT = Path(__file__).parents[2]
# Why a documented setting is not handed to the service's containers.
NOT_THE_SERVICES = {
    "LS_EXPERT_DEMO": "only the demo's container is one",
    "LS_EXPERT_DATA_DIR": "a path inside the container, which the image sets",
    "LS_EXPERT_ALLOWED_ADDRESSES": "Label Studio's alone",
}
NAMES = {setting.name for setting in SETTINGS}


def _services() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    return services


def test_every_documented_setting_reaches_the_service_the_worker_and_the_ml_backend() -> None:
    """Each is handed on, or has a reason not to be; no name there is one that no process knows."""
    services = _services()
    for name in ("migrate", "service", "worker", "ml-backend", "demo"):
        handed = services[name]["environment"].keys()
        assert NAMES - handed - NOT_THE_SERVICES.keys() == set(), name
        assert {one for one in handed if one.startswith("LS_EXPERT_")} <= NAMES, name
    assert set(NOT_THE_SERVICES) <= NAMES


def test_what_the_extension_reads_reaches_label_studio() -> None:
    """The settings that its modules read, and none that would stop its start."""
    handed = _services()["label-studio"]["environment"].keys()
    fields = {setting.field: setting.name for setting in SETTINGS}
    texts = [path.read_text() for path in (ROOT / "ls_expert_plugin" / "label_studio").rglob("*.py")]
    read = {fields[name] for text in texts for name in re.findall(r"LS_EXPERT\.([a-z_]+)", text) if name in fields}
    assert len(read) >= 5 and read <= handed
    assert {one for one in handed if one.startswith("LS_EXPERT_")} <= NAMES


def test_the_demo_hands_the_first_accounts_password_to_nobody_else() -> None:
    """It is kept as that account's own; all others are made (``demo/credentials.py``), and printed at the end."""
    (script,) = _services()["demo"]["command"]
    assert "secrets/passwords/admin" in script and "demo_password" not in script
    assert all(account.email.partition("@")[0] in script for account in (NEWCOMER, *EXPERTS))
