"""Redaction of people in JSON: whoever is described keeps their number, and of the rest only the names of known fields, empty. Pure.

An allow-list: a field of a person that a later Label Studio adds is left out. Somebody is known by any of the fields that describe
people, not by one: a caller may have had that one left out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

# How experts read of each other: by number alone.
COLLEAGUE = "Colleague"
# Where a person stands, whatever is said of them there.
_PLACES = frozenset({
    "completed_by", "created_by", "updated_by", "last_created_by", "user", "users", "annotators", "reviewers", "members", "organization_members",
    "triggered_by", "assigned_by", "comment_authors", "deleted_by",
})
# Fields by which a person is known as one (``users/serializers.py``, 1.23.2), and what they are emptied to.
_EMPTY: dict[str, Any] = {
    "first_name": "", "last_name": "", "username": "", "email": "", "phone": "", "initials": "", "avatar": None, "last_activity": None,
    "custom_hotkeys": None, "active_organization": None, "active_organization_meta": None, "allow_newsletters": None, "date_joined": None,
}
_MARKS = frozenset(_EMPTY) - {"custom_hotkeys"}


def others_nameless(value: Any, me: int | None, but: Collection[str] = (), *, is_person: bool = False) -> Any:
    """``value`` with nobody described in it but the person with the number ``me``. ``but``: keys of contents, which are no people."""
    if isinstance(value, list):
        return [others_nameless(item, me, but, is_person=is_person) for item in value]
    if not isinstance(value, dict):
        return value
    if is_person or not _MARKS.isdisjoint(value):
        if me is not None and value.get("id") == me:
            return value
        return {name: value[name] if name in ("id", "user_id") else _EMPTY[name] for name in value if name in _EMPTY or name in ("id", "user_id")}
    return {name: item if name in but else others_nameless(item, me, but, is_person=name in _PLACES) for name, item in value.items()}


def number_of(person: Any) -> Any:
    """The number of somebody who is described, or is one already."""
    return person.get("id") if isinstance(person, dict) else person
