"""Whether JSON has the shape that is documented for it: names of fields and kinds of values, whatever the values are."""

from __future__ import annotations

import json
from typing import Any


def shape_of(value: Any) -> Any:
    """Kinds instead of values; a list has the shape of its first element. Null fits anything (see ``fits``)."""
    if isinstance(value, dict):
        return {name: shape_of(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape_of(inner) for inner in value[:1]]
    return "number" if isinstance(value, (int, float)) and not isinstance(value, bool) else type(value).__name__


def fits(printed: str, documented: str) -> bool:
    """Whether what a command printed has the documented shape. An empty list and null fit what stands there."""
    return _fits(shape_of(json.loads(printed)), shape_of(json.loads(documented)))


def _fits(found: Any, wanted: Any) -> bool:
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_fits(found[name], wanted[name]) for name in found)
    if isinstance(found, list) and isinstance(wanted, list):
        return not found or not wanted or _fits(found[0], wanted[0])
    return found == wanted or "NoneType" in (found, wanted)
