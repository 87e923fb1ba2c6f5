"""What enforcement decides by: a call, its caller, and what they have in all that it names."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest

from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body, BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.call import Call
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext, keep, kept_contexts
from ls_expert_plugin.label_studio.permissions.caller_access import ObjectRef, ProjectAccess

CONTEXT = RequestContext(Call("GET", "main"), None, SimpleNamespace(pk=7))


def test_what_was_not_looked_up_is_nowhere_and_open_to_nobody() -> None:
    """A context that was given nothing opens nothing."""
    assert CONTEXT.object_ref("task", 30) == ObjectRef() and CONTEXT.access_to(ObjectRef(3, 30)) is None and CONTEXT.access_to(ObjectRef()) is None
    assert not CONTEXT.shows_others_work and CONTEXT.fields == () and not CONTEXT.visible_tasks


def test_others_work_is_shown_where_every_project_shows_it() -> None:
    """One project without, or one they are not in, hides it."""
    shown = ProjectAccess(shows_others_work=True)
    for access, is_shown in (({3: shown}, True), ({3: shown, 4: ProjectAccess()}, False), ({3: shown, 4: None}, False)):
        assert dataclasses.replace(CONTEXT, access=access).shows_others_work is is_shown


def test_a_body_that_is_refused_has_no_fields() -> None:
    """Whatever else looks at it finds nothing."""
    assert dataclasses.replace(CONTEXT, body=Body((("a", 1),))).fields == (("a", 1),) and dataclasses.replace(CONTEXT, body=BodyRefused("no")).fields == ()


def test_a_context_does_not_change_and_stays_with_its_request() -> None:
    """What was decided on is what the view is held against; a request that the guard has not seen has none."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        CONTEXT.is_manager = True  # type: ignore[misc]
    request, other = SimpleNamespace(), SimpleNamespace()
    keep(request, [CONTEXT])
    assert kept_contexts(request) == (CONTEXT,) and kept_contexts(other) == ()
