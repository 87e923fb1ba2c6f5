"""Versioned prompt files, and how what people wrote is kept apart from them.

A file ``prompts/<name>.v<number>.txt`` of a feature is the system message, sent as it stands and never edited
once released: the call log names the version. Everything that a candidate, an expert or a task says goes into
the user message as one JSON object. Nothing inside a JSON string can end that string, so data cannot pass for
instructions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ls_expert_plugin.llm.port import Message, Prompt

_VERSION = re.compile(r"[a-z][a-z0-9_]*\.v[1-9][0-9]*")


def prompt_from_file(
    package: str, version: str, purpose: str, data: Mapping[str, Any], *, max_tokens: int = 800
) -> Prompt:
    """The prompt of ``prompts/<version>.txt`` in ``package``, about ``data``.

    Raises ``ValueError`` (``version`` is not like "ask.v1") and ``FileNotFoundError``.
    """
    about = Message("user", json.dumps(data, ensure_ascii=False))
    return Prompt(purpose, version, (Message("system", instructions(package, version)), about), max_tokens)


@lru_cache(maxsize=32)
def instructions(package: str, version: str) -> str:
    """The text of ``prompts/<version>.txt`` in ``package``. Raises as ``prompt_from_file``."""
    if not _VERSION.fullmatch(version):
        raise ValueError(f"{version!r} is not the version of a prompt file")
    return (files(package) / "prompts" / f"{version}.txt").read_text(encoding="utf-8")
