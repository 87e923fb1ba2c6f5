"""The kinds of text a pack is made of, each with its own limit and check."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from ls_expert_plugin.reading.validation_errors import UNSTORABLE

Item = TypeVar("Item")

ID_RULE = "write lower-case letters, digits and _, beginning with a letter, 64 characters at most"
_DECIMAL = re.compile(r"[-+]?[0-9]{1,3}(\.[0-9]{1,6})?")


def _storable(text: str) -> str:
    """PostgreSQL refuses NUL, and the other control characters show on no page."""
    if any(unicodedata.category(char) == "Cc" and char != "\n" for char in text):
        raise ValueError(UNSTORABLE)
    return text


def _searchable(phrase: str) -> str:
    if not any(char.isalnum() for char in phrase):
        raise ValueError("has neither a letter nor a digit, so no answer can contain it")
    return phrase


def _web_address(text: str) -> str:
    """The address becomes a link on a page, so ``javascript:`` and the like must not pass."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and len(text.split()) == 1
    except ValueError:  # urlsplit: an IPv6 address that is none
        usable = False
    if not usable:
        raise ValueError("write a web address like https://register.example.org/search")
    return text


def _decimal(given: object) -> object:
    """Packs are read without decimals, so ``-0.8`` comes as text."""
    if isinstance(given, str) and not _DECIMAL.fullmatch(given.strip()):
        raise ValueError("must be a number like -0.8")
    return float(given) if isinstance(given, str) else given


def _at_most(chars: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=chars)


# The columns for ids in storage/tables have 64 characters.
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Title = Annotated[str, _at_most(120), AfterValidator(_storable)]
Text = Annotated[str, _at_most(1200), AfterValidator(_storable)]
Indicator = Annotated[str, _at_most(80), AfterValidator(_storable), AfterValidator(_searchable)]
WebAddress = Annotated[str, _at_most(500), AfterValidator(_storable), AfterValidator(_web_address)]
Several = Annotated[tuple[Item, ...], Field(min_length=1)]
Logits = Annotated[float, BeforeValidator(_decimal), Field(ge=-4, le=4)]  # of the Rasch model: 0 is an item that half of its people get right
Days = Annotated[int, Field(ge=1, le=3650)]


class Part(BaseModel):
    """A group of fields in a pack: frozen, nothing converted, nothing unknown let through."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
