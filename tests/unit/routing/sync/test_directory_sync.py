"""Members and projects as Label Studio has them, beside what we know: what changes, and what is newer here."""

from __future__ import annotations

import datetime as dt

import pytest

from ls_expert_plugin.ls_client.values import Member
from ls_expert_plugin.routing.sync.directory_sync import FEW, HANDFUL, Directory, DirectoryChange, Kind, member_changes, project_changes
from ls_expert_plugin.routing.values import KnownMember, KnownProject, ListedProject

ASKED = dt.datetime(2026, 11, 25, 12, tzinfo=dt.timezone.utc)
SECOND = dt.timedelta(seconds=1)
BEFORE, AFTER = ASKED - SECOND, ASKED + SECOND
ADA = KnownMember("ada@example.org", "Ada", "expert", None, BEFORE)
HERE = KnownProject("Clauses", None, BEFORE)


def _member(role: str = "expert", name: str = "Ada", email: str = "ada@example.org") -> Member:
    return Member(7, email, name, role)


@pytest.mark.parametrize(("known", "there", "expected"), [
    (ADA, _member(), None),
    (ADA, _member(name=" Ada "), None),
    (ADA, _member("manager"), "changed"),
    (ADA, _member(email="ada@example.com"), "changed"),
    (ADA, None, "left"),
    (None, _member(), "joined"),
    (KnownMember("ada@example.org", "Ada", "expert", BEFORE, None), _member(), "joined"),
    (KnownMember("ada@example.org", "Ada", "expert", BEFORE, None), None, None),
    # What came in since the list was asked for: they left, or came, or were told of with another role.
    (KnownMember("ada@example.org", "Ada", "expert", AFTER, BEFORE), _member(), None),
    (KnownMember("ada@example.org", "Ada", "expert", None, AFTER), None, None),
    (KnownMember("ada@example.org", "Ada", "expert", None, AFTER), _member("manager"), None),
    # Erased here, and Label Studio still has the name.
    (KnownMember("erased-7@erased.invalid", "", "expert", BEFORE, None, True), _member(), None),
])
def test_a_member_is_taken_over_as_they_are_unless_we_have_heard_since(known: KnownMember | None, there: Member | None, expected: str | None) -> None:
    """Who came, left or changed in a gap of the outbox is found; what is newer here, and who is being erased, stays."""
    found = list(member_changes({7: known} if known else {}, {7: there} if there else {}, ASKED))
    assert [(one.kind, one.ls_id, one.member) for one in found] == ([(expected, 7, there)] if expected else [])


@pytest.mark.parametrize(("known", "title", "expected"), [
    (HERE, "Clauses", None),
    (HERE, "Clauses, new", "renamed"),
    (HERE, None, "deleted"),
    (None, "Clauses", "created"),
    (KnownProject("Clauses", BEFORE, BEFORE), "Clauses", "created"),
    (KnownProject("Clauses", BEFORE, BEFORE), None, None),
    (KnownProject("Clauses", None, AFTER), None, None),
    (KnownProject("Clauses", AFTER, AFTER), "Clauses", None),
])
def test_a_project_is_taken_over_as_it_is_unless_it_was_written_since(known: KnownProject | None, title: str | None, expected: str | None) -> None:
    """Projects that came, went or were renamed in a gap of the outbox are found; one that was set a moment ago stays."""
    found = list(project_changes({3: known} if known else {}, {3: ListedProject(title)} if title else {}, ASKED))
    assert [(one.kind, one.ls_id) for one in found] == ([(expected, 3)] if expected else [])


MADE, LATER = BEFORE - 1000 * SECOND, BEFORE - 500 * SECOND


