"""Policy overrides: what speaks against verifying, opening more or renewing by the pack's policy, and the written reason that going on takes.

A reviewer may go against the policy, with a reason. Each override is kept with the verdict, told to the person, and counted. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ls_expert_plugin.errors import BadInput
from ls_expert_plugin.vetting.review.policy.evaluation import PolicyCheck, PolicyResult
from ls_expert_plugin.vetting.values import ReviewEntry

DECIDES = frozenset({"verified", "amended", "renewed"})


@dataclass(frozen=True)
class Overridden:
    """How often reviewers verified, amended or renewed in a domain, how often against its policy, and against what, most often first."""

    domain: str
    decisions: int
    against: int
    conditions: tuple[tuple[str, int], ...]


def to_look_at(weighed: PolicyResult | None) -> tuple[PolicyCheck, ...]:
    """Lines of the checklist that a reviewer ticks as looked at before they verify."""
    return tuple(one for one in weighed.checks if one.state == "look" and one.needs_look) if weighed else ()


def against_policy(weighed: PolicyResult | None, looked_at: Collection[str] = ()) -> tuple[str, ...]:
    """The lines, in words, that are not met: missing, or to be looked at and not ticked. ``looked_at``: lines in words."""
    if weighed is None:
        return ()
    return tuple(one.in_words for one in weighed.checks if one.state == "missing" or (one.state == "look" and one.needs_look and one.in_words not in looked_at))


def require_reason(against: Sequence[str], reason: str) -> None:
    """Raises ``BadInput``, naming what it is against, when there is something and no reason."""
    if against and not reason:
        raise BadInput(f"This goes against the policy: {' '.join(against)} Write why you go on anyway: the candidate reads it, and it is kept and counted.")


def told(reason: str, against: Sequence[str]) -> str:
    """The reason as history and the person have it."""
    return f"{reason}\nAgainst the policy: {' '.join(against)}" if against else reason


def count(entries: Iterable[tuple[str, ReviewEntry]]) -> tuple[Overridden, ...]:
    """The report, by domain, of (domain, entry) pairs. Only verdicts that decided count; each of two reviewers' is one of its own."""
    decisions: Counter[str] = Counter()
    overridden: Counter[str] = Counter()
    conditions: dict[str, Counter[str]] = {}
    for domain, entry in entries:
        verdict = entry.verdict
        if verdict is None or verdict.to not in DECIDES or not verdict.is_decided:
            continue
        if entry.details["to"] == "amended" and "against" not in entry.details:
            continue  # it opened nothing more, and was not held against the policy
        decisions[domain] += 1
        overridden[domain] += bool(verdict.against)
        conditions.setdefault(domain, Counter()).update(line.partition(": ")[0] for line in verdict.against)
    return tuple(Overridden(domain, decisions[domain], overridden[domain], tuple(conditions[domain].most_common())) for domain in sorted(decisions))
