"""What an expert may do with the objects that a call names: decided by the request's context alone, without Django or a database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from ls_expert_plugin.agreement.blind import BlindArm
from ls_expert_plugin.label_studio.enforcement.guard.object_authorization import (
    NotAllowed,
    changes_account_date,
    check_stays,
    deletes_annotation,
    is_about_moving,
    may_access_all,
    may_handle,
    skips_answer,
)
from ls_expert_plugin.label_studio.enforcement.request.body_validation import NO_BODY, Body, BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.call import Call
from ls_expert_plugin.label_studio.enforcement.request.endpoint_allowlist import rule_of
from ls_expert_plugin.label_studio.enforcement.request.object_ids import named_objects
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext
from ls_expert_plugin.label_studio.permissions.caller_access import ObjectRef, ProjectAccess

ME, COLLEAGUE = 7, 8
REF = ObjectRef(project_id=3, task_id=30, owner_id=ME)
TASK, ANNOTATION, TO_DRAFT = "tasks:api:task-detail", "tasks:api-annotations:annotation-detail", "tasks:api-annotations:annotation-convert-to-draft"
SUBMIT, USER = "tasks:api:task-annotations", "user-detail"
CONFIG = '<View><Text name="text" value="$text"/><Choices name="c" toName="text"><Choice value="a"/></Choices></View>'
FITS = [{"from_name": "c", "to_name": "text", "type": "choices", "value": {"choices": ["a"]}}]


@dataclass(frozen=True)
class Viewer:
    """Whoever asks."""

    pk: int = ME


def _context(method: str, name: str, pk: int, body: Any = NO_BODY, **more: Any) -> RequestContext:
    """A call on what this expert has: a task, 30, of project 3, two annotations, 5 (theirs) and 6 (a colleague's), and a draft of theirs."""
    call = Call(method, name, kwargs={"pk": pk, **more.pop("kwargs", {})}, query=more.pop("query", ()))
    objects = {
        ("project", 3): ObjectRef(3), ("task", 30): ObjectRef(3, 30), ("task", 31): ObjectRef(3, 31), ("task", 40): ObjectRef(4, 40),
        ("annotation", 5): REF, ("annotation", 6): ObjectRef(3, 30, COLLEAGUE), ("annotation", 9): replace(REF, is_skip=True), ("draft", 4): REF,
        ("prediction", 2): ObjectRef(3, 30), ("config of task", 30): ObjectRef(3, 30, label_config=CONFIG),
    }
    rule = rule_of(call)
    assert rule is not None
    context = RequestContext(
        call, rule, Viewer(), body=body, named=named_objects(call, rule.about, body), objects=objects, access={3: ProjectAccess(), 4: None},
        visible_tasks=frozenset({30}),
    )
    return replace(context, **more)


def test_ones_own_task_is_open_and_nothing_else() -> None:
    """Not one of another project, of another specialty, one that was not looked up or does not exist, nor one that is no number."""
    assert may_access_all(_context("GET", TASK, 30))
    for pk in (31, 40, 99):
        assert not may_access_all(_context("GET", TASK, pk)), pk
    assert not may_access_all(_context("GET", TASK, 30, access={}))
    assert not may_access_all(_context("GET", TASK, 30, visible_tasks=frozenset()))
    assert not may_access_all(_context("GET", TASK, 30, query=[("task", ["x"])]))


@pytest.mark.parametrize("named", [("project", "4"), ("task", "40"), ("task", "31"), ("annotation", "99"), ("user", str(COLLEAGUE)), ("view", "1")])
def test_one_thing_that_is_not_theirs_refuses_the_call(named: tuple[str, str]) -> None:
    """In the query and in the body, behind what is theirs."""
    key, value = named
    assert not may_access_all(_context("GET", TASK, 30, query=[("project", ["3"]), (key, [f"0,{value}"])]))
    assert not may_access_all(_context("GET", TASK, 30, Body((("project", 3), (key, [value])))))
    assert may_access_all(_context("GET", TASK, 30, Body((("project", 3), ("user", ME), ("task", None)))))


def test_without_a_rule_or_a_body_that_was_read_nothing_is_open() -> None:
    """The decision fails closed, whatever it was not given; a body that was refused refuses the call."""
    context = _context("GET", TASK, 30)
    assert may_access_all(context) and not any(may_access_all(replace(context, **{name: None})) for name in ("rule", "body", "named"))
    with pytest.raises(BodyRefused, match="no"):
        may_access_all(replace(context, body=BodyRefused("no")))


def test_a_hidden_pre_label_is_one_that_is_not_there() -> None:
    """Named as the one that an annotation was made from."""
    submit = _context("POST", SUBMIT, 30, Body((("parent_prediction", 2),)))
    assert may_access_all(submit) and not may_access_all(replace(submit, blind=BlindArm(100, "key")))
    assert not may_access_all(_context("POST", SUBMIT, 30, Body((("parent_prediction", 99),))))


@pytest.mark.parametrize(("method", "name", "body", "changes"), [
    ("PATCH", USER, Body((("first_name", "Ada"), ("date_joined", "2020-01-01"))), True), ("PATCH", USER, Body((("date_joined", "2020"),), is_form=True), True),
    ("PATCH", USER, None, True), ("PATCH", USER, BodyRefused("no"), True), ("PATCH", USER, Body((("first_name", "Ada"),)), False),
    ("GET", USER, None, False), ("PATCH", ANNOTATION, Body((("date_joined", "2020"),)), False),
], ids=["json", "form", "not read", "not readable", "a name", "read", "elsewhere"])
def test_the_date_of_an_account_is_not_changed_even_by_a_body_that_nobody_could_read(method: str, name: str, body: Any, changes: bool) -> None:
    """It decides whose the account is; everything else of it may be changed."""
    assert changes_account_date(replace(_context(method, name, ME), body=body)) is changes


def test_nobody_sets_the_mark_of_ground_truth() -> None:
    """It is refused with a sentence where all else is theirs; a call on what is not theirs finds nothing."""
    with pytest.raises(NotAllowed, match="ground truth"):
        may_access_all(_context("PATCH", ANNOTATION, 5, Body((("ground_truth", True),))))
    assert may_access_all(_context("PATCH", ANNOTATION, 5, Body((("ground_truth", False),))))
    assert not may_access_all(_context("PATCH", ANNOTATION, 6, Body((("ground_truth", True),))))


def test_colleagues_annotations_are_read_where_they_are_shown_and_never_changed() -> None:
    """Elsewhere they are not there."""
    shown = {3: ProjectAccess(shows_others_work=True)}
    assert may_access_all(_context("GET", ANNOTATION, 6, access=shown)) and not may_access_all(_context("GET", ANNOTATION, 6))
    with pytest.raises(NotAllowed, match="colleague's"):
        may_access_all(_context("PATCH", ANNOTATION, 6, access=shown))


def test_only_the_fields_of_a_rule_are_changed() -> None:
    """Of one's account."""
    assert may_access_all(_context("PATCH", USER, ME, Body((("first_name", "A"),))))
    with pytest.raises(NotAllowed, match="change only"):
        may_access_all(_context("PATCH", USER, ME, Body((("username", "a"),))))
    assert not may_access_all(_context("PATCH", USER, COLLEAGUE, Body((("first_name", "A"),))))


def test_a_result_fits_the_label_config_that_was_looked_up() -> None:
    """One that does not is refused, whichever of two it is; none at all says nothing."""
    assert may_access_all(_context("POST", SUBMIT, 30, Body((("result", FITS),)))) and may_access_all(_context("POST", SUBMIT, 30, Body((("result", []),))))
    with pytest.raises(BodyRefused, match="no control"):
        may_access_all(_context("POST", SUBMIT, 30, Body((("result", FITS), ("result", [{**FITS[0], "from_name": "other"}])))))


def test_only_a_skip_is_taken_back() -> None:
    """By deleting it or by turning it into a draft; what was no skip is an answer."""
    for method, name in (("DELETE", ANNOTATION), ("POST", TO_DRAFT)):
        assert may_access_all(_context(method, name, 9)) and deletes_annotation(_context(method, name, 9))
        with pytest.raises(NotAllowed, match="cannot delete"):
            may_access_all(_context(method, name, 5))
    assert not deletes_annotation(_context("PATCH", ANNOTATION, 9)) and not deletes_annotation(_context("DELETE", "tasks:api-drafts:draft-detail", 4))


def test_turning_an_answer_into_a_skip_is_noticed() -> None:
    """By any word on it; what is a skip already, and other changes, are none."""
    skips = Body((("was_cancelled", True),))
    assert skips_answer(_context("PATCH", ANNOTATION, 5, skips)) and skips_answer(_context("PUT", ANNOTATION, 5, skips))
    assert not skips_answer(_context("PATCH", ANNOTATION, 9, skips)) and not skips_answer(_context("PATCH", ANNOTATION, 5, Body((("result", []),))))
    assert not skips_answer(_context("POST", SUBMIT, 30, skips))


def test_work_is_not_moved_by_a_call() -> None:
    """Neither to another task nor, as a draft, to an annotation of one."""
    with pytest.raises(NotAllowed, match="stays with the task"):
        may_access_all(_context("PATCH", ANNOTATION, 5, Body((("task", 31),)), visible_tasks=frozenset({30, 31})))
    drafts = "tasks:api:task-annotations-drafts"
    assert may_access_all(_context("POST", drafts, 30, kwargs={"annotation_id": 5}))
    with pytest.raises(NotAllowed, match="stays with the task"):
        may_access_all(_context("POST", drafts, 31, kwargs={"annotation_id": 5}, visible_tasks=frozenset({30, 31})))


def test_without_access_or_specialty_nothing_is_handled() -> None:
    """Whatever it is and whosever."""
    for what in ("project", "task", "annotation", "read annotation", "draft", "prediction", "view", "own view"):
        assert not may_handle(ME, what, REF, None, True) and not may_handle(ME, what, REF, ProjectAccess(), False)


def test_ones_own_and_what_is_nobodys_is_handled() -> None:
    """Of colleagues' things, tabs are read; annotations where they are shown, for reading; what a deleted user made is nobody's to change."""
    theirs, gone = ObjectRef(3, 30, COLLEAGUE), ObjectRef(3, 30, -1)
    for what in ("annotation", "read annotation", "draft", "own view", "task"):
        assert may_handle(ME, what, REF, ProjectAccess(), True) and may_handle(ME, what, ObjectRef(3, 30), ProjectAccess(), True)
        assert what == "task" or not may_handle(ME, what, theirs, ProjectAccess(), True)
        assert what == "task" or not may_handle(ME, what, gone, ProjectAccess(), True)
    assert may_handle(ME, "view", theirs, ProjectAccess(), True)
    shown = ProjectAccess(shows_others_work=True)
    assert may_handle(ME, "read annotation", theirs, shown, True) and not may_handle(ME, "draft", theirs, shown, True)
    with pytest.raises(NotAllowed, match="colleague's"):
        may_handle(ME, "annotation", theirs, shown, True)


@pytest.mark.parametrize("fields", [
    (("task", 31),), (("task", "31"),), (("task", [30, 31]),), (("task", None),), (("project", 4),), (("project", None),), (("task", 30), ("task", 31)),
])
def test_work_stays_with_its_task(fields: tuple[tuple[str, Any], ...]) -> None:
    """Another task or project, nothing, a list, or the second of two in a form: refused. As they are: fine."""
    with pytest.raises(NotAllowed, match="stays with the task"):
        check_stays("annotation", REF, Body(fields), ())
    check_stays("annotation", REF, Body((("task", 30), ("project", "3"), ("result", []))), ())


def test_a_draft_is_on_an_annotation_of_its_task() -> None:
    """One elsewhere, or one that is none, is refused; when something is made, the body may say nothing of the task."""
    check_stays("task", REF, Body((("task", None),)), [ObjectRef(3, 30)])
    for annotation in (ObjectRef(3, 31), ObjectRef()):
        with pytest.raises(NotAllowed):
            check_stays("draft", REF, NO_BODY, [annotation])
    assert is_about_moving(Body((("annotation", 1),)), {}) and is_about_moving(NO_BODY, {"annotation_id": 1}) and not is_about_moving(Body((("a", 1),)), {})
