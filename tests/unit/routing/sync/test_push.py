"""How long a push waits for its next attempt, and what a page of events comes down to."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.ls_client.values import Member, OutboxEvent
from ls_expert_plugin.outbox_consumer.effects import effects_of
from ls_expert_plugin.routing.sync.push import delay_s
from ls_expert_plugin.routing.values import ListedProject

NOW = dt.datetime(2026, 11, 25, tzinfo=dt.timezone.utc)
ADA, ADA_LATER = Member(7, "ada@example.org", "Ada", "expert"), Member(7, "ada@example.org", "Ada Quill", "manager")


def event(kind: str, *, project: int | None = None, title: str | None = None, user: Member | None = None, who: int | None = None) -> OutboxEvent:
    """One row of the outbox."""
    return OutboxEvent("0.1", kind, user.ls_user_id if user else who, project, None, None, None, NOW, user, title)


def test_attempts_wait_twice_as_long_each_up_to_a_minute_and_not_all_at_once() -> None:
    """1, 2, 4 … 60 seconds at most, at least half of it."""
    assert [delay_s(attempt, 1) for attempt in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [delay_s(attempt, 0) for attempt in (0, 6, 10_000)] == [0.5, 30, 30]


def test_many_events_about_one_person_are_where_they_led() -> None:
    """The last one counts; an event about somebody gone by then says nothing."""
    joined, left = event("user_joined", user=ADA), event("user_left", who=7)
    assert effects_of([joined, event("role_changed", user=ADA_LATER)]).people == {7: ADA_LATER}
    assert effects_of([joined, left]).people == {7: None}
    assert effects_of([left, joined]).people == {7: ADA}
    assert effects_of([event("user_changed", who=7)]).people == {7: None}, "who is no active member now has left, whatever the event was"
    assert effects_of([event("user_left", user=ADA)]).people == {7: ADA}, "and who is one is here"
    assert not effects_of([event("annotation_created", project=1, who=7)]).any


def test_a_project_under_an_old_id_is_a_new_one() -> None:
    """Deleted and made again: both are told. Made and deleted: only gone. Renamed thrice: once."""
    made, deleted = event("project_created", project=1, title="New"), event("project_deleted", project=1)
    assert (effects := effects_of([deleted, made])).deleted == {1} and effects.projects == {1: ListedProject("New")}
    assert (effects := effects_of([made, deleted])).deleted == {1} and effects.projects == {}
    assert effects_of([made, *(event("project_changed", project=1, title=f"{n}") for n in range(3))]).projects == {1: ListedProject("2")}
