"""A pack's requirements in a candidate's words, for the page that is read before applying. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.domains.policy import CredentialStatus

_CHECKED: dict[CredentialStatus, str] = {
    "claimed": "entered in your profile", "consistent": "entered in your profile, and consistent with the rest of it",
    "registry-matched": "found in the public register", "human-verified": "which a reviewer verifies",
}


def requirements(pack: Pack) -> tuple[str, ...]:
    """What has to be there before somebody is verified, one sentence each."""
    return (_licence(pack), _interview(pack), *_test(pack))


def after_applying(pack: Pack) -> tuple[str, ...]:
    """Who decides, how to appeal, and how long a verification lasts."""
    policy = pack.policy
    by_itself = policy.auto_verify and policy.reviewers == 1 and not policy.look_at and bool(policy.required_credentials)
    decides = (
        "Where everything required is there and nothing is in doubt, you are verified without a reviewer. Only a person can decline you." if by_itself
        else "A person decides, and writes a reason if they decline you."
    )
    return (
        decides,
        f"You can appeal for {_days(policy.appeal_days)} after a decision against you; somebody else decides then.",
        f"A verification usually lasts {_days(policy.valid_days)}. You are reminded before it expires.",
    )


def _licence(pack: Pack) -> str:
    policy = pack.policy
    if not policy.required_credentials:
        return "No licence is required. Licences you hold still support your application."
    titles = {one.id: one.title for one in pack.licences}
    names = [titles.get(one, one) for one in policy.required_credentials]
    which = f"This licence, {_CHECKED[policy.credential_status]}" if len(names) == 1 else f"One of these licences, {_CHECKED[policy.credential_status]}"
    return f"{which}: {', '.join(names)}."


def _interview(pack: Pack) -> str:
    by_level: dict[int, list[str]] = {}
    for one in pack.competencies:
        if one.mandatory and not one.specialties:
            by_level.setdefault(pack.policy.level_needed(one.id), []).append(one.title)
    shown = "; ".join(f"level {level} of 5 in {', '.join(titles)}" for level, titles in sorted(by_level.items()))
    return f"An interview that shows {shown}." if shown else "An interview about your work."


def _test(pack: Pack) -> tuple[str, ...]:
    if pack.policy.test_required:
        return ("The knowledge test, passed.",)
    return ("The knowledge test is optional.",) if pack.items else ()


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days" if number % 365 else "1 year" if number == 365 else f"{number // 365} years"
