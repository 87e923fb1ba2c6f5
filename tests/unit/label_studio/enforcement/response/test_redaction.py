"""What is left of Label Studio's answers for an expert, shape by shape."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ls_expert_plugin.agreement.blind import BlindArm
from ls_expert_plugin.label_studio.enforcement.response.redaction import COUNTING, REDACTORS, Reader, UnexpectedShape, redact, without_address

ME, CANARY = 7, "canary"
READER, SHOWN = Reader(ME), Reader(ME, frozenset({3}), True)


def _person(number: int) -> dict[str, Any]:
    return {"id": number, "first_name": CANARY, "last_name": CANARY, "email": f"{CANARY}@test.example", "initials": "CC", "avatar": f"/{CANARY}.png"}


def _annotation(who: int, **more: Any) -> dict[str, Any]:
    name = "me" if who == ME else CANARY
    return {"id": 100 + who, "completed_by": who, "project": 3, "result": [{"value": {"text": [f"{name} result"]}}], "ground_truth": False,
            "created_username": f"{name} {name}@test.example, {who}", "unique_id": f"{name}-unique", **more}


def _draft(who: int) -> dict[str, Any]:
    return {"id": 200 + who, "user": "x", "created_username": f"a b, {who}", "result": ["mine" if who == ME else CANARY]}


def _task(**more: Any) -> dict[str, Any]:
    return {
        "id": 30, "project": 3, "data": {"text": "t"}, "annotations": [_annotation(ME), _annotation(8)], "drafts": [_draft(ME), _draft(8)],
        "annotators": [ME, 8], "updated_by": [{"user_id": 8}], "annotations_results": CANARY, "annotations_ids": "107,108", "avg_lead_time": 4.2,
        "comment_authors": [_person(8)], "draft_exists": True, "predictions": [{"id": 1, "score": 0.5}], "total_predictions": 1,
        "a_later_field": CANARY, **more,
    }


def test_of_a_task_ones_own_is_left() -> None:
    """One's annotation and draft; numbers that labelling needs; no later field, no commenter."""
    kept = redact("tasks:api:task-detail", _task(), READER)
    assert CANARY not in str(kept) and [one["id"] for one in kept["annotations"]] == [107] and [one["id"] for one in kept["drafts"]] == [207]
    assert (kept["annotators"], kept["updated_by"], kept["avg_lead_time"], kept["draft_exists"], kept["comment_authors"]) == ([ME], [], None, True, [])
    assert kept["data"] == {"text": "t"} and kept["total_predictions"] == 1


@pytest.mark.parametrize(("versions", "shown"), [
    (["offline-18-0a1b"], ["Pre-label"]), ([None], ["Pre-label"]), (["v1", "v1"], ["Pre-label", "Pre-label"]), (["v1", "v2"], ["v1", "v2"]), ([], []),
])
def test_the_tab_of_a_pre_label_is_called_so(versions: list[str | None], shown: list[str]) -> None:
    """Not by the version of a model, nor "Admin"; several versions stay apart, since the editor chooses by them."""
    kept = redact("tasks:api:task-detail", _task(predictions=[{"id": 1, "score": 0.5, "model_version": version} for version in versions]), READER)
    assert [one["model_version"] for one in kept["predictions"]] == shown and all(one["score"] == 0.5 for one in kept["predictions"])


def test_where_it_is_shown_colleagues_are_numbers() -> None:
    """Their result is there, their names and unknown fields are not; in another project nothing is shown."""
    described = _task(annotations=[_annotation(8, completed_by=_person(8))], annotations_results="")
    kept = redact("projects:api:project-next", described, SHOWN)
    (theirs,) = kept["annotations"]
    assert theirs["result"] == described["annotations"][0]["result"] and theirs["created_username"] == "Colleague 8"
    assert (theirs["completed_by"]["id"], theirs["completed_by"]["first_name"], theirs["completed_by"]["email"]) == (8, "Colleague", "")
    assert CANARY not in str({**kept, "annotations": [{**theirs, "result": []}]})
    assert redact("tasks:api:task-detail", _task(project=4), SHOWN)["annotations"] == [_annotation(ME)]


def test_a_colleague_stays_unknown_whatever_was_left_out_of_them() -> None:
    """No key is the one that gives them away."""
    for left in ("email", "first_name", "avatar", "id", "initials"):
        person = {name: value for name, value in _person(8).items() if name != left}
        kept = redact("tasks:api:task-detail", _task(annotations=[_annotation(8, completed_by=person)], annotations_results=""), SHOWN)
        assert CANARY not in str([{**one, "result": []} for one in kept["annotations"]]), left


@pytest.mark.parametrize("name", ["tasks:api-annotations:annotation-detail", "tasks:api:task-annotations"])
def test_a_colleagues_annotation_alone_is_withheld(name: str) -> None:
    """Where it is not shown; one that does not say whose it is, too."""
    assert redact(name, _annotation(ME), READER)["id"] == 107
    for strange in (_annotation(8), {**_annotation(ME), "completed_by": None}, {"id": 5}):
        with pytest.raises(UnexpectedShape):
            redact(name, strange, READER)
    assert redact("tasks:api:task-annotations", [_annotation(ME), _annotation(8)], READER) == [_annotation(ME)]


