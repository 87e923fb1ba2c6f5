"""JSON bodies, read as strictly as YAML files: a field given twice, NaN and deep nesting are errors. Arrays become tuples."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ls_expert_plugin.reading.strict_yaml import MAX_DEPTH
from ls_expert_plugin.reading.validation_errors import short


class NotJson(ValueError):
    """The sentence says what to do."""


def parse(raw: bytes) -> object:
    """The value: dicts, tuples, text, numbers, truth values, None. Raises ``NotJson``."""
    try:
        value = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_fields, parse_constant=_refused)
    except NotJson:
        raise
    except (ValueError, RecursionError):  # also what is no UTF-8
        raise NotJson("The body is not JSON in UTF-8.") from None
    return _tuples(value, 0)


def _fields(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            raise NotJson(f'The field "{short(name)}" stands twice in one object; remove one of the two.')
        fields[name] = value
    return fields


def _refused(constant: str) -> None:
    raise NotJson(f"{constant} is not JSON.")


def _tuples(value: object, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise NotJson(f"The body is nested more than {MAX_DEPTH} levels deep.")
    if isinstance(value, dict):
        return {name: _tuples(one, depth + 1) for name, one in value.items()}
    return tuple(_tuples(one, depth + 1) for one in value) if isinstance(value, list) else value
