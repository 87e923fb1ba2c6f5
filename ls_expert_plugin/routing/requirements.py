from __future__ import annotations
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from ls_expert_plugin.routing.values import Requirement, Rules

@dataclass(frozen=True)
class Wanted:
    requirement: Requirement | None
    rules: Rules
    invited: frozenset[int] = frozenset()
    invited_until: Mapping[int, dt.datetime] | None = None
