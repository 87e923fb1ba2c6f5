"""How the audit report reads."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.cli.routing.audit import summary
from ls_expert_plugin.ls_client.values import Counted

AT = dt.datetime(2026, 11, 23, 9, 5, tzinfo=dt.timezone.utc)


def test_the_busiest_person_and_their_most_frequent_call_come_first() -> None:
    """Who would be hit hardest is on top; each line says how often, what, and why."""
    text = summary([
        Counted(7, "ada@example.org", "GET", "webhooks:api:webhook-list", "address", 1, AT),
        Counted(8, "ben@example.org", "GET", "projects:api:project-detail", "object", 2, AT),
        Counted(8, "ben@example.org", "PATCH", "projects:api:project-detail", "address", 40, AT),
        Counted(9, None, "GET", "webhooks:api:webhook-list", "address", 1, AT),
    ])
    assert text.splitlines() == [
        "", "ben@example.org (user 8): would have been refused 42 times",
        "      40  PATCH   projects:api:project-detail  (not for experts; last 2026-11-23 09:05 UTC)",
        "       2  GET     projects:api:project-detail  (not theirs; last 2026-11-23 09:05 UTC)",
        "", "ada@example.org (user 7): would have been refused once",
        "       1  GET     webhooks:api:webhook-list  (not for experts; last 2026-11-23 09:05 UTC)",
        "", "somebody who is gone (user 9): would have been refused once",
        "       1  GET     webhooks:api:webhook-list  (not for experts; last 2026-11-23 09:05 UTC)",
    ]


def test_a_report_without_counts_says_so() -> None:
    """An empty report would look like a broken one."""
    assert summary([]) == "Nothing would have been refused so far.\n"
