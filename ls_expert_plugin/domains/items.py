"""The items of a pack's knowledge test: written here with their key, and handed out without it (``vetting/knowledge_test``)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from ls_expert_plugin.domains.field_types import Id, Logits, Part, Text

WRONG_OPTIONS = 3


def _three(wrong: tuple[str, ...]) -> tuple[str, ...]:
    if len(wrong) != WRONG_OPTIONS:
        raise ValueError(f"has {len(wrong)} options; write three that are wrong, beside the one in right")
    return wrong


class Item(Part):
    """One question of the knowledge test, with four options: ``right``, and three ``wrong`` ones. Each person sees them in another order.

    ``rationale`` says in one sentence why; ``source`` is public and can be looked up. ``difficulty``, in logits, is the author's
    estimate: 0 for an item that half of those at the bar get right, higher is harder.
    """

    id: Id
    specialty: Id
    stem: Text
    right: Text
    wrong: Annotated[tuple[Text, ...], AfterValidator(_three)]
    rationale: Text
    source: Text
    difficulty: Logits
