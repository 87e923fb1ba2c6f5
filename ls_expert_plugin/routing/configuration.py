"""Configuration that memberships are computed with: packs and settings, their fingerprint, and the two at a moment. Pure.

Machines with different ones would give and take memberships in turns. So one counts, that of the newest worker
(``storage/repositories/operations/instances.py``), and whoever has another does not recompute.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ls_expert_plugin import __version__

if TYPE_CHECKING:
    from ls_expert_plugin.config import Settings
    from ls_expert_plugin.domains.pack import Pack


@dataclass(frozen=True)
class RoutingContext:
    """What is decided with, beside people and projects. ``open_by_default``: projects without a requirement are open to every expert."""

    packs: Mapping[str, Pack]
    now: dt.datetime
    open_by_default: bool = False


@dataclass(frozen=True)
class RoutingConfiguration:
    """The part of a context that stays while a process runs."""

    packs: Mapping[str, Pack]
    open_by_default: bool = False

    def at(self, now: dt.datetime) -> RoutingContext:
        """The context of a decision at this moment."""
        return RoutingContext(self.packs, now, self.open_by_default)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of packs, settings and the version of this package, in hexadecimal."""
        content = {
            "version": __version__, "unrestricted": self.open_by_default, "packs": {name: pack.model_dump(mode="json") for name, pack in self.packs.items()},
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def routing_configuration(settings: Settings, packs: Mapping[str, Pack]) -> RoutingConfiguration:
    """The configuration of these settings and packs."""
    return RoutingConfiguration(packs, settings.projects_without_requirement == "shown")


def differing(ours: Mapping[str, int], theirs: Mapping[str, int]) -> str:
    """In words, which packs differ by their version number, or that it is something else."""
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    if not names:
        return "the same pack versions, but other content, settings or package version"
    return ", ".join(f"{name} {ours.get(name, 'none')} here and {theirs.get(name, 'none')} there" for name in names)
