"""The review queue: everything that waits for a manager, each kind oldest first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.review.decisions import reviewers
from ls_expert_plugin.vetting.review.policy import overrides
from ls_expert_plugin.vetting.review.policy.overrides import Overridden
from ls_expert_plugin.vetting.review.recheck import job as recheck_job
from ls_expert_plugin.vetting.review.recheck.job import DueRecheck
from ls_expert_plugin.vetting.review.values import Assignment
from ls_expert_plugin.vetting.values import AddOn, Interview, Person, Verification

if TYPE_CHECKING:
    from ls_expert_plugin.routing.values import Project
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class WaitingReview:
    """A verification in review, since ``since_utc``."""

    verification: Verification
    person: Person
    since_utc: dt.datetime


@dataclass(frozen=True)
class RequestedTakeover:
    """An interview that a person is asked for, or holds already."""

    interview: Interview
    verification: Verification
    person: Person


@dataclass(frozen=True)
class WaitingAnswers:
    """Answers to a project's own questions. ``project``: None once Label Studio no longer has it."""

    add_on: AddOn
    person: Person
    project: Project | None


@dataclass(frozen=True)
class ReviewQueue:
    """What waits, by kind. ``appealed``: ids of verifications in review by an appeal; ``asked``: who was asked for information; ``assigned``: who has
    taken which, by the verification's id; ``overridden``: how often reviewers went against the policy, by domain.
    """

    reviews: tuple[WaitingReview, ...]
    appealed: frozenset[int]
    asked: tuple[WaitingReview, ...]
    assigned: Mapping[int, Assignment]
    takeovers: tuple[RequestedTakeover, ...]
    answers: tuple[WaitingAnswers, ...]
    rechecks: tuple[DueRecheck, ...]
    overridden: tuple[Overridden, ...]


def review_queue(unit: UnitOfWork) -> ReviewQueue:
    """Everything that waits for a manager at this moment."""
    reviews = waiting_reviews(unit)
    back = unit.verifications.came_back_from(reviewers.REFUSALS)
    appealed = {one.verification.id for one in reviews if one.verification.id in back and reviewers.appealed(unit.verifications.history(one.verification.id))}
    return ReviewQueue(
        reviews=reviews, appealed=frozenset(appealed), asked=waiting_for_candidates(unit), assigned=unit.assignments.all(),
        takeovers=requested_takeovers(unit), answers=waiting_answers(unit), rechecks=recheck_job.due_rechecks(unit),
        overridden=overrides.count(unit.reviews.verdicts_by_domain()),
    )


def waiting_reviews(unit: UnitOfWork) -> tuple[WaitingReview, ...]:
    """Who waits for a review, the longest waiting first."""
    return tuple(WaitingReview(one, person, one.updated_at_utc) for one, person in unit.verifications.with_status("in_review"))


def waiting_for_candidates(unit: UnitOfWork) -> tuple[WaitingReview, ...]:
    """Who was asked for information and has not answered, the longest waiting first."""
    return tuple(WaitingReview(one, person, one.updated_at_utc) for one, person in unit.verifications.with_status("more_asked"))


def requested_takeovers(unit: UnitOfWork) -> tuple[RequestedTakeover, ...]:
    """Interviews that a person is asked for, or holds; the longest waiting first."""
    found = []
    for interview in unit.interviews.waiting_for_person():
        verification = unit.verifications.get(interview.verification_id)
        person = unit.people.get(verification.person_id) if verification else None
        if verification is not None and person is not None:
            found.append(RequestedTakeover(interview, verification, person))
    return tuple(found)


def waiting_answers(unit: UnitOfWork) -> tuple[WaitingAnswers, ...]:
    """Answers to projects' questions that nobody has judged yet, of people who are still there."""
    return tuple(
        WaitingAnswers(add_on, person, unit.projects.get(add_on.ls_project_id))
        for add_on in unit.add_ons.waiting() if (person := unit.people.get(add_on.person_id)) is not None
    )
