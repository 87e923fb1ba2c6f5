"""When learning is attempted: the first example set of a project, and newer ones. Pure.

An attempt reads every annotated task of the project, so one that found too little is repeated only when there is much more to find.
"""

from __future__ import annotations

from dataclasses import dataclass

# So many annotations that were not there before, and that share of those that were.
MIN_NEW, MIN_NEW_SHARE = 20, 0.25


@dataclass(frozen=True)
class Progress:
    """Of a project. ``annotations``: submitted so far; ``next_attempt``: worth another attempt from so many on, 0: none was made;
    ``attempted_experts``: experts whose annotations counted at the last; ``examples``: size of the newest set, None: there is none.
    """

    ls_project_id: int
    domain: str
    annotations: int
    next_attempt: int
    attempted_experts: int
    examples: int | None


def is_first_due(progress: Progress, experts: int) -> bool:
    """Whether to attempt the first set: enough came in since the last attempt, or there are more ``experts`` whose annotations count."""
    if progress.examples is not None or experts == 0:
        return False
    return progress.annotations >= progress.next_attempt or experts > progress.attempted_experts


def is_relearning_due(progress: Progress) -> bool:
    """Whether there may be enough that is new since the set was made and since the last attempt."""
    if progress.examples is None:
        return False
    return progress.annotations >= max(progress.examples + MIN_NEW, progress.next_attempt)


def after_too_few(annotations: int, found: int, needed: int) -> int:
    """From how many annotations on to attempt a first set again, when of these only ``found`` of the ``needed`` could be used.

    As many as it takes if the share that can be used stays the same, and twice as many at the most.
    """
    expected = -(-annotations * needed // found) if found else 2 * annotations
    return max(annotations + 1, min(2 * annotations, expected))


def after_learning(annotations: int, examples: int) -> int:
    """The same for a newer set, when the newest has so many examples."""
    return annotations + int(max(MIN_NEW, MIN_NEW_SHARE * examples))
