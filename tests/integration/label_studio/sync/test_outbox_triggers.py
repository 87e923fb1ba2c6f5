"""Each trigger of the outbox by itself: which change of a row is told, with what, and which is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ls_expert_plugin.label_studio.sync.outbox_triggers import TRIGGERS, definitions
from tests.support.clients.in_process import INSIDE
from tests.support.servers.label_studio import LabelStudio

pytestmark = pytest.mark.database
MEMBER, USER, ROLE, PROJECT, ANNOTATION = "organizations_organizationmember", "htx_user", "ls_expert_role", "project", "task_completion"
THEN, LATER = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"


@dataclass(frozen=True)
class Change:
    """A row comes (``before`` None), changes or goes (``after`` None); columns that are not named are ordinary.

    ``kind``: the event it is told as, None where it is not told; ``more``: what the event says, ids by the name of what they are of
    ("row": the changed row itself).
    """

    table: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    kind: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        return "INSERT" if self.before is None else "DELETE" if self.after is None else "UPDATE"


_PERSON, _ITSELF, _ITS_PROJECT = {"user_id": "user"}, {"user_id": "row"}, {"project_id": "row"}


def _annotated(was_cancelled: bool = False, **other: Any) -> dict[str, Any]:
    return {"user_id": "user", "project_id": "project", "task_id": "task", "annotation_id": "row", "was_cancelled": was_cancelled, **other}


CHANGES: Mapping[str, Change] = {
    "a member comes": Change(MEMBER, None, {}, "user_joined", _PERSON),
    "a member comes back": Change(MEMBER, {"deleted_at": THEN}, {"deleted_at": None}, "user_joined", _PERSON),
    "a member is removed": Change(MEMBER, {}, {"deleted_at": THEN}, "user_left", _PERSON),
    "a member is deleted": Change(MEMBER, {}, None, "user_left", _PERSON),
    "a member is touched": Change(MEMBER, {}, {"updated_at": THEN}),
    "a removed member is removed again": Change(MEMBER, {"deleted_at": THEN}, {"deleted_at": LATER}),
    "an address changes": Change(USER, {}, {"email": "new@test.example"}, "user_changed", _ITSELF),
    "a first name changes": Change(USER, {}, {"first_name": "New"}, "user_changed", _ITSELF),
    "a last name changes": Change(USER, {}, {"last_name": ""}, "user_changed", _ITSELF),
    "an account is closed": Change(USER, {}, {"is_active": False}, "user_changed", _ITSELF),
    "an account is opened again": Change(USER, {"is_active": False}, {"is_active": True}, "user_changed", _ITSELF),
    "a user is written as before": Change(USER, {"email": "same@test.example"}, {"email": "same@test.example", "first_name": "First", "is_active": True}),
    "a user is active": Change(USER, {}, {"last_activity": THEN, "phone": "1"}),
    "a role is given": Change(ROLE, None, {"role": "manager"}, "role_changed", _PERSON),
    "an expert becomes a manager": Change(ROLE, {"role": "expert"}, {"role": "manager"}, "role_changed", _PERSON),
    "a manager becomes an expert": Change(ROLE, {"role": "manager"}, {"role": "expert"}, "role_changed", _PERSON),
    "a role is given again": Change(ROLE, {"role": "expert"}, {"role": "expert", "updated_at": THEN}),
    "a project comes": Change(PROJECT, None, {}, "project_created", {"user_id": "user", "project_id": "row"}),
    "a project of nobody comes": Change(PROJECT, None, {"created_by_id": None}, "project_created", _ITS_PROJECT),
    "a title changes": Change(PROJECT, {}, {"title": "New"}, "project_changed", _ITS_PROJECT),
    "a labelling setup changes": Change(PROJECT, {}, {"label_config": "<View></View>"}, "project_changed", _ITS_PROJECT),
    "a project comes back": Change(PROJECT, {"deleted_at": THEN}, {"deleted_at": None}, "project_changed", _ITS_PROJECT),
    "a project goes to the bin": Change(PROJECT, {}, {"deleted_at": THEN}, "project_deleted", _ITS_PROJECT),
    "a project goes to the bin under another title": Change(PROJECT, {}, {"deleted_at": THEN, "title": "Bin"}, "project_deleted", _ITS_PROJECT),
    "a project is deleted": Change(PROJECT, {}, None, "project_deleted", _ITS_PROJECT),
    "a title in the bin changes": Change(PROJECT, {"deleted_at": THEN}, {"title": "New"}),
    "a description changes": Change(PROJECT, {}, {"description": "New", "title": "Ordinary"}),
    "an annotation is submitted": Change(ANNOTATION, None, {}, "annotation_created", _annotated()),
    "a task is skipped": Change(ANNOTATION, None, {"was_cancelled": True, "result": []}, "annotation_created", _annotated(True)),
    "an annotation of nobody is imported": Change(ANNOTATION, None, {"completed_by_id": None}, "annotation_created", _annotated(user_id=None)),
    "a result changes": Change(ANNOTATION, {}, {"result": []}, "annotation_updated", _annotated()),
    "a result is emptied": Change(ANNOTATION, {}, {"result": None}, "annotation_updated", _annotated()),
    "a result is filled in": Change(ANNOTATION, {"result": None}, {"result": []}, "annotation_updated", _annotated()),
    "an annotation becomes a skip": Change(ANNOTATION, {}, {"was_cancelled": True}, "annotation_updated", _annotated(True)),
    "a skip is taken back": Change(ANNOTATION, {"was_cancelled": True}, {"was_cancelled": False}, "annotation_updated", _annotated()),
    "an annotation is deleted": Change(ANNOTATION, {}, None, "annotation_deleted", _annotated()),
    "a skip is deleted": Change(ANNOTATION, {"was_cancelled": True}, None, "annotation_deleted", _annotated(True)),
    "an annotation is written as before": Change(ANNOTATION, {"result": []}, {"result": [], "was_cancelled": False, "lead_time": 3.0}),
}


@dataclass(frozen=True)
class Told:
    """What one Label Studio's triggers wrote, by the name of the change."""

    ids: Mapping[str, int]
    by_name: Mapping[str, Mapping[str, Any]]
    installed: list[str]


