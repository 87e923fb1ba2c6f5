"""What the policy of a pack makes of the grounds: a checklist for the reviewer, and whether they verify by themselves. Pure.

There are two ways out of here, "verified" and "a person looks". A refusal is none of them: only a person can refuse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ls_expert_plugin.vetting.evidence.grounds import Grounds, InterviewResult, LicenceGround

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.domains.policy import Policy

# The title of what an interview raised, each in a line of its own.
SIGNAL = "Signal"
# From least to most; a status that is not here counts as none.
CREDENTIAL_STATUSES = ("claimed", "consistent", "registry-matched", "human-verified")
State = Literal["met", "missing", "look"]


@dataclass(frozen=True)
class PolicyCheck:
    """One line of the checklist. ``state``: met, missing, or for a person to look at; ``found`` says what there is.

    ``needs_look``: whoever verifies says that they looked at it, or why they go on without (``overrides.py``).
    """

    title: str
    state: State
    found: str
    needs_look: bool = False

    @property
    def in_words(self) -> str:
        """The line of the checklist as one sentence."""
        return f"{self.title}: {self.found}"


@dataclass(frozen=True)
class PolicyResult:
    """The checklist, and whether the policy lets it verify without a person."""

    checks: tuple[PolicyCheck, ...]
    verifies: bool


def evaluate_policy(pack: Pack, grounds: Grounds, today: dt.date, specialties: Collection[str] = ()) -> PolicyResult:
    """Hold the grounds against the pack's policy.

    Verified by itself is only what the policy says may be, when every line is met, nothing awaits a look, and a checked credential speaks
    for it: written answers, and a test that nobody watched, can be somebody else's.
    """
    policy = pack.policy
    checks = (
        *_interview(pack, grounds.interview, specialties), *_credentials(pack, grounds.credentials, today), *_knowledge(policy, grounds),
        *_work(policy, grounds), *_corrections(grounds),
    )
    by_itself = policy.auto_verify and policy.reviewers == 1 and not policy.look_at and bool(policy.required_credentials)
    return PolicyResult(checks, by_itself and all(one.state == "met" for one in checks))


def _interview(pack: Pack, result: InterviewResult | None, specialties: Collection[str]) -> Iterator[PolicyCheck]:
    mandatory = [one for one in pack.competencies_for(specialties) if one.mandatory]
    if result is None:
        yield PolicyCheck("Interview", "missing", "There is none that has been searched for evidence.")
        return
    if not result.scored or not mandatory:
        shown = sum(one.id in result.shown for one in mandatory)
        found = f"No automatic rating. Passages for {shown} of {len(mandatory)} required competencies; read them and the interview."
        yield PolicyCheck("Interview", "look", found)
    else:
        scored = {one.competency: one for one in result.scored}
        for one in mandatory:
            needed, got = pack.policy.level_needed(one.id), scored.get(one.id)
            title = f"{one.title}: level {needed}"
            if got is None or got.level is None:
                yield PolicyCheck(title, "look", "Too little to go by in the interview.")
            elif got.spread > pack.policy.max_spread:
                yield PolicyCheck(title, "look", f"Level {got.level}, but independent readings differ by {got.spread}.")
            elif got.level >= needed and not got.backed:
                yield PolicyCheck(title, "look", f"Level {got.level}, on passages that only the model named; read them.")
            else:
                yield PolicyCheck(title, "met" if got.level >= needed else "missing", f"Level {got.level}.")
    if result.pack_version != pack.version:
        yield PolicyCheck("Rubric", "look", f"The interview was held with version {result.pack_version}; now it is version {pack.version}.")
    for flag in result.flags:
        yield PolicyCheck(SIGNAL, "look", flag, needs_look=True)


def _credentials(pack: Pack, held: tuple[LicenceGround, ...], today: dt.date) -> Iterator[PolicyCheck]:
    policy = pack.policy
    yield from (PolicyCheck("Licence contradicted", "look", one.contradicted, needs_look=True) for one in held if one.contradicted)
    if not policy.required_credentials:
        return
    titles = {one.id: one.title for one in pack.licences}
    title = f"Licence, {STATUS_WORDS[policy.credential_status]}"
    asked = [one for one in held if one.kind in policy.required_credentials]
    if not asked:
        yield PolicyCheck(title, "missing", f"None of: {', '.join(titles.get(one, one) for one in policy.required_credentials)}.")
        return
    best = max(asked, key=lambda one: (counts(one, policy, today), _rank(one.status)))
    name = titles.get(best.kind, best.kind)
    ended = best.ends_on is not None and best.ends_on < today
    yield PolicyCheck(
        title, "met" if counts(best, policy, today) else "missing",
        f"{name}: ended on {best.ends_on}." if ended else f"{name}: {STATUS_WORDS.get(best.status, best.status)}.",
    )


def counts(one: LicenceGround, policy: Policy, today: dt.date) -> bool:
    """Whether a licence has been checked as far as the policy asks for, nothing speaks against it, and it has not ended."""
    in_time = one.ends_on is None or one.ends_on >= today
    return in_time and not one.contradicted and _rank(one.status) >= _rank(policy.credential_status)


def _rank(status: str) -> int:
    return CREDENTIAL_STATUSES.index(status) if status in CREDENTIAL_STATUSES else -1


def _knowledge(policy: Policy, grounds: Grounds) -> Iterator[PolicyCheck]:
    if grounds.knowledge is None:
        if policy.test_required:
            yield PolicyCheck("Knowledge test", "missing", "Not taken.")
        return
    passed = grounds.knowledge.passed
    found = "Undecided." if passed is None else "Passed, unwatched: weak evidence by itself." if passed else "Not passed."
    state: State = "met" if passed else "missing" if policy.test_required else "look"
    yield PolicyCheck("Knowledge test", state, found, needs_look=True)


def _work(policy: Policy, grounds: Grounds) -> Iterator[PolicyCheck]:
    work = grounds.work
    if work is None:
        return
    found = f"{work.right} of {work.control_answers} answers to control tasks are right."
    yield PolicyCheck("Work so far", "look" if is_poor(policy, work.control_answers, work.right) else "met", found, needs_look=True)


def is_poor(policy: Policy, control_answers: int, right: int) -> bool:
    """Whether work falls short of the policy. Too few answers never do."""
    recheck = policy.recheck
    return control_answers >= recheck.minimum_control_answers and right * 100 < recheck.minimum_right_percent * control_answers


def _corrections(grounds: Grounds) -> Iterator[PolicyCheck]:
    if grounds.corrections:
        notes = "1 note" if grounds.corrections == 1 else f"{grounds.corrections} notes"
        yield PolicyCheck("Corrections by the candidate", "look", f"{notes}, beside what each is about.", needs_look=True)


STATUS_WORDS = {
    "claimed": "self-reported", "consistent": "consistent with the rest", "registry-matched": "matched in the register",
    "human-verified": "verified by a reviewer",
}
