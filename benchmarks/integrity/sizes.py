"""How much there is of each thing, in proportion to annotations. Pure."""

from __future__ import annotations

from dataclasses import dataclass

SIZES = (10_000, 100_000, 1_000_000)
NEXT = 10_000_000


@dataclass(frozen=True)
class Amounts:
    """At ten million annotations: 10,000 people in 5,000 projects, each in those of their domain, a third."""

    annotations: int

    @property
    def people(self) -> int:
        return max(self.annotations // 1000, 30)

    @property
    def projects(self) -> int:
        return max(self.annotations // 2000, 15)

    @property
    def big_project(self) -> int:
        """Tasks of the largest project: half of all."""
        return self.annotations // 2
