"""Brings the extension into a filled Label Studio: its tables and triggers, one manager by name, memberships for half of all.

Takes {"users": [id, …], "manager": id, "expert": id}: everybody but the manager is a member of half of the projects, one in ten of
these memberships with an end date, and some have ended. Prints {"visible": [project id, …]} of the expert.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys

from start import start

start()

BATCH = 10_000


def grant(users: list[int], manager: int, expert: int) -> list[int]:
    """The projects that the expert sees."""
    from django.core.management import call_command
    from projects.models import Project

    from ls_expert_plugin.label_studio.models import Membership, Outbox, Role

    call_command("migrate", verbosity=0)
    Role.objects.create(user_id=manager, role=Role.MANAGER)
    draw = random.Random(5)  # noqa: S311  (data, not secrets)
    projects = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=365)
    seen: list[int] = []
    rows = []
    for user in users:
        if user == manager:
            continue
        mine = set(draw.sample(projects, len(projects) // 2))
        # Of what they do not see, some was theirs once.
        was_mine = set(draw.sample(sorted(set(projects) - mine), len(projects) // 20))
        rows += [
            Membership(
                user_id=user, project_id=project, active=project in mine, valid_until=later if draw.random() < 0.1 else None, revision=1,
                reason="benchmark",
            )
            for project in mine | was_mine
        ]
        if user == expert:
            seen = sorted(mine)
    # As they come in over the months, not one person after another.
    draw.shuffle(rows)
    Membership.objects.bulk_create(rows, batch_size=BATCH)
    Outbox.objects.all().delete()
    return seen


if __name__ == "__main__":
    print(json.dumps({"visible": grant(**json.loads(sys.argv[1]))}))
