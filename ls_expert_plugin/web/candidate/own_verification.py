"""Lookup of the signed-in person's own verification in a domain, for the pages that are about one."""

from __future__ import annotations

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.storage.unit_of_work import UnitOfWork
from ls_expert_plugin.vetting.values import Person, Verification


def find_own_verification(unit: UnitOfWork, person: Person, domain: str) -> Verification | None:
    """The person's verification in this domain; None before they have applied."""
    return next((verification for verification in unit.verifications.of(person.id) if verification.domain == domain), None)


def own_verification(unit: UnitOfWork, person: Person, domain: str, then: str) -> Verification:
    """The person's verification in this domain, which has to be there.

    Raises ``NotFound`` where there is none; ``then`` ends its sentence: what comes after applying.
    """
    verification = find_own_verification(unit, person, domain)
    if verification is None:
        raise NotFound(f"Apply in this domain first; {then}")
    return verification
