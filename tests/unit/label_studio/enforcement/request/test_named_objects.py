"""Which objects a call names, wherever it names them, and what an expert may do with each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_expert_plugin.label_studio.enforcement.request.body_validation import NO_BODY, Body
from ls_expert_plugin.label_studio.enforcement.request.named_objects import NotAllowed, check_stays, is_about_moving, may_handle, named, names_nothing, number
from ls_expert_plugin.label_studio.permissions.request_cache import ObjectRef, ProjectAccess
from tests.support.adversarial.crawl import UNTRUE

ME, COLLEAGUE = 7, 8
PLACE = ObjectRef(project_id=3, task_id=30, owner_id=ME)


def _named(method: str = "POST", about: Any = None, kwargs: Any = None, query: Any = (), body: Body = NO_BODY) -> list[tuple[Any, Any]]:
    return list(named(method, about, kwargs or {}, query, body))


def test_the_address_names_what_it_is_about() -> None:
    """To read an annotation and to change it are two things; so are a tab and one's own."""
    assert _named("GET", "annotation", {"pk": 5}) == [("read annotation", 5)] and _named("PATCH", "annotation", {"pk": 5}) == [("annotation", 5)]
    assert _named("GET", "view", {"pk": 5}) == [("view", 5)] and _named("DELETE", "view", {"pk": 5}) == [("own view", 5)]
    assert _named("POST", "task", {"pk": 5, "annotation_id": 6}) == [("task", 5), ("annotation", 6)]
    assert _named("GET", None, {"task_id": 5}) == [("task", 5)] and _named("GET") == []


@pytest.mark.parametrize("key", ["project", "task", "view", "annotation", "parent_prediction", "completed_by"])
def test_ids_are_found_in_every_place(key: str) -> None:
    """In the query string, parted by commas and given twice; in a body, alone and in lists; with brackets after the key."""
    (what, raw), = _named(body=Body(((key, 5),)))
    assert raw == 5
    for body in (Body(((f"{key}[]", 5), (key, [6, "7"]))), Body(((f"{key}[]", "5"), (key, "6"), (key, "7")), True)):
        assert [(kind, int(value)) for kind, value in _named(body=body)] == [(what, 5), (what, 6), (what, 7)]
    assert _named("GET", query=[(key, ["5,6", "7"]), (f"{key}[]", ["8"])]) == [(what, "5"), (what, "6"), (what, "7"), (what, "8")]


@pytest.mark.parametrize("value", UNTRUE)
def test_the_mark_of_ground_truth_is_refused_however_it_is_denied(value: Any) -> None:
    """But for false and null in JSON."""
    with pytest.raises(NotAllowed, match="ground truth"):
        _named(body=Body((("ground_truth", value),)))
    with pytest.raises(NotAllowed, match="ground truth"):
        _named(body=Body((("ground_truth", False),), True))
    assert _named(body=Body((("ground_truth", False), ("ground_truth", None)))) == []


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.integers()))
def test_whatever_stands_for_an_id_is_a_number_or_none(raw: Any) -> None:
    """Nothing that can be sent breaks it; 0 and nothing name nothing."""
    found = number(raw)
    assert found is None or isinstance(found, int)
    assert not names_nothing(raw) or found in (None, 0)


def test_without_access_or_specialty_nothing_is_handled() -> None:
    """Whatever it is and whosever."""
    for what in ("project", "task", "annotation", "read annotation", "draft", "prediction", "view", "own view"):
        assert not may_handle(ME, what, PLACE, None, True) and not may_handle(ME, what, PLACE, ProjectAccess(), False)


def test_ones_own_and_what_is_nobodys_is_handled() -> None:
    """Of colleagues' things, tabs are read; annotations where they are shown, for reading; what a deleted user made is nobody's to change."""
    theirs, gone = ObjectRef(3, 30, COLLEAGUE), ObjectRef(3, 30, -1)
    for what in ("annotation", "read annotation", "draft", "own view", "task"):
        assert may_handle(ME, what, PLACE, ProjectAccess(), True) and may_handle(ME, what, ObjectRef(3, 30), ProjectAccess(), True)
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
        check_stays("annotation", PLACE, Body(fields), ())
    check_stays("annotation", PLACE, Body((("task", 30), ("project", "3"), ("result", []))), ())


def test_a_draft_is_on_an_annotation_of_its_task() -> None:
    """One elsewhere, or one that is none, is refused; when something is made, the body may say nothing of the task."""
    check_stays("task", PLACE, Body((("task", None),)), [ObjectRef(3, 30)])
    for annotation in (ObjectRef(3, 31), ObjectRef()):
        with pytest.raises(NotAllowed):
            check_stays("draft", PLACE, NO_BODY, [annotation])
    assert is_about_moving(Body((("annotation", 1),)), {}) and is_about_moving(NO_BODY, {"annotation_id": 1}) and not is_about_moving(Body((("a", 1),)), {})
