"""Fingerprint of the configuration that memberships are computed with: packs, settings, and the version of this package. Pure.

Machines with different ones would give and take memberships in turns. So one counts, that of the newest worker
(``storage/repositories/operations/instances.py``), and whoever has another does not recompute.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ls_expert_plugin import __version__

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack


def fingerprint(packs: Mapping[str, Pack], *, unrestricted: bool) -> str:
    """SHA-256, in hexadecimal."""
    content = {"version": __version__, "unrestricted": unrestricted, "packs": {name: pack.model_dump(mode="json") for name, pack in packs.items()}}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def differing(ours: Mapping[str, int], theirs: Mapping[str, int]) -> str:
    """In words, which packs differ by their version number, or that it is something else."""
    names = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
    if not names:
        return "the same pack versions, but other content, settings or package version"
    return ", ".join(f"{name} {ours.get(name, 'none')} here and {theirs.get(name, 'none')} there" for name in names)