@pytest.fixture(scope="module")
def told(label_studio: LabelStudio) -> Told:
    """All changes, made one after the other and taken back."""
    changes = [{"table": one.table, "before": one.before, "after": one.after} for one in CHANGES.values()]
    answer = label_studio.run_inside(INSIDE / "outbox_changes.py", changes=changes)
    return Told(answer["ids"], dict(zip(CHANGES, answer["told"], strict=True)), answer["installed"])


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_told_of_a_change(told: Told, name: str) -> None:
    """One event with the ids of the row, or none."""
    change, found = CHANGES[name], told.by_name[name]
    ids = {**told.ids, "row": found["row"]}
    nothing = dict.fromkeys(("user_id", "project_id", "task_id", "annotation_id", "was_cancelled"))
    said = {column: ids[value] if isinstance(value, str) else value for column, value in change.more.items()}
    assert found["events"] == ([{"kind": change.kind, **nothing, **said}] if change.kind else [])


def test_every_trigger_is_in_the_database(told: Told) -> None:
    """Label Studio starts with all of them in place, and with none that there is no code for."""
    assert told.installed == sorted(definition.name for definition in definitions("sqlite"))


@pytest.mark.parametrize("trigger", TRIGGERS, ids=lambda trigger: f"{trigger.kind}-{trigger.event.split()[0]}")
def test_every_trigger_has_a_change_that_shows_it(trigger: Any) -> None:
    """For each column that it watches one that changes this column alone: whoever adds a trigger or a column adds a change here."""
    verb, _, columns = trigger.event.partition(" OF ")
    shown = [change for change in CHANGES.values() if (change.table, change.verb, change.kind) == (trigger.table, verb, trigger.kind)]
    assert shown, f"no change shows {trigger.kind} on {trigger.event} of {trigger.table}"
    assert {column for column in columns.split(", ") if column} <= {next(iter(one.after or {}), "") for one in shown if len(one.after or {}) == 1}
