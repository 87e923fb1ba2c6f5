"""What is new in a dossier since a reviewer's last look. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from ls_expert_plugin.vetting.lifecycle.status_catalogue import label
from ls_expert_plugin.vetting.review.dossier.contents import Dossier
from ls_expert_plugin.vetting.review.values import PrivateNote

_ENTRIES = {
    "request": "Information requested", "answer": "The candidate replied", "appeal": "The candidate appealed",
    "correction": "The candidate reported an error", "verdict": "A reviewer gave a verdict",
}


@dataclass(frozen=True)
class News:
    """One thing that is new: a line, where on the page it is, and when it came."""

    anchor: str
    words: str
    at_utc: dt.datetime


def news(found: Dossier, since: dt.datetime | None, reader_id: int, notes: Sequence[PrivateNote] = ()) -> tuple[News, ...]:
    """What others have added since, newest first. ``since``: the reader's look before this one; None: their first, to which nothing is new."""
    if since is None:
        return ()
    new = [
        News("said" if one.kind in ("request", "answer", "appeal", "verdict") else "found", _ENTRIES[one.kind], one.at_utc)
        for one in found.entries if one.author_person_id != reader_id
    ]
    new += [
        News("history", f"Status: {label(one.to_status)}", one.at_utc)
        for one in found.history if one.actor_person_id != reader_id and one.from_status != one.to_status
    ]
    new += [News("tests", "Knowledge test completed", one.ended_at_utc) for one in found.tests if one.ended_at_utc is not None]
    new += [News("notes", "Private note", one.at_utc) for one in notes if one.author.id != reader_id]
    new += [News("profile", "Profile entry added, changed or checked", one.at_utc) for one in found.ledger]
    answers = [one for one in found.interview.turns if one.speaker == "candidate"] if found.interview else []
    new += [News("transcript", "Interview answer", one.at_utc) for one in answers]
    latest: dict[tuple[str, str], list[News]] = {}
    for one in new:
        if one.at_utc > since:
            latest.setdefault((one.anchor, one.words), []).append(one)
    grouped = [
        News(anchor, words if len(same) == 1 else f"{words} ({len(same)})", max(one.at_utc for one in same)) for (anchor, words), same in latest.items()
    ]
    return tuple(sorted(grouped, key=lambda one: one.at_utc, reverse=True))
