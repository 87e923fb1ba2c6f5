"""What is wrong with something written, where, and what to do about it. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

# Where something stands: ("projects", 2, "languages"). List positions count from 0.
Location = tuple[str | int, ...]

UNSTORABLE = "has a character that cannot be saved or shown; remove it"


class Mistake(NamedTuple):
    """Something that does not fit: where, and what to do about it. ``line`` only where it is not the line of ``where``."""

    where: Location
    says: str
    line: int | None = None


@dataclass(frozen=True)
class Problem:
    """A mistake in a file: the file, the line (from 1), the field, and a sentence that says what to do."""

    path: Path
    line: int
    where: Location
    says: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {told(self.where, self.says)}"


def field_name(where: Location) -> str:
    """Path of a field as people write it: ``projects[2].languages``; an empty text for the whole document."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{short(step)}" for step in where)
    return "".join(steps).removeprefix(".")


def told(where: Location, says: str) -> str:
    """The field and the sentence, as one text."""
    field = field_name(where)
    return f"{field}: {says}" if field else says


def worth_telling(errors: Sequence[ErrorDetails], model: type[BaseModel]) -> list[ErrorDetails]:
    """Without those that follow from others.

    To pydantic a list whose items are wrong is also too short, and a misspelt field is also missing: what is wrong with the item,
    and the misspelling, are enough.
    """
    meant = {(*error["loc"][:-1], _meant(error, model)) for error in errors if error["type"] == "extra_forbidden"}
    return [
        error for error in errors
        if not (error["type"] == "too_short" and error["input"]) and not (error["type"] == "missing" and error["loc"] in meant)
    ]


# What to do about an error of which nothing but the kind of value counts, by pydantic's names.
_SENTENCES = {
    "missing": "is missing; add it", "too_short": "is empty; write something here", "string_too_short": "is empty; write something here",
    "tuple_type": "must be a list, each item on a line that begins with -; this is {given}", "int_type": "must be a whole number; this is {given}",
    "float_type": "must be a number like -0.8; this is {given}", "bool_type": "must be true or false",
    "string_unicode": UNSTORABLE,  # half of a surrogate pair
}


def says(error: ErrorDetails, model: type[BaseModel], id_rule: str = "") -> str:
    """What to do about an error that pydantic found in ``model``. ``id_rule``: what an id may look like."""
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        meant = _meant(error, model)
        return f"is not a field; {f'did you mean {meant}?' if meant else 'known are: ' + ', '.join(_fields_at(model, error['loc'][:-1]))}"
    if given is None and kind != "missing":
        return _SENTENCES["too_short"]
    if kind == "string_type" and isinstance(given, (bool, int)):
        return f"must be text; put quotes around {str(given).lower()}"
    if kind == "string_type":
        return f"must be text, not {kind_of(given)}; put quotes around a text that holds a colon"
    if kind == "model_type":
        return f"must have the fields {', '.join(_fields_at(model, error['loc']))}; this is {kind_of(given)}"
    if kind in _SENTENCES:
        return _SENTENCES[kind].format(given=kind_of(given))
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"least {context['ge']}" if "ge" in context else f"most {context['le']}"
        return f"must be at {bound}; this is {given}"
    if kind == "string_too_long":
        return f"has {len(given)} characters; {context['max_length']} are the limit"
    if kind == "too_long":
        return f"has more than {context['max_length']} items; that is the limit"
    if kind == "string_pattern_mismatch":
        return f'"{short(str(given))}" cannot be an id; {id_rule}'
    if kind == "literal_error":
        return f'"{short(str(given))}" is not known; write {context["expected"]}'.replace("'", "")
    if kind == "value_error":
        return str(context["error"])
    return error["msg"][0].lower() + error["msg"][1:]


def kind_of(given: object) -> str:
    """What kind of value something is, in words."""
    if isinstance(given, (dict, tuple)):
        return "a group of fields" if isinstance(given, dict) else "a list"
    return f'"{short(given)}"' if isinstance(given, str) else str(given).lower()


def short(text: str) -> str:
    """One line of at most 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"


def _meant(error: ErrorDetails, model: type[BaseModel]) -> str | None:
    """The field that an unknown one was probably meant to be."""
    close = difflib.get_close_matches(str(error["loc"][-1]), _fields_at(model, error["loc"][:-1]), 1)
    return close[0] if close else None


def _fields_at(model: type[BaseModel], where: Location) -> list[str]:
    """The names of the fields that may stand at ``where``; ``where`` leads to a model."""
    for step in where:
        if isinstance(step, str):
            model = next(_models(model.model_fields[step].annotation))
    return list(model.model_fields)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models in an annotation: of a list, of something that may be None."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
