"""JSON serialization of what is exchanged with the extension: rows into values, and values into rows. Pure.

What an extension of before does not write is taken as it was then. Raises ``KeyError`` and ``ValueError`` for rows of another form.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from ls_expert_plugin.ls_client.values import Counted, Member, OutboxEvent
from ls_expert_plugin.routing.assignment.dealing import DealtTask
from ls_expert_plugin.routing.values import Membership, ProjectRules, Rules, TaskAssignment


def member(row: Mapping[str, Any]) -> Member:
    """A member of Label Studio from their row."""
    return Member(row["ls_user_id"], row["email"], row["name"], row["role"], moment(row.get("made_at_utc")))


def moment(written: str | None) -> dt.datetime | None:
    """A moment as it is written, in ISO 8601; None also where an extension of before writes nothing."""
    return dt.datetime.fromisoformat(written) if written else None


def membership_as_json(one: Membership) -> dict[str, Any]:
    """A membership as the extension takes it."""
    return {
        "ls_user_id": one.ls_user_id, "ls_project_id": one.ls_project_id, "active": one.active, "revision": one.revision,
        "valid_until_utc": one.valid_until_utc.isoformat() if one.valid_until_utc else None, "reason": one.reason,
        "specialties": list(one.specialties),
    }


def membership(row: Mapping[str, Any]) -> Membership:
    """A membership of the projection from its row."""
    until = dt.datetime.fromisoformat(row["valid_until_utc"]) if row["valid_until_utc"] else None
    return Membership(
        row["ls_user_id"], row["ls_project_id"], row["active"], until, row["reason"], row["revision"], tuple(row["specialties"]),
    )


def rules_as_json(one: ProjectRules) -> dict[str, Any]:
    """Rules of a project as the extension takes them."""
    rules = dataclasses.asdict(one.rules)
    if rules["assignment"] == Rules.assignment:
        del rules["assignment"]  # an extension of before knows no other, and takes no field that it does not know
    return {"ls_project_id": one.ls_project_id, "revision": one.revision, **rules}


def dealt_task(row: Mapping[str, Any]) -> DealtTask:
    """A task as dealing needs it, from its row."""
    return DealtTask(
        row["ls_task_id"], dt.datetime.fromisoformat(row["made_at"]), row["overlap"], row["specialty"], frozenset(row["begun_by"]),
        frozenset(row["done_by"]),
    )


def assignment_as_json(one: TaskAssignment) -> dict[str, Any]:
    """An assignment of a task as the extension takes it."""
    written = {"valid_until_utc": one.valid_until_utc.isoformat() if one.valid_until_utc else None, "task_made_at_utc": one.task_made_at_utc.isoformat()}
    return {**dataclasses.asdict(one), **written}


def assignment(row: Mapping[str, Any]) -> TaskAssignment:
    """An assignment of the projection from its row."""
    made_at = dt.datetime.fromisoformat(row["task_made_at_utc"])
    return TaskAssignment(
        row["ls_user_id"], row["ls_task_id"], row["ls_project_id"], row["purpose"], row["active"], row["barred"], moment(row["valid_until_utc"]),
        made_at, row["revision"],
    )


def project_rules(row: Mapping[str, Any]) -> ProjectRules:
    """Rules of a project of the projection from their row."""
    rules = Rules(row["shows_others_work"], row["specialty_field"], row["shows_tasks_without_specialty"], row.get("assignment", Rules.assignment))
    return ProjectRules(row["ls_project_id"], rules, row["revision"])


def counted(row: Mapping[str, Any]) -> Counted:
    """What audit mode has counted, from its row."""
    plain = {key: row[key] for key in ("ls_user_id", "email", "method", "url_name", "reason", "count")}
    return Counted(**plain, last_at_utc=dt.datetime.fromisoformat(row["last_at_utc"]))


def made(row: Mapping[str, Any]) -> OutboxEvent:
    """The event that made an annotation, from the row of that annotation."""
    plain = {key: row[key] for key in ("ls_user_id", "ls_project_id", "ls_task_id", "ls_annotation_id", "was_cancelled")}
    made_at = dt.datetime.fromisoformat(row["created_at_utc"])
    return OutboxEvent(id=f"annotation.{row['ls_annotation_id']}", kind="annotation_created", **plain, at_utc=made_at, user=None, project_title=None)


def event(row: Mapping[str, Any]) -> OutboxEvent:
    """An event from its row of the outbox."""
    plain = {key: row[key] for key in ("id", "kind", "ls_user_id", "ls_project_id", "ls_task_id", "ls_annotation_id",
                                       "was_cancelled", "project_title")}
    user = member(row["user"]) if row["user"] else None
    made_at = moment(row.get("project_made_at_utc"))
    return OutboxEvent(**plain, at_utc=dt.datetime.fromisoformat(row["at_utc"]), user=user, project_made_at_utc=made_at)
