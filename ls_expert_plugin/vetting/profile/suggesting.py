"""Making suggestions after an interview, and what the person does with them. Only with their consent to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import ModelError
from ls_expert_plugin.vetting.consent import SUGGESTIONS, in_force
from ls_expert_plugin.vetting.profile import suggestions

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.llm.port import LanguageModel
    from ls_expert_plugin.storage.unit_of_work import Database


def make(store: Database, interview_id: int, packs: Mapping[str, Pack], model: LanguageModel | None, now: dt.datetime) -> int:
    """Compare an interview that is over with the profile; how many suggestions are new. Twice changes nothing.

    A model that fails leaves what is found without one. No transaction is open while it is asked.
    """
    with store.read() as unit:
        interview = unit.interviews.get(interview_id)
        verification = unit.verifications.get(interview.verification_id) if interview else None
        person = unit.people.get(verification.person_id) if verification else None
        pack = packs.get(verification.domain) if verification else None
        if interview is None or person is None or pack is None or not in_force(unit, person, SUGGESTIONS):
            return 0
        claims = unit.claims.of(person.id)
    found = suggestions.from_words(pack, interview.turns, claims)
    if model is not None:
        try:
            answer = model.structured(suggestions.prompt(pack, interview.turns, claims), suggestions.schema(pack))
            found = suggestions.from_answer(interview.turns, claims, answer)
        except ModelError:
            pass  # it is in the call log; what is found without a model stays
    with store.begin() as unit:
        unit.people.lock(person.ls_user_id)
        if not in_force(unit, person, SUGGESTIONS):
            return 0  # withdrawn meanwhile
        return unit.suggestions.add(person.id, found, now)
