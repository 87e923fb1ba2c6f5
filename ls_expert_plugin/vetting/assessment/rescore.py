"""Scoring old interviews again by the present rubric and prompt. What was found before stays beside it; nobody's status changes.

Each interview is saved for itself, and one that has been read by the present versions is passed over: a run that was cut short goes on
where it stopped. No transaction is open while the model is asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.vetting.assessment import rubric_levels, run
from ls_expert_plugin.vetting.values import Assessment, Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.llm.port import LanguageModel
    from ls_expert_plugin.storage.unit_of_work import Database


@dataclass(frozen=True)
class Change:
    """The level of one competency before and now. ``was``: "none" where it had not been scored."""

    competency: str
    was: int | None | Literal["none"]
    now: int | None


@dataclass(frozen=True)
class Reassessed:
    """One interview. ``after`` None: it waits (a dry run), or could not be scored, which ``problem`` tells."""

    person: Person
    verification: Verification
    interview_id: int
    before: Assessment
    after: Assessment | None
    problem: str = ""

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is another level than before."""
        if self.after is None:
            return ()
        old = {one.competency: one.level for one in self.before.scores}
        found = (Change(one.competency, old.get(one.competency, "none"), one.level) for one in self.after.scores)
        return tuple(one for one in found if one.was != one.now)


def reassess(
    store: Database, packs: Mapping[str, Pack], model: LanguageModel, clock: Callable[[], dt.datetime], *,
    domain: str | None = None, verification_id: int | None = None, dry_run: bool = False,
) -> Iterator[Reassessed]:
    """Every interview that an earlier rubric, prompt or model scored, or none; one after the other, as each is done."""
    with store.read() as unit:
        ended = unit.interviews.ended()
    for interview_id, of in ended:
        if verification_id not in (None, of):
            continue
        with store.read() as unit:
            verification, before = unit.verifications.get(of), unit.interviews.assessment_of(interview_id)
            person = unit.people.get(verification.person_id) if verification else None
            interview = unit.interviews.get(interview_id)
        pack = packs.get(verification.domain) if verification else None
        if verification is None or person is None or interview is None or before is None or before.state == "queued":
            continue
        if pack is None or domain not in (None, pack.id) or verification.status == "withdrawn" or _is_present(before, pack, model):
            continue
        if dry_run:
            yield Reassessed(person, verification, interview_id, before, None)
            continue
        found = run.search(pack, interview.turns, model, str(interview_id))
        if not found.scores:
            yield Reassessed(person, verification, interview_id, before, None, found.note)
            continue
        with store.begin() as unit:
            now = clock()
            unit.verifications.lock(of)
            held = unit.interviews.get(interview_id)
            if held is None or held.turns != interview.turns:
                continue  # erased meanwhile
            queued = unit.interviews.queue_assessment(interview_id, pack.version, now)
            after = unit.interviews.finish_assessment(
                queued.id, state=found.state, pack_version=pack.version, method=found.method, prompt_version=found.prompt_version,
                note=found.note, evidence=found.evidence, scores=found.scores, raised=found.raised, now=now,
            )
        yield Reassessed(person, verification, interview_id, before, after)


def _is_present(before: Assessment, pack: Pack, model: LanguageModel) -> bool:
    if not rubric_levels.scorable(pack):
        return True
    return bool(before.scores) and all((one.rubric, one.prompt_version, one.model) == (pack.version, rubric_levels.PROMPT, model.name) for one in before.scores)
