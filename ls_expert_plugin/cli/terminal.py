"""Terminal input and output that several commands share: asking for a yes, people and days as they are printed, and JSON."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

if TYPE_CHECKING:
    from ls_expert_plugin.vetting.values import Person

Confirmation: TypeAlias = Callable[[str], bool]


def confirmation(*, is_given: bool) -> Confirmation:
    """What asks a question and returns the answer; with ``is_given`` (``--yes``) it is yes, and nobody is asked."""
    return (lambda question: True) if is_given else _ask


def _ask(question: str) -> bool:
    """Ask whoever sits at the terminal. No answer is a no."""
    print(question, end="", flush=True)  # input() would write it to stderr
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def named(person: Person) -> str:
    """A person as printed: name and address, or the address alone."""
    return f"{person.name} <{person.email}>" if person.name else person.email


def day(moment: dt.datetime) -> str:
    """The UTC date of a moment, as YYYY-MM-DD."""
    return moment.astimezone(dt.timezone.utc).date().isoformat()


def print_json(value: Any, out: TextIO) -> None:
    """Print what ``--json`` asks for: indented, letters as they are, moments in ISO 8601."""
    json.dump(value, out, indent=2, ensure_ascii=False, default=_as_json)
    out.write("\n")


def _as_json(value: object) -> str:
    if isinstance(value, (dt.date, dt.datetime)):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not for JSON")
