"""Terminal input and output that several commands share: asking for a yes, and people and days as they are printed."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ls_expert_plugin.vetting.values import Person

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
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
