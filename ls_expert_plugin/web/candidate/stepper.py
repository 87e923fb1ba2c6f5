"""Stepper of an application: consent, profile, interview, knowledge test, review; what each takes, how far it is, and when it was done. Pure."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.vetting.values import Interview, Status, StatusChange
from ls_expert_plugin.web.candidate.progress import Step

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.vetting.knowledge_test.values import Held

StepId = Literal["consent", "profile", "interview", "test", "review"]
StepState = Literal["done", "current", "waiting", "later"]
# Of how many decisions a usual wait is told; of fewer it would be somebody's own.
FEWEST_DECISIONS = 5
_WITH_REVIEWER = ("assessing", "in_review")
_CURRENT: Mapping[Step, StepId] = {
    "consent": "consent", "profile": "profile", "start": "interview", "go_on": "interview", "respond": "review", "wait": "review", "work": "review",
}


@dataclass(frozen=True)
class StepView:
    """One step. ``takes``: how long, in words; ``note``: what else there is to know; ``done_at_utc``: None until it is done, or where no date is kept."""

    id: StepId
    title: str
    state: StepState
    takes: str
    note: str = ""
    done_at_utc: dt.datetime | None = None


@dataclass(frozen=True)
class ApplicationFacts:
    """What is stored of an application. ``status``: as it counts now; ``history``: oldest first; None and empty where there is nothing."""

    status: Status
    history: tuple[StatusChange, ...] = ()
    consent_given_at_utc: dt.datetime | None = None
    profile_changed_at_utc: dt.datetime | None = None
    interview: Interview | None = None
    tests: tuple[Held, ...] = ()


@dataclass(frozen=True)
class ReviewDates:
    """When an application was submitted and decided in the present try; None: not yet."""

    submitted_at_utc: dt.datetime | None
    decided_at_utc: dt.datetime | None


def plan(pack: Pack) -> tuple[StepView, ...]:
    """The steps before an application: what each takes."""
    return tuple(StepView(id_, title, "later", takes, note) for id_, title, takes, note in _rows(pack))


def steps(pack: Pack, facts: ApplicationFacts, next_step: Step) -> tuple[StepView, ...]:
    """The steps of an application. ``next_step`` is what the card's button does: its step is the current one, or waited for."""
    found, current = [], _CURRENT.get(next_step)
    for id_, title, takes, note in _rows(pack):
        is_done, at = _done(id_, facts)
        waiting: StepState = "waiting" if next_step == "wait" else "current"
        state: StepState = "done" if is_done else waiting if id_ == current else "later"
        if id_ == "review" and state in ("waiting", "current"):
            takes = "your reply is needed" if state == "current" else "with the reviewers"
        found.append(StepView(id_, title, state, takes, note, at))
    return tuple(found)


def review_dates(history: Sequence[StatusChange]) -> ReviewDates:
    """When the candidate last handed it over to reviewers, and when these decided, since they applied."""
    begun = max((number for number, one in enumerate(history) if one.to_status == "interested"), default=0)
    submitted = decided = None
    for one in history[begun:]:
        if one.to_status in _WITH_REVIEWER and one.from_status not in _WITH_REVIEWER:
            submitted, decided = one.at_utc, None
        elif one.to_status in ("verified", "declined") and one.from_status in ("in_review", "interested"):
            decided = one.at_utc
    return ReviewDates(submitted, decided)


def usual_wait(waits: Sequence[dt.timedelta]) -> dt.timedelta | None:
    """The median of how long recent decisions took; None where there are too few to tell."""
    return statistics.median(waits) if len(waits) >= FEWEST_DECISIONS else None  # type: ignore[type-var]  # half a timedelta is one


def about(wait: dt.timedelta) -> str:
    """A wait in round words: "about 5 hours", "about 3 days"."""
    hours = round(wait / dt.timedelta(hours=1))
    if hours < 2:
        return "about an hour"
    return f"about {hours} hours" if hours < 36 else f"about {round(wait / dt.timedelta(days=1))} days"


def _rows(pack: Pack) -> list[tuple[StepId, str, str, str]]:
    """Id, title, time and note of each step that this pack has."""
    rows: list[tuple[StepId, str, str, str]] = [
        ("consent", "Consent", "about 2 minutes", "You read what your data is used for. You can withdraw it at any time."),
        ("profile", "Profile", "about 10 minutes", "Education, licences, work and languages. You can import them from a file."),
        ("interview", "Interview", f"up to {pack.max_minutes} minutes",
         f"At most {pack.max_candidate_turns} questions about your work, in writing. You can pause at any time, or ask for a person instead."),
    ]
    if pack.items:
        test = pack.policy.test
        needed = "You have to pass it." if pack.policy.test_required else "Optional: a pass supports your application."
        rows.append(("test", "Knowledge test", f"{test.min_items} to {test.max_items} questions", f"Multiple choice, without a time limit. {needed}"))
    people = "Two reviewers read everything and decide together." if pack.policy.reviewers == 2 else "A reviewer reads everything and decides."
    return [*rows, ("review", "Review", "nothing for you to do", people)]


def _done(id_: StepId, facts: ApplicationFacts) -> tuple[bool, dt.datetime | None]:
    if id_ == "consent":
        return facts.consent_given_at_utc is not None, facts.consent_given_at_utc
    if id_ == "profile":
        return facts.profile_changed_at_utc is not None, facts.profile_changed_at_utc
    if id_ == "interview":
        # After applying again an earlier interview is over and does not count.
        held = facts.interview if facts.status not in ("interested", "interviewing") else None
        return held is not None, held.ended_at_utc if held else None
    if id_ == "test":
        ended = [one.ended_at_utc for one in facts.tests if one.ended_at_utc is not None]
        return bool(ended), ended[-1] if ended else None
    dates = review_dates(facts.history)
    return dates.decided_at_utc is not None, dates.decided_at_utc