def test_drafts_are_known_by_the_number_at_the_end() -> None:
    """A name that holds a number, or looks like one's own address, does not."""
    strange = {**_draft(8), "created_username": f"x, {ME} y@test.example, 8"}
    assert redact("tasks:api:task-drafts", [_draft(ME), _draft(8), strange, {}], READER) == [_draft(ME)]
    with pytest.raises(UnexpectedShape):
        redact("tasks:api-drafts:draft-detail", strange, READER)


def test_tasks_of_the_blind_arm_have_no_pre_label() -> None:
    """Nor does the number of all; a task that does not say which it is counts as one."""
    everything = Reader(ME, blind=BlindArm(100, "k"))
    for task in (_task(), _task(id=None), _task(project=None)):
        kept = redact("tasks:api:task-detail", task, everything)
        assert (kept["predictions"], kept["total_predictions"]) == ([], 0)
    listed = {"total": 1, "total_annotations": 2, "total_predictions": 1, "tasks": [_task()], "later": CANARY}
    assert redact("tasks:api:task-list", listed, everything)["total_predictions"] == 0
    assert redact("tasks:api:task-list", listed, READER) == {
        "total": 1, "total_annotations": 2, "total_predictions": 1, "tasks": [redact("tasks:api:task-detail", _task(), READER)],
    }


def test_counts_of_a_routed_project_are_of_ones_own_tasks() -> None:
    """Where it does not route by task they stay; how many control tasks there are is said nowhere."""
    project = {
        "id": 3, "created_by": _person(8), "task_number": 9, "task_count": 9, "queue_total": 8, "queue_done": 2, "total_annotations_number": 7,
        "finished_task_number": 4,
        "ground_truth_number": 3, "task_data_password": CANARY, "title": "T", "parsed_label_config": {"email": {"type": "TextArea"}},
    }
    kept = redact("projects:api:project-detail", project, Reader(ME, own_tasks={3: 4}))
    numbers = ("task_number", "task_count", "queue_total", "queue_done", "total_annotations_number", "ground_truth_number")
    assert [kept[name] for name in numbers] == [4, 4, 4, 2, 0, 0]
    other = redact("data_manager:dm-project", project, Reader(ME, own_tasks={5: 4}))
    assert (other["task_number"], other["total_annotations_number"], other["ground_truth_number"]) == (9, 7, 0)
    assert CANARY not in str(kept) + str(other) and kept["parsed_label_config"] == project["parsed_label_config"] and kept["created_by"]["id"] == 8
    with pytest.raises(UnexpectedShape):
        redact("projects:api:project-counts-list", {"results": [{"task_number": 9}]}, Reader(ME, own_tasks={3: 4}))
    assert set(REDACTORS) >= COUNTING


def test_tabs_that_search_by_others_work_are_left_out() -> None:
    """By a column, or by a regular expression; of others' tabs, nobody's name."""

    def tab(number: int, column: str, operator: str = "contains") -> dict[str, Any]:
        look = {"filter": column, "operator": operator, "value": "x"}
        return {"id": number, "project": 3, "user": 8, "data": {"filters": {"items": [look]}}}

    tabs = [tab(1, "filter:tasks:data.text"), tab(2, "filter:tasks:annotations_results"), tab(3, "filter:tasks:data.text", "regex")]
    assert redact("data_manager:api:view-list", tabs, READER) == [{**tabs[0], "user": None}]
    assert len(redact("data_manager:api:view-list", tabs, SHOWN)) == 2
    for one in tabs[1:]:
        with pytest.raises(UnexpectedShape):
            redact("data_manager:api:view-detail", one, READER)


def test_oneself_without_the_owners_address() -> None:
    """Only whoever asks; nobody is nobody."""
    me = {"id": ME, "email": "me@test.example", "active_organization_meta": {"title": "O", "email": CANARY}}
    assert redact("current-user-whoami", me, READER) == {**me, "active_organization_meta": {"title": "O", "email": ""}}
    for reader in (Reader(8), Reader(None)):
        with pytest.raises(UnexpectedShape):
            redact("user-detail", me, reader)


@example("data_manager:dm-actions", [{"id": []}])
@given(st.sampled_from(sorted(REDACTORS)), st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(CANARY),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "tasks", "results", "annotations", "drafts", "columns", "user", "x"]), inner, max_size=3,
    ),
))
def test_whatever_a_later_label_studio_answers_is_cut_or_withheld(name: str, body: Any) -> None:
    """No other error: what is not understood is withheld by one exception, and what is cut keeps its kind."""
    kept = body
    with suppress(UnexpectedShape):
        kept = redact(name, body, READER)
    assert type(kept) is type(body)


def test_an_address_is_taken_out_of_a_page_whole() -> None:
    """As HTML writes it; one that merely ends in it stays."""
    assert without_address("a o&#x27;x@b.example, xo&#x27;x@b.example", "o'x@b.example") == "a , xo&#x27;x@b.example"
