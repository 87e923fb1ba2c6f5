"""Private notes: what a reviewer writes about a candidate for other reviewers. The candidate gets them with their data once it is decided."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import BadInput, Forbidden, NotFound
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

NOTE_MAX_CHARS = 2000


def add_note(unit: UnitOfWork, manager: Person, verification_id: int, text: str, now: dt.datetime) -> None:
    """Keep a note. Raises ``BadInput`` (nothing written, too long), ``NotFound``, ``Forbidden`` (about oneself)."""
    verification = _of_somebody_else(unit, manager, verification_id)
    said = clean(text)
    if not said:
        raise BadInput("Private note: write something first.")
    if len(said) > NOTE_MAX_CHARS:
        raise BadInput(f"Private note: write at most {NOTE_MAX_CHARS:,} characters; there are {len(said):,}.")
    unit.private_notes.add(verification.id, manager.id, said, now)


def remove_note(unit: UnitOfWork, manager: Person, verification_id: int, note_id: int) -> None:
    """Remove a note of one's own. Raises ``NotFound``, ``Forbidden`` (about oneself, or somebody else's note)."""
    _of_somebody_else(unit, manager, verification_id)
    note = next((one for one in unit.private_notes.of(verification_id) if one.id == note_id), None)
    if note is None:
        raise NotFound("This note is no longer there. Load the page again.")
    if note.author.id != manager.id:
        raise Forbidden("Only whoever wrote a note removes it.")
    unit.private_notes.remove(verification_id, note_id)


def _of_somebody_else(unit: UnitOfWork, manager: Person, verification_id: int) -> Verification:
    verification = unit.verifications.lock(verification_id)
    if verification is None or unit.people.get(verification.person_id) is None:
        raise NotFound("There is no such verification. Go back to the review queue.")
    if verification.person_id == manager.id:
        raise Forbidden("These are notes about you. Other reviewers read them.")
    return verification
