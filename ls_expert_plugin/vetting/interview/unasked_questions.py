"""Recovery of an interview whose next question was never asked: somebody answered and left, or the process that was to ask it died."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.interview import session

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import Database


def ask_written(store: Database, packs: Mapping[str, Pack], interview_id: int, now: dt.datetime) -> None:
    """Ask the next question in the pack's own words, or end the interview. Nothing where there is no such interview or domain any more."""
    with store.begin() as unit:
        held = unit.interviews.get(interview_id)
        verification = unit.verifications.get(held.verification_id) if held else None
        pack = packs.get(verification.domain) if verification else None
        if pack is not None:
            session.ask_next(unit, interview_id, pack, None, session.WRITTEN, now)
