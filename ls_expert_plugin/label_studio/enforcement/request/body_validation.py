"""Input validation of request bodies: which media types, fields, files and values an expert's call may carry. Pure.

What passes here can be stored, written out and exported again: no lone surrogate, no NaN, no infinity, no integer beyond 64 bits (which the
parser of exports, yajl, ends at), by JSON or by form. Label Studio 1.23.2 checks none of it, keeps such a value, and then answers 500 to
everybody whose list or export it is in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
# Compared whole, as parsed: a wildcard in a request's type would be a match for the rest framework's parsers.
MEDIA_TYPES = frozenset({JSON, FORM, MULTIPART})
FORM_TYPES = frozenset({FORM, MULTIPART})
CHARSETS = frozenset({"utf-8", "utf8"})
# Eleven days; AVG over more than a few of the largest floats is infinite.
MAX_LEAD_TIME_S = 1e6
_JSON_BEGINS = ("[", "{", '"')
_INTEGERS = range(-2**63, 2**63)
# No integer of fewer digits is beyond them; most bodies have none of as many, and are not walked through.
_MANY_DIGITS = re.compile(r"\d{19}")

NOT_A_TYPE = f"Send one of {JSON}, {FORM} and {MULTIPART}, in UTF-8."
NOT_READABLE = "This body cannot be read."
NOT_WRITABLE = "This body holds something that cannot be exported again: half of a character, NaN, a number without end or beyond 64 bits."
TOO_LARGE = "This body is too large."
NOT_A_TIME = "lead_time is in seconds: a number from 0 to 1,000,000."
NO_FILES = "No files are taken here."


class BodyRefused(Exception):
    """A body that is not let through. Its text says why; ``status``: 400, 413 or 415."""

    def __init__(self, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True)
class Body:
    """Top-level fields of a body, in order; of a list, those of each object in it. A file's value is (name, bytes). ``json``: the whole, of JSON."""

    fields: tuple[tuple[str, Any], ...] = ()
    is_form: bool = False
    files: frozenset[str] = frozenset()
    json: Any = field(default=None, compare=False, repr=False)


NO_BODY = Body()


def check_type(media_type: str, charset: str) -> None:
    """Raises ``BodyRefused`` (415). Both as the framework has parsed them."""
    if media_type not in MEDIA_TYPES or charset.lower() not in CHARSETS:
        raise BodyRefused(NOT_A_TYPE, 415)


def stated_size(content_length: str | None) -> int:
    """Bytes of a body by its header, as Django reads it: what is no number counts as none, and then nothing of the body is read."""
    try:
        return int(content_length or 0)
    except ValueError:
        return 0


def check_size(size: int, max_bytes: int | None) -> None:
    """Raises ``BodyRefused`` (413). None: as many as Label Studio takes."""
    if max_bytes is not None and size > max_bytes:
        raise BodyRefused(TOO_LARGE, 413)


def check(body: Body, takes_files: bool = False) -> None:
    """Hold a body against the rules. Raises ``BodyRefused`` (400)."""
    if body.files and not takes_files:
        raise BodyRefused(NO_FILES)
    for name, value in body.fields:
        if name in body.files:
            continue
        if not is_writable(name) or not is_writable(value) or not is_writable(_inside(value)):
            raise BodyRefused(NOT_WRITABLE)
        if name == "lead_time" and not is_lead_time(value):
            raise BodyRefused(NOT_A_TIME)


def is_writable(value: Any) -> bool:
    """Whether this can be written as JSON in UTF-8 and read again by any reader of exports."""
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (ValueError, TypeError, OverflowError, RecursionError):  # half of a character is a ValueError too
        return False
    return _MANY_DIGITS.search(written) is None or all(number in _INTEGERS for number in _integers(value))


def _integers(value: Any) -> Iterator[int]:
    left = [value]
    while left:
        part = left.pop()
        if isinstance(part, int):
            yield part
        elif isinstance(part, (list, tuple)):
            left.extend(part)
        elif isinstance(part, dict):
            left.extend(part.values())


def is_lead_time(value: Any) -> bool:
    """Seconds in bounds, or nothing; what is no number is Label Studio's to refuse, which reads it with ``float`` too."""
    try:
        return value is None or 0 <= float(value) <= MAX_LEAD_TIME_S
    except OverflowError:
        return False
    except (TypeError, ValueError):
        return True


def is_untrue(value: Any, is_form: bool) -> bool:
    """Whether this says "no" by JSON alone. Label Studio tests truth by truthiness, where the text "false" is true."""
    return not is_form and (value is None or value is False)


def as_json(value: Any) -> Any:
    """A field's value; what a text says, where it is JSON itself."""
    return value if (inside := _inside(value)) is None else inside


def _inside(value: Any) -> Any:
    """What a text at the top level says, where it is JSON itself: ``result`` may be sent so."""
    if not isinstance(value, str) or not value.lstrip().startswith(_JSON_BEGINS):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None
    except RecursionError:
        raise BodyRefused(NOT_READABLE) from None


def unknown_fields(body: Body, known: Collection[str]) -> list[str]:
    """Names of fields that are not among these, sorted."""
    return sorted({name for name, _ in body.fields} - set(known))
