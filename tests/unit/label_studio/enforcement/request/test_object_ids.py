"""Which objects a call names, wherever it names them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ls_expert_plugin.label_studio.enforcement.request.body_validation import NO_BODY, Body
from ls_expert_plugin.label_studio.enforcement.request.call import Call
from ls_expert_plugin.label_studio.enforcement.request.object_ids import NamedObjects, named_objects, names_nothing, number
from tests.support.adversarial.crawl import UNTRUE


def _named(method: str = "POST", about: Any = None, kwargs: Any = None, query: Any = (), body: Body = NO_BODY) -> list[tuple[Any, Any]]:
    return list(named_objects(Call(method, None, kwargs=kwargs or {}, query=query), about, body).ids)


def test_the_address_names_what_it_is_about() -> None:
    """To read an annotation and to change it are two things; so are a tab and one's own."""
    assert _named("GET", "annotation", {"pk": 5}) == [("read annotation", 5)] and _named("PATCH", "annotation", {"pk": 5}) == [("annotation", 5)]
    assert _named("GET", "view", {"pk": 5}) == [("view", 5)] and _named("DELETE", "view", {"pk": 5}) == [("own view", 5)]
    assert _named("POST", "task", {"pk": 5, "annotation_id": 6}) == [("task", 5), ("annotation", 6)]
    assert _named("GET", None, {"task_id": 5}) == [("task", 5)] and _named("GET") == []


@pytest.mark.parametrize("key", ["project", "task", "view", "annotation", "parent_annotation", "parent_prediction", "completed_by"])
def test_ids_are_found_in_every_place(key: str) -> None:
    """In the query string, parted by commas and given twice; in a body, alone and in lists; with brackets after the key."""
    (what, pk), = _named(body=Body(((key, 5),)))
    assert pk == 5
    for body in (Body(((f"{key}[]", 5), (key, [6, "7"]))), Body(((f"{key}[]", "5"), (key, "6"), (key, "7")), True)):
        assert _named(body=body) == [(what, 5), (what, 6), (what, 7)]
    assert _named("GET", query=[(key, ["5,6", "7"]), (f"{key}[]", ["8"])]) == [(what, 5), (what, 6), (what, 7), (what, 8)]


def test_the_number_that_the_page_has_in_mind_for_a_new_tab_is_none() -> None:
    """The Data Manager sends it with "+" and "Duplicate"; in any other call it is a tab."""
    query = [("tabID", ["9007199254740991"]), ("project", ["3"])]
    tabs = "data_manager:api:view-list"
    assert named_objects(Call("POST", tabs, query=query), "view", NO_BODY).ids[-1:] == (("project", 3),)
    assert ("view", 9007199254740991) not in named_objects(Call("POST", tabs, query=query), None, NO_BODY).ids
    for call in (Call("GET", tabs, query=query), Call("POST", "tasks:api:task-list", query=query), Call("POST", tabs, query=[("view", ["9007199254740991"])])):
        assert ("view", 9007199254740991) in named_objects(call, None, NO_BODY).ids


@pytest.mark.parametrize("value", UNTRUE)
def test_the_mark_of_ground_truth_is_found_however_it_is_denied(value: Any) -> None:
    """But for false and null in JSON."""
    def asks(*fields: tuple[str, Any], is_form: bool = False) -> bool:
        return named_objects(Call("POST", None), None, Body(fields, is_form)).asks_for_ground_truth

    assert asks(("ground_truth", value)) and asks(("ground_truth", False), is_form=True) and asks(("task", 5), ("ground_truth", value), ("task", 6))
    assert not asks(("ground_truth", False), ("ground_truth", None)) and not asks()


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.integers()))
def test_whatever_stands_for_an_id_is_a_number_or_none(raw: Any) -> None:
    """Nothing that can be sent breaks it; 0 and nothing name nothing."""
    found = number(raw)
    assert found is None or isinstance(found, int)
    assert not names_nothing(raw) or found in (None, 0)


def test_everything_that_is_named_is_looked_up_once_and_in_order() -> None:
    """Nothing is no name; what is no number is one that nobody may use. Behind the mark of ground truth, which refuses the call, nothing counts."""
    call = Call("PATCH", None, kwargs={"pk": 5}, query=[("project", ["3,x", "3", "0"]), ("user", ["8"])])
    named = named_objects(call, "annotation", Body((("task", [30, "31", None]), ("parent_prediction", "9"))))
    assert named.ids == (
        ("annotation", 5), ("project", 3), ("project", None), ("project", 3), ("self", 8), ("task", 30), ("task", 31), ("prediction", 9),
    )
    assert named.keys == (("annotation", 5), ("project", 3), ("task", 30), ("task", 31), ("prediction", 9))
    assert named_objects(Call("POST", None), None, Body((("task", 30), ("ground_truth", True), ("task", 31)))) == NamedObjects((("task", 30),), True)


def test_a_result_is_looked_up_with_the_label_config_it_has_to_fit() -> None:
    """Where one is written; and every draft that a submit names."""
    body = Body((("result", [{}]), ("draft_id", 4), ("draft_id", "5"), ("draft_id", None)))
    submit = Call("POST", "tasks:api:task-annotations", kwargs={"pk": 30})
    assert named_objects(submit, "task", body).besides == (("config of task", 30), ("draft", 4), ("draft", 5))
    assert named_objects(submit, "task", Body((("result", []), ("result", "")))).besides == ()
    assert named_objects(Call("GET", submit.name, kwargs={"pk": 30}), "task", body).besides == (("draft", 4), ("draft", 5))
    assert named_objects(Call("PATCH", "tasks:api-drafts:draft-detail", kwargs={"pk": 4}), "draft", body).besides == (("config of draft", 4),)
