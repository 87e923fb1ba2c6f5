"""Templates for reasons: short texts that ship with the plugin, and the team's own, by the decision that they are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, get_args

from ls_expert_plugin.errors import BadInput, Forbidden
from ls_expert_plugin.vetting.review.values import ReasonTemplate
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

TemplateAction = Literal["ask_more", "decline", "suspend", "revoke"]
TEXT_MAX_CHARS = 2000
MOST_TEMPLATES = 100
SHIPPED: Mapping[TemplateAction, tuple[str, ...]] = {
    "ask_more": (
        "Please add the licence that you practise with: its number and the authority that issued it.",
        "Please describe one case that you handled yourself, step by step, without naming anybody.",
        "Please add your most recent work in this field, with employer and dates.",
        "Please take another interview: the answers were too short for us to rate them.",
    ),
    "decline": (
        "We could not find your licence in the register of the authority that you named.",
        "Your profile and interview do not show practical experience in this domain yet.",
        "The answers stay general: they do not show how you would decide in a case of your own.",
    ),
    "suspend": (
        "Your licence is being checked again. Your access is paused until that is done.",
        "Several of your annotations were wrong. We look at them before you continue.",
    ),
    "revoke": (
        "Your licence is no longer valid in the register.",
        "You asked us to end your access.",
    ),
}


def templates(own: Iterable[ReasonTemplate]) -> dict[str, tuple[ReasonTemplate, ...]]:
    """Every text by its decision: the team's own first, then those that ship. Pure."""
    kept = tuple(own)
    return {
        action: (*(one for one in kept if one.action == action), *(ReasonTemplate(action, text) for text in texts)) for action, texts in SHIPPED.items()
    }


def keep(unit: UnitOfWork, manager: Person, action: str, text: str) -> None:
    """Keep a text for the team; one that is there already stays as it is. Raises ``Forbidden``, ``BadInput``."""
    if not manager.is_manager:
        raise Forbidden("Only managers keep templates.")
    if action not in get_args(TemplateAction):
        raise BadInput("Decision: choose what the template is for.")
    said, own = clean(text), unit.reason_templates.all()
    if not said:
        raise BadInput("Text: write the template.")
    if len(said) > TEXT_MAX_CHARS:
        raise BadInput(f"Text: write at most {TEXT_MAX_CHARS:,} characters; there are {len(said):,}.")
    if any((one.action, one.text) == (action, said) for one in own):
        return
    if len(own) >= MOST_TEMPLATES:
        raise BadInput(f"There are {MOST_TEMPLATES} templates already. Remove one first.")
    unit.reason_templates.add(action, said)
