"""Health-check result: what one check found, how grave that is, and the cure where it is not all right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]
Area = Literal["label_studio", "connections", "service", "processes", "outbox", "memberships", "language_models", "pre_labels", "mail"]

# In the order in which they are checked, as a page calls them.
TITLES: Mapping[Area, str] = {
    "label_studio": "Label Studio", "connections": "Connected projects", "service": "Database", "processes": "Processes", "outbox": "Events from Label Studio",
    "memberships": "In sync with Label Studio", "language_models": "Language models", "pre_labels": "Pre-labels", "mail": "E-mail",
}


@dataclass(frozen=True)
class CheckResult:
    """One line of a report. ``warn``: works, and somebody should know; ``fail``: has to be changed. ``cure``: what to do, "" where it is ok."""

    area: Area
    status: Status
    message: str
    cure: str = ""

    def __post_init__(self) -> None:
        """What is not all right says what to do about it."""
        if (self.status == "ok") == bool(self.cure):
            raise ValueError(f"{self.status} {'with' if self.cure else 'without'} a cure: {self.message}")


@dataclass(frozen=True)
class Summary:
    """How many results of each kind there are."""

    ok: int
    warn: int
    fail: int

    def __str__(self) -> str:
        return f"{self.ok} OK, {self.warn} WARN, {self.fail} FAIL"


def summary(results: Iterable[CheckResult]) -> Summary:
    """How many of each kind. Pure."""
    found = Counter(result.status for result in results)
    return Summary(found["ok"], found["warn"], found["fail"])


def results_of(area: Area) -> tuple[Callable[[str], CheckResult], Callable[[str, str], CheckResult], Callable[[str, str], CheckResult]]:
    """What makes the results of one area: ok (a message), warn and fail (a message and its cure)."""
    return (
        lambda message: CheckResult(area, "ok", message), lambda message, cure: CheckResult(area, "warn", message, cure),
        lambda message, cure: CheckResult(area, "fail", message, cure),
    )
