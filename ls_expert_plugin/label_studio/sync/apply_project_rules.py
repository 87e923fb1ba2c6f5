"""Applying what the service decided about the inside of projects, by revision, all or nothing.

A rule that takes tasks away from somebody also ends their locks on them; drafts and annotations stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ls_expert_plugin.label_studio.enforcement.scoping.task_locks import release_lost
from ls_expert_plugin.label_studio.models import ProjectRule
from ls_expert_plugin.label_studio.sync.apply_memberships import Applied
from ls_expert_plugin.label_studio.sync.write_transaction import writing


@dataclass(frozen=True)
class PushedRule:
    """One project's rule as the service sent it."""

    project_id: int
    shows_others_work: bool
    specialty_field: str | None
    shows_tasks_without_specialty: bool
    revision: int
    assignment: str = ProjectRule.OPEN


def apply(rules: Iterable[PushedRule]) -> Applied:
    """Upsert these rules by revision; an older one changes nothing."""
    found: Counter[str] = Counter()
    with writing():
        for rule in rules:
            found[_apply_one(rule)] += 1
    return Applied(found["applied"], found["equal"], found["newer"])


def _apply_one(rule: PushedRule) -> str:
    values = {
        "shows_others_work": rule.shows_others_work, "specialty_field": rule.specialty_field,
        "shows_tasks_without_specialty": rule.shows_tasks_without_specialty, "assignment": rule.assignment, "revision": rule.revision,
    }
    # get_or_create under the primary key: two pushes of a new row cannot both insert. It locks the row.
    row, created = ProjectRule.objects.select_for_update().get_or_create(project_id=rule.project_id, defaults=values)
    if not created and row.revision >= rule.revision:
        return "equal" if row.revision == rule.revision else "newer"
    if not created:
        ProjectRule.objects.filter(pk=row.pk).update(**values)
    if rule.specialty_field is not None or rule.assignment != ProjectRule.OPEN:
        release_lost(project_id=rule.project_id)
    return "applied"
