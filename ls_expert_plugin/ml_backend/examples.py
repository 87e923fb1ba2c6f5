"""What the pre-labeller learns from: the example set, and where one comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class ExampleSet:
    """Submitted annotations of one project, frozen under a version.

    ``examples``: mappings ``{"data": task data, "result": annotation result}``. ``label_config`` is the project's at the
    time the set was built: the answers were given to that one.
    """

    ls_project_id: int
    version: str
    label_config: str
    examples: tuple[Mapping[str, Any], ...]


class ExampleSource(Protocol):
    """Where example sets come from."""

    def latest(self, ls_project_id: int) -> ExampleSet | None:
        """The set in use for this project; None when nothing has been learnt yet."""
        ...
