"""Prompts of vetting. One file per version, never edited once released: the call log names the version that was sent.

The file is the system message. Everything that people wrote goes into the user message as one JSON object: nothing they
write can end the string it stands in, so the model can always tell data from instructions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ls_expert_plugin.llm.port import Message, Prompt


def prompt(version: str, purpose: str, data: Mapping[str, Any], *, max_tokens: int) -> Prompt:
    """The prompt of ``<version>.txt`` about ``data``. ``purpose`` names the caller in the call log."""
    instructions = files(__package__).joinpath(f"{version}.txt").read_text(encoding="utf-8")
    return Prompt(
        purpose=purpose,
        version=version,
        messages=(Message("system", instructions), Message("user", json.dumps(data, ensure_ascii=False, indent=1))),
        max_tokens=max_tokens,
    )
