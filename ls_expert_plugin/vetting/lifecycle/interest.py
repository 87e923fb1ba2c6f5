"""A person wants to work in a domain: the beginning of each verification, and of each new try."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting.lifecycle import status
from ls_expert_plugin.vetting.values import Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


def express_interest(
    unit: UnitOfWork, person: Person, domain: str, packs: Mapping[str, Pack], now: dt.datetime
) -> Verification:
    """Begin a verification in ``domain``, or begin again after one that is over. Anything running stays as it is.

    Raises ``NotFound`` for a domain without a pack.
    """
    if domain not in packs:
        raise NotFound("This domain is not offered here. Choose one on the home page.")
    begun = unit.verifications.add(person.id, domain, "interested", now)
    verification = unit.verifications.lock(begun.id) or begun
    if verification.status == "verified" and status.at(verification, now) == "expired":
        verification = unit.verifications.change(
            verification.id, "expired", actor_person_id=None, reason="The date has passed.", now=now
        )
    if not status.may_become(verification.status, "interested"):
        return verification
    return unit.verifications.change(verification.id, "interested", actor_person_id=person.id, reason="", now=now)
