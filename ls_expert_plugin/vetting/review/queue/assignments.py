"""Assignment of reviews: a reviewer takes one, others see who has it, and it is given back or taken over knowingly."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import Conflict, Forbidden, NotFound
from ls_expert_plugin.vetting.values import Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


def assign(unit: UnitOfWork, manager: Person, verification_id: int, instead_of: int | None, now: dt.datetime) -> None:
    """Take a review. ``instead_of``: the id of whoever has it by the page that the manager saw; None: nobody.

    Raises ``NotFound``, ``Forbidden`` (one's own), ``Conflict`` when somebody else has taken it since.
    """
    verification = unit.verifications.lock(verification_id)
    if verification is None or unit.people.get(verification.person_id) is None:
        raise NotFound("There is no such verification. Go back to the review queue.")
    if verification.person_id == manager.id:
        raise Forbidden("Nobody reviews themselves. Another manager takes it.")
    has_it = unit.assignments.of(verification_id)
    if has_it is not None and has_it.reviewer.id not in (manager.id, instead_of):
        raise Conflict(f"{has_it.reviewer.shown_name} has taken this review since you opened the page. Ask them, or open it and take it over.")
    unit.assignments.set(verification_id, manager.id, now)


def unassign(unit: UnitOfWork, manager: Person, verification_id: int) -> None:
    """Give a review back; whoever does not have it changes nothing."""
    unit.verifications.lock(verification_id)
    has_it = unit.assignments.of(verification_id)
    if has_it is not None and has_it.reviewer.id == manager.id:
        unit.assignments.release(verification_id)
