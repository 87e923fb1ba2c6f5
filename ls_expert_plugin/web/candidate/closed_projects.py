"""Explanation of closed projects: what more those of my domains ask for, without saying which they are, or what anybody else has. Pure.

Only domains in which somebody is verified are spoken of: of the others they learn nothing, not even that there are projects.
Projects for people on a list are left out as well, because whether they exist is a matter between a manager and those people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.access.eligibility import Explanation
from ls_expert_plugin.routing.explanation import descriptions
from ls_expert_plugin.routing.values import Project

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack


# What is missing where nothing is said: a verification in the domain, being an expert at all, a place on the list.
_NOT_SPOKEN_OF = frozenset({"domain", "role", "invited"})


@dataclass(frozen=True)
class Closed:
    """One domain: how many more projects it has, and what is missing for how many of them, the most frequent first."""

    pack: Pack
    count: int
    missing: tuple[tuple[str, int], ...]


def closed_to_me(explanations: Iterable[Explanation], projects: Mapping[int, Project], packs: Mapping[str, Pack]) -> list[Closed]:
    """What is missing, domain by domain, in the order of the packs; a domain in which nothing is closed is left out."""
    counts: Counter[str] = Counter()
    missing: dict[str, Counter[str]] = {}
    for one in explanations:
        project = projects.get(one.ls_project_id)
        domain = project.domain if project else None
        if domain is None or domain not in packs or one.access is not None or any(check.rule in _NOT_SPOKEN_OF for check in one.missing):
            continue
        counts[domain] += 1
        said = missing.setdefault(domain, Counter())
        said.update({descriptions.why_not(check, packs[domain]) for check in one.missing})
    return [
        Closed(packs[domain], counts[domain], tuple(sorted(missing[domain].items(), key=lambda item: (-item[1], item[0]))))
        for domain in packs if counts[domain]
    ]
