"""A pack's policy in words, for candidates, reviewers and whoever writes packs. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ls_expert_plugin.vetting.review.policy.evaluation import STATUS_WORDS

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.domains.policy import Recheck


def in_words(pack: Pack) -> tuple[str, ...]:
    """The policy, one sentence or two for each thing it says."""
    policy = pack.policy
    return (_needed(pack), _by_itself(pack), _review(pack), *_look_at(pack), _refusal(policy.appeal_days), *_later(policy.valid_days, policy.recheck))


def _needed(pack: Pack) -> str:
    policy = pack.policy
    titles = {one.id: one.title for one in pack.competencies}
    other = [f"{one.level} in {_quoted(titles.get(one.competency, one.competency))}" for one in policy.minimum_levels]
    parts = [f"level {policy.minimum_level} of 5 in each required competency" + (f" ({', '.join(other)})" if other else "")]
    if policy.required_credentials:
        licences = {one.id: one.title for one in pack.licences}
        names = ", ".join(licences.get(one, one) for one in policy.required_credentials)
        parts.append(f"one of these licences, {STATUS_WORDS[policy.credential_status]}: {names}")
    if policy.test_required:
        parts.append("the knowledge test, passed")
    return f"What is asked for: {'; '.join(parts)}."


def _by_itself(pack: Pack) -> str:
    policy = pack.policy
    if not policy.auto_verify:
        return "Nobody is verified without a person."
    if policy.reviewers > 1 or policy.look_at:
        return "Nobody is verified without a person, because a review is asked for."
    if not policy.required_credentials:
        return "Nobody is verified without a person, because written answers alone, and a test that nobody watches, are not enough for that."
    return f"When all of it is there and nothing is in doubt, it verifies without a person. Readings that differ by more than {policy.max_spread} are a doubt."


def _review(pack: Pack) -> str:
    if pack.policy.reviewers == 2:
        return "Whatever is missing or in doubt leads to a review. Two reviewers decide: they have to come to the same verdict."
    return "Whatever is missing or in doubt leads to a review by one person."


def _look_at(pack: Pack) -> tuple[str, ...]:
    return tuple(f"Before they verify, a reviewer must have looked at this: {one}" for one in pack.policy.look_at)


def _refusal(appeal_days: int) -> str:
    return (
        "Only a person can refuse, and has to write the reason, which the candidate reads. "
        f"For {_days(appeal_days)} the candidate may appeal; somebody else decides then."
    )


def _later(valid_days: int, recheck: Recheck) -> tuple[str, ...]:
    reasons = [f"{_days(recheck.licence_notice_days)} before a licence that it rests on ends", f"after {_days(recheck.dormant_after_days)} without work"]
    if recheck.on_new_version:
        reasons.append("when this pack has a new version")
    reasons.append(f"when fewer than {recheck.minimum_right_percent} % of {recheck.minimum_control_answers} or more answers to control tasks are right")
    return (
        f"A verification is proposed for {_days(valid_days)}.",
        f"It is looked at again {'; '.join(reasons)}. The person is reminded and has {_days(recheck.grace_days)}; then it expires.",
    )


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _quoted(text: str) -> str:
    return f"“{text}”"
