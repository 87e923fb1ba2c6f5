"""The version string. Label Studio asks for every task again when it changes, so it changes only on purpose.

It must be the same in the answers to ``/setup`` and ``/predict``: Label Studio leaves alone the tasks that have a
prediction of the version ``/setup`` named, and asks for all others, again and again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

NONE_YET = "none-yet"
# Raise it when the same examples would give other pre-labels: features, patterns, bounds.
CODE_VERSION = 1


def of_examples(label_config: str, examples: Sequence[Mapping[str, Any]]) -> str:
    """``offline-<number of examples>-<8 hex digits>``: the same examples always get the same version."""
    content = json.dumps([CODE_VERSION, label_config, list(examples)], sort_keys=True)
    return f"offline-{len(examples)}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"


def served(learnt: str | None, language_model: str | None, prompt_version: str) -> str:
    """What we answer to Label Studio: everything that a prediction may have been made by.

    With a language model both are named, because the learnt model steps in where the language model gives no answer.
    """
    parts = [f"{language_model}-{prompt_version}"] if language_model else []
    if learnt:
        parts.append(learnt)
    return "+".join(parts) or NONE_YET
