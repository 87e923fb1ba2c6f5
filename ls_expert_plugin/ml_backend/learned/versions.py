"""The version of an example set."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

# Raise it when the same examples would give other pre-labels: features, patterns, bounds.
CODE_VERSION = 2


def of_examples(label_config: str, examples: Sequence[Mapping[str, Any]]) -> str:
    """``offline-<number of examples>-<8 hex digits>``: the same examples always get the same version."""
    content = json.dumps([CODE_VERSION, label_config, list(examples)], sort_keys=True)
    return f"offline-{len(examples)}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"
