"""Whose draft a submit names: decided by the request's context, without Django or a database."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, cast

from ls_expert_plugin.label_studio.enforcement.request.body_validation import Body, BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.call import Call
from ls_expert_plugin.label_studio.enforcement.request.foreign_drafts import names_foreign_draft, without_foreign_drafts
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext
from ls_expert_plugin.label_studio.permissions.caller_access import ObjectRef

ME, COLLEAGUE = 7, 8
OBJECTS = {("draft", 1): ObjectRef(3, 30, ME), ("draft", 2): ObjectRef(3, 30, COLLEAGUE), ("draft", 3): ObjectRef(3, 30, -1)}


@dataclass(frozen=True)
class Viewer:
    """Whoever asks."""

    pk: int = ME


def _submit(*drafts: object) -> RequestContext:
    return RequestContext(
        Call("POST", "tasks:api:task-annotations"), None, Viewer(), body=Body(tuple(("draft_id", draft) for draft in drafts)), objects=OBJECTS,
    )


def test_a_draft_of_somebody_else_is_foreign() -> None:
    """Also one of somebody who is gone, written as a text, and the second of two."""
    assert all(names_foreign_draft(_submit(*drafts)) for drafts in ((2,), ("2",), (3,), (1, 2)))


def test_ones_own_draft_and_one_that_is_not_there_are_none() -> None:
    """Nor is nothing, or what is no number."""
    assert not any(names_foreign_draft(_submit(*drafts)) for drafts in ((), (1,), (99,), (0,), (None,), ("x",)))


def test_only_an_experts_submit_is_looked_at() -> None:
    """A manager's, a call that reads, another address, and a body that is refused anyway stay as they are."""
    submit = _submit(2)
    assert not names_foreign_draft(replace(submit, is_manager=True)) and not names_foreign_draft(replace(submit, body=BodyRefused("no")))
    assert not names_foreign_draft(replace(submit, call=replace(submit.call, method="GET")))
    assert not names_foreign_draft(replace(submit, call=replace(submit.call, name="tasks:api:task-drafts")))


def test_the_number_is_taken_out_of_the_request_and_of_what_was_decided_on() -> None:
    """The rest of the body stays; with one's own draft, or none, nothing is touched."""
    sent = {"result": [], "draft_id": 2, "lead_time": 1}
    request = cast(Any, SimpleNamespace(content_type="application/json", body=json.dumps(sent).encode(), META={"CONTENT_TYPE": "application/json"}))
    untouched = dict(request.META)
    submit = replace(_submit(), body=Body((*sent.items(),)))
    assert list(without_foreign_drafts(request, [_submit(1)])) == [_submit(1)] and untouched == request.META
    left, managers = without_foreign_drafts(request, [submit, replace(submit, is_manager=True, body=None)])
    assert left.body == Body((("result", []), ("lead_time", 1))) and managers.body is None
    assert json.loads(request._body) == {"result": [], "lead_time": 1} and request.META["CONTENT_LENGTH"] == str(len(request._body))


def test_the_number_is_taken_out_of_a_list_too() -> None:
    """Label Studio refuses a list; that it does so alike, whoever's the draft is, needs the same answer from here: none."""
    request = cast(Any, SimpleNamespace(content_type="application/json", body=b'[{"draft_id": 2, "result": []}, 5]', META={"CONTENT_TYPE": "application/json"}))
    (left,) = without_foreign_drafts(request, [replace(_submit(), body=Body((("draft_id", 2), ("result", []))))])
    assert json.loads(request._body) == [{"result": []}, 5] and left.body == Body((("result", []),))
