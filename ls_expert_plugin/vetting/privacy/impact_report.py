"""Adverse-impact report as a use case: the outcomes of one domain, or of all together, with small numbers left out. For the command and the page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.errors import NotFound
from ls_expert_plugin.vetting.privacy.adverse_impact import MINIMUM, QUESTIONS, Group, report

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class GroupLine:
    """One group in words; ``decided`` None: too few to tell of."""

    title: str
    group: Group


@dataclass(frozen=True)
class ImpactReport:
    """``decisions``: first decisions about people who answered, None where fewer than ``MINIMUM``; ``questions``: a title and its groups, maybe none."""

    domain: str | None
    decisions: int | None
    questions: tuple[tuple[str, tuple[GroupLine, ...]], ...]


def impact_report(unit: UnitOfWork, domain: str | None, domains: Collection[str]) -> ImpactReport:
    """The report of a domain of ``domains``, or of all together. Raises ``NotFound`` for one that is not there."""
    if domain is not None and domain not in domains:
        raise NotFound(f"There is no domain {domain!r}. There are: {', '.join(domains)}.")
    outcomes = unit.fairness.outcomes(domain)
    groups = report(outcomes)
    questions = tuple(
        (title, tuple(GroupLine(options[one.option], one) for one in groups if one.question == question)) for question, (title, options) in QUESTIONS.items()
    )
    return ImpactReport(domain, len(outcomes) if len(outcomes) >= MINIMUM else None, questions)
