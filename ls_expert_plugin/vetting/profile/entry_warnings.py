"""Soft validation of profile entries: what may be meant and is worth a second look. A warning keeps nobody from saving. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from ls_expert_plugin.vetting.values import Claim, ClaimKind

# What makes two entries of a kind the same one, however the rest is written.
SAME: Mapping[ClaimKind, tuple[str, ...]] = {
    "work": ("employer", "title"), "education": ("school", "degree"), "licence": ("number",), "skill": ("name",), "language": ("code",),
}


def warnings(kind: ClaimKind, details: Mapping[str, Any], others: Iterable[Claim], today: dt.date) -> tuple[str, ...]:
    """Sentences about an entry with the plain values ``details``; ``others``: the rest of the profile. Expired, in the future, twice."""
    found = []
    if kind == "licence":
        if _day(details.get("expires_on"), today) < today:
            found.append("This licence has expired. If it was renewed, enter the new date.")
        if _day(details.get("issued_on"), today) > today:
            found.append("The licence is issued in the future. Check the date.")
    if kind == "work":
        month = f"{today:%Y-%m}"
        if str(details.get("start") or "") > month:
            found.append("The start date is in the future. Check it, if you work there already.")
        elif str(details.get("end") or "") > month:
            found.append("The end date is in the future. Check it, if you no longer work there.")
    if kind == "education" and int(details.get("start_year") or 0) > today.year:
        found.append("The start year is in the future. Check it, if you have begun.")
    if any(is_same(kind, details, other) for other in others):
        found.append("Your profile has another entry like this one. Remove one of them if they are the same.")
    return tuple(found)


def is_same(kind: ClaimKind, fields: Mapping[str, Any], claim: Claim) -> bool:
    """Whether ``claim`` is the same entry, by what names it."""
    if claim.kind != kind:
        return False
    same = [_plain(fields.get(name)) for name in SAME[kind]]
    return any(same) and same == [_plain(claim.details.get(name)) for name in SAME[kind]]


def _day(value: object, otherwise: dt.date) -> dt.date:
    return dt.date.fromisoformat(str(value)) if value else otherwise


def _plain(value: object) -> str:
    return " ".join(str(value or "").casefold().split())
