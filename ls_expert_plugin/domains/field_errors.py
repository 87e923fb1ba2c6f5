"""What to do about a wrong field, in words: pydantic's errors, told to whoever writes a pack."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from ls_expert_plugin.domains.fields import ID_RULE, UNSTORABLE
from ls_expert_plugin.domains.mistake import Location
from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.domains.yaml_text import short


def worth_telling(errors: Sequence[ErrorDetails]) -> list[ErrorDetails]:
    """Without those that follow from others.

    To pydantic a list whose items are wrong is also too short, and a misspelt field is also missing: what is wrong with the item,
    and the misspelling, are enough.
    """
    meant = {(*error["loc"][:-1], _meant(error)) for error in errors if error["type"] == "extra_forbidden"}
    return [
        error for error in errors
        if not (error["type"] == "too_short" and error["input"]) and not (error["type"] == "missing" and error["loc"] in meant)
    ]


def says(error: ErrorDetails) -> str:
    """What to do about an error that pydantic found."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return "is missing; add it"
    if kind == "extra_forbidden":
        meant = _meant(error)
        return f"is not a field; {f'did you mean {meant}?' if meant else 'known are: ' + ', '.join(_fields_at(error['loc'][:-1]))}"
    if given is None:
        return "is empty; write something here"
    if kind == "string_type" and isinstance(given, (bool, int)):
        return f"must be text; put quotes around {str(given).lower()}"
    if kind == "string_type":
        return f"must be text, not {_kind(given)}; put quotes around a text that holds a colon"
    if kind == "tuple_type":
        return f"must be a list, each item on a line that begins with -; this is {_kind(given)}"
    if kind == "model_type":
        return f"must have the fields {', '.join(_fields_at(error['loc']))}; this is {_kind(given)}"
    if kind == "int_type":
        return f"must be a whole number; this is {_kind(given)}"
    if kind == "float_type":
        return f"must be a number like -0.8; this is {_kind(given)}"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"least {context['ge']}" if "ge" in context else f"most {context['le']}"
        return f"must be at {bound}; this is {given}"
    if kind == "bool_type":
        return "must be true or false"
    if kind == "string_unicode":  # half of a surrogate pair
        return UNSTORABLE
    if kind in ("string_too_short", "too_short"):
        return "is empty; write something here"
    if kind == "string_too_long":
        return f"has {len(given)} characters; {context['max_length']} are the limit"
    if kind == "string_pattern_mismatch":
        return f'"{short(str(given))}" cannot be an id; {ID_RULE}'
    if kind == "literal_error":
        return f'"{short(str(given))}" is not known; write {context["expected"]}'.replace("'", "")
    if kind == "value_error":
        return str(context["error"])
    return error["msg"][0].lower() + error["msg"][1:]


def _meant(error: ErrorDetails) -> str | None:
    """The field that an unknown one was probably meant to be."""
    close = difflib.get_close_matches(str(error["loc"][-1]), _fields_at(error["loc"][:-1]), 1)
    return close[0] if close else None


def _kind(given: object) -> str:
    if isinstance(given, (dict, tuple)):
        return "a group of fields" if isinstance(given, dict) else "a list"
    return f'"{short(given)}"' if isinstance(given, str) else str(given).lower()


def _fields_at(where: Location) -> list[str]:
    """The names of the fields that may stand at ``where``; ``where`` leads to a model."""
    model: type[BaseModel] = Pack
    for step in where:
        if isinstance(step, str):
            annotation = model.model_fields[step].annotation
            inner = get_args(annotation)
            model = inner[0] if inner else annotation  # type: ignore[assignment]
    return list(model.model_fields)
