"""What a decision rests on: interview, credentials, knowledge test and work, each kept apart. Frozen; None: there is none.

Nothing here is added up into one figure. ``evaluation.py`` holds each piece against the pack's policy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ls_expert_plugin.vetting.values import Assessment, Claim, ReviewEntry


@dataclass(frozen=True)
class CompetencyLevel:
    """The level found for one competency, 1 to 5; None: too little to go by. ``spread``: between independent readings.

    ``backed``: a passage of it was found without a model too.
    """

    competency: str
    level: int | None
    spread: int = 0
    backed: bool = True


@dataclass(frozen=True)
class InterviewResult:
    """What an interview showed. ``scored`` is empty where nothing gives levels: a person reads then.

    ``shown``: competencies with located evidence. ``flags``: red flags, and what the browser reported, in words.
    """

    pack_version: int
    shown: frozenset[str] = frozenset()
    scored: tuple[CompetencyLevel, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class LicenceGround:
    """A licence of the profile. ``status`` as in the ledger of claims; ``ends_on``: the last day that it counts; None: no end.

    ``contradicted``: why it does not go with something else; empty where nothing speaks against it.
    """

    claim_id: int
    kind: str
    status: str
    ends_on: dt.date | None = None
    contradicted: str = ""


@dataclass(frozen=True)
class KnowledgeResult:
    """The knowledge test. ``passed``: None while it is undecided, or not over."""

    passed: bool | None


@dataclass(frozen=True)
class WorkResult:
    """Answers to control tasks: how many, and how many of them right."""

    control_answers: int
    right: int


@dataclass(frozen=True)
class Grounds:
    """The pieces of evidence about one person in one domain. ``corrections``: how often the candidate says that something is not right."""

    interview: InterviewResult | None = None
    credentials: tuple[LicenceGround, ...] = ()
    knowledge: KnowledgeResult | None = None
    work: WorkResult | None = None
    corrections: int = 0


def gather(
    claims: Iterable[Claim], assessment: Assessment | None, entries: Iterable[ReviewEntry] = (), *,
    knowledge: KnowledgeResult | None = None, work: WorkResult | None = None, red_flags: Mapping[str, str] | None = None, signals: Sequence[str] = (),
) -> Grounds:
    """The grounds in what is stored. An assessment that could not be made counts as no interview. ``red_flags``: titles by id.

    ``signals``: of ``signals.in_words``; they are looked at, and that is all that follows from them.
    """
    return Grounds(
        interview=interview_result(assessment, red_flags or {}, signals), credentials=tuple(credential(one) for one in claims if one.kind == "licence"),
        knowledge=knowledge, work=work, corrections=sum(one.kind == "correction" for one in entries),
    )


def interview_result(assessment: Assessment | None, red_flags: Mapping[str, str], signals: Sequence[str] = ()) -> InterviewResult | None:
    """What an assessment found; None while there is none that is done. ``red_flags``: titles by id."""
    if assessment is None or assessment.state != "done":
        return None
    return InterviewResult(
        assessment.pack_version, shown=frozenset(one.competency for one in assessment.evidence),
        scored=tuple(CompetencyLevel(one.competency, one.level, one.spread, one.backed) for one in assessment.scores),
        flags=(*(f"{red_flags.get(one.red_flag, one.red_flag)}: “{one.quote}”" for one in assessment.raised), *signals),
    )


def credential(claim: Claim) -> LicenceGround:
    """A licence as a ground of a decision."""
    ends_on = claim.details.get("expires_on")
    return LicenceGround(claim.id, claim.details.get("kind", ""), claim.status, dt.date.fromisoformat(ends_on) if ends_on else None, claim.contradicted)