@pytest.mark.parametrize(("known", "made", "expected"), [
    (KnownMember("ada@example.org", "Ada", "expert", None, BEFORE, made_at_utc=MADE), MADE, None),
    (KnownMember("ada@example.org", "Ada", "expert", None, BEFORE, made_at_utc=MADE), MADE + dt.timedelta(microseconds=999), None),
    (KnownMember("ada@example.org", "Ada", "expert", None, BEFORE, made_at_utc=MADE), None, None),
    (KnownMember("ada@example.org", "Ada", "expert", None, BEFORE, made_at_utc=MADE), LATER, "replaced"),
    (KnownMember("ada@example.org", "Ada", "expert", None, BEFORE, made_at_utc=LATER), MADE, "replaced"),
    (KnownMember("ada@example.org", "Ada", "expert", LATER, BEFORE, made_at_utc=MADE), LATER, "replaced"),
    (KnownMember("ada@example.org", "Ada", "expert", LATER, BEFORE, made_at_utc=MADE), MADE, "joined"),
    (KnownMember("erased-7@erased.invalid", "", "expert", LATER, BEFORE, True, MADE), LATER, "replaced"),
    # When the account was made was never told: it is learnt, but for somebody who had left before this one was made.
    (KnownMember("ada@example.org", "Ada", "expert", None, BEFORE), LATER, "account dated"),
    (KnownMember("ada@example.org", "Ada", "expert", LATER, BEFORE), MADE, "joined"),
    (KnownMember("ada@example.org", "Ada", "expert", MADE, BEFORE), LATER, "replaced"),
    # What came in since the list was asked for is newer.
    (KnownMember("ada@example.org", "Ada", "expert", None, AFTER, made_at_utc=MADE), LATER, None),
])
def test_another_account_under_a_known_number_is_another_person(known: KnownMember, made: dt.datetime | None, expected: str | None) -> None:
    """Label Studio was restored and gives numbers anew: when the account was made tells, whatever name and address say."""
    there = Member(7, "ada@example.org", "Ada", "expert", made)
    assert [one.kind for one in member_changes({7: known}, {7: there}, ASKED)] == ([expected] if expected else [])


@pytest.mark.parametrize(("known", "made", "expected"), [
    (KnownProject("Clauses", None, BEFORE, MADE), MADE, None),
    (KnownProject("Clauses", None, BEFORE, MADE), None, None),
    (KnownProject("Clauses", None, BEFORE, MADE), LATER, "made anew"),
    (KnownProject("Clauses", None, BEFORE), LATER, "project dated"),
    (KnownProject("Clauses", BEFORE, BEFORE, MADE), LATER, "created"),
])
def test_another_project_under_a_known_number_is_another_one(known: KnownProject, made: dt.datetime | None, expected: str | None) -> None:
    """The same for projects."""
    assert [one.kind for one in project_changes({3: known}, {3: ListedProject("Clauses", made)}, ASKED)] == ([expected] if expected else [])


@pytest.mark.parametrize(("gone", "there", "doubtful"), [
    (FEW, 0, False), (FEW + 1, 0, True), (FEW + 1, FEW, True), (FEW + 1, FEW + 1, False),
])
def test_more_gone_than_there_is_left_for_somebody_to_look_at(gone: int, there: int, doubtful: bool) -> None:
    """An empty Label Studio, or another one, does not take away what projects ask for and who is invited."""
    for kind, sizes in (("left", (there, 0)), ("deleted", (0, there))):
        kinds: list[Kind] = [kind] * gone  # type: ignore[list-item]
        changes = tuple(DirectoryChange(one, number, "") for number, one in enumerate(kinds))
        other = DirectoryChange("renamed", 3, "Clauses")
        directory = Directory((*changes, other), *sizes)
        assert directory.doubtful == ({kind} if doubtful else set())
        assert directory.sure == ((other,) if doubtful else (*changes, other))


@pytest.mark.parametrize(("others", "there", "shifted"), [
    (HANDFUL, 0, False), (HANDFUL + 1, 0, True), (HANDFUL + 1, 29, True), (HANDFUL + 1, 30, False), (21, 100, True),
])
def test_more_others_than_a_restore_explains_stop_everything(others: int, there: int, shifted: bool) -> None:
    """More than a handful, and more than a fifth of all: dates that are read otherwise, or another Label Studio. Not even a new name is taken over then."""
    for kind, sizes in (("replaced", (there, 0)), ("made anew", (0, there))):
        kinds: list[Kind] = [kind] * others  # type: ignore[list-item]
        changes = (*(DirectoryChange(one, number, "") for number, one in enumerate(kinds)), DirectoryChange("renamed", 99, "Clauses"))
        directory = Directory(changes, *sizes)
        assert directory.is_shifted is shifted and directory.sure == (() if shifted else changes)
