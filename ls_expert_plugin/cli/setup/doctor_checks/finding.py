"""A finding of ``ls-expert doctor``: one line of its report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "change", "note"]


@dataclass(frozen=True)
class Finding:
    """One line of the report. ``change`` needs doing; ``note`` is for information."""

    state: State
    text: str
