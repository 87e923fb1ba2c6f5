"""Whether one person may work on one project, rule by rule in words, for managers: the command and the JSON API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ls_expert_plugin.routing.access.eligibility import Explanation
from ls_expert_plugin.routing.explanation import descriptions
from ls_expert_plugin.routing.explanation.lookup import Subject

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack


@dataclass(frozen=True)
class RuleResult:
    """One rule: what it asks for, what there is, and when that ends (None: no end, or nothing there)."""

    rule: str
    met: bool
    needed: str
    found: str
    valid_until_utc: dt.datetime | None


@dataclass(frozen=True)
class AccessReport:
    """``has_access`` until ``valid_until_utc`` (None: no end). ``sentence`` sums it up."""

    has_access: bool
    sentence: str
    valid_until_utc: dt.datetime | None = None
    rulings: tuple[RuleResult, ...] = ()


def verdict_on(enquiry: Subject, explain: Callable[[int, int], Explanation], packs: Mapping[str, Pack]) -> AccessReport:
    """What is so now. ``explain``: the rules held against a person and a project, by Label Studio's ids; only asked where they decide."""
    if enquiry.left_at_utc is not None:
        return AccessReport(False, f"No access: left Label Studio on {moment(enquiry.left_at_utc)}.")
    if enquiry.person.is_manager:
        return AccessReport(True, "Access: managers see every project, whatever it asks for.")
    explanation = explain(enquiry.person.ls_user_id, enquiry.project.ls_project_id)
    pack = packs.get(enquiry.project.domain or "")
    rulings = tuple(
        RuleResult(check.rule, check.met, descriptions.needed(check, pack), descriptions.found(check, pack), check.valid_until_utc)
        for check in explanation.checks
    )
    if explanation.access is None:
        missing = "; ".join(one.needed for one in rulings if not one.met)
        return AccessReport(False, f"No access. What is missing: {missing}.", None, rulings)
    until = explanation.access.valid_until_utc
    return AccessReport(True, f"Access until {moment(until)}." if until else "Access, without an end.", until, rulings)


def moment(at_utc: dt.datetime) -> str:
    """A moment as people read it."""
    return f"{at_utc.astimezone(dt.timezone.utc):%Y-%m-%d %H:%M} UTC"
