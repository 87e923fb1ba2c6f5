"""Labels of the profile's kinds of entry and of licences, for pages of candidates and reviewers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.values import Claim, ClaimKind

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Licence, Pack


KINDS: Mapping[ClaimKind, str] = {
    "education": "Education", "licence": "Licences and credentials", "work": "Work experience",
    "skill": "Skills", "language": "Languages",
}


def own_first(packs: Mapping[str, Pack], domains: Collection[str]) -> list[Pack]:
    """The packs, those of somebody's own domains before the others."""
    return sorted(packs.values(), key=lambda pack: pack.id not in domains)


def licences_by_id(packs: Mapping[str, Pack]) -> dict[str, Licence]:
    """The licence kinds of all domains. A kind that two domains know reads as in the first."""
    known: dict[str, Licence] = {}
    for pack in packs.values():
        for licence in pack.licences:
            known.setdefault(licence.id, licence)
    return known


def entry_title(claim: Claim, licences: Mapping[str, Licence]) -> str:
    """A profile entry in one line, as a choice in a form: its kind, and what tells it from others."""
    d = claim.details
    if claim.kind == "licence":
        known = licences.get(d["kind"])
        return f"Licence: {known.title if known else d['kind']}, {d['number']}"
    if claim.kind == "education":
        return f"Education: {d['degree']}, {d['school']}"
    if claim.kind == "work":
        return f"Work: {d['title']}, {d['employer']}"
    return f"Skill: {d['name']}" if claim.kind == "skill" else f"Language: {LANGUAGES.get(d['code'], d['code'])}"
