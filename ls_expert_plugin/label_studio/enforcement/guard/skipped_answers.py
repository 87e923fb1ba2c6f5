"""Which skipped annotations were answers before: kept in a table of ours, so that answers are not deleted in two steps either.

Label Studio lets a skip be taken back, which deletes it; whoever skips what they have answered would get rid of the answer so.
"""

from __future__ import annotations

from ls_expert_plugin.label_studio.enforcement.guard.object_authorization import NotAllowed
from ls_expert_plugin.label_studio.models import SkippedAnswer

NOT_DELETED_BY_SKIPPING = "This was an answer before it was skipped, and answers are not deleted. Change the annotation, or ask a manager."


def check_never_answered(annotation_id: int) -> None:
    """Raises ``NotAllowed`` for a skip that was an answer before. One query."""
    if SkippedAnswer.objects.filter(pk=annotation_id).exists():
        raise NotAllowed(NOT_DELETED_BY_SKIPPING)


def remember(annotation_id: int) -> None:
    """Notes that an answer is being turned into a skip, before it is."""
    SkippedAnswer.objects.get_or_create(annotation_id=annotation_id)
