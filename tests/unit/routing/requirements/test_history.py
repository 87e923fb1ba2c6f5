"""What is kept of a version of requirements, and read back."""

from __future__ import annotations

import datetime as dt

from ls_expert_plugin.routing.requirements.editing import TargetState
from ls_expert_plugin.routing.requirements.history import RequirementEvent, changes, from_json, to_json
from ls_expert_plugin.routing.values import Requirement, Rules
from ls_expert_plugin.vetting.values import AddOnQuestion

FULL = TargetState(
    Requirement("law", ("contracts",), True, 3, ("de",), ("Ohio",), ("bar",), 4, "invited", (AddOnQuestion("Wills", "Who inherits?"),)),
    Rules(True, "data.specialty", True), frozenset({7}),
)


def test_a_version_is_read_as_it_was_written() -> None:
    """Everything that a project can ask for; and one that asks for nothing."""
    assert from_json(to_json(FULL), FULL.invited) == FULL
    assert from_json(to_json(TargetState(None)), frozenset()) == TargetState(None)


def test_a_version_of_another_release_stays_readable() -> None:
    """A field that is no longer known is left out; one that was not known then is as if nobody had set it."""
    stored = {"requirement": {"domain": "law", "horoscope": "lion"}, "rules": {"quiet": True}}
    assert from_json(stored, frozenset()) == TargetState(Requirement("law")) and from_json({}, frozenset()) == TargetState(None)


def test_what_came_after_a_change_is_what_was_before_the_next() -> None:
    """After the last one it is what the project asks for now."""
    old, new, now = TargetState(None), TargetState(Requirement("law")), TargetState(Requirement("tax"))
    events = [RequirementEvent(number, 3, dt.datetime.now(dt.timezone.utc), "portal", "", state) for number, state in ((2, new), (1, old))]
    assert [(one.event.id, one.event.before, one.after) for one in changes(events, now)] == [(2, new, now), (1, old, new)]
