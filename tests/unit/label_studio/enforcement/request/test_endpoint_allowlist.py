"""The list of what an expert may call: what is not in it is refused."""

from __future__ import annotations

import pytest

from ls_expert_plugin.label_studio.enforcement.request.call import READ, Call
from ls_expert_plugin.label_studio.enforcement.request.endpoint_allowlist import ALLOWED, ALLOWED_ACTIONS, rule_for, rule_of

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("method", METHODS)
def test_what_nobody_has_decided_on_is_refused(method: str) -> None:
    """A name that a later Label Studio adds, a route without a name, and names that merely look like one of the list."""
    for name in ("projects:api:project-secrets", "projects:api:project-list2", "project-list", "projects:api:Project-List", "", " main", "main "):
        assert rule_for(name, "^api/projects/<int:pk>/secrets/", method) is None, name
    assert rule_for(None, "^api/projects/<int:pk>/secrets/", method) is None
    assert rule_for(None, "", method) is None


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "get", "Post", "", "GET "])
def test_a_method_that_is_not_named_is_refused_everywhere(method: str) -> None:
    """However it is spelt: methods are compared as Django gives them, in capitals."""
    assert [name for name in ALLOWED if rule_for(name, "", method)] == []


def test_only_the_methods_of_a_rule_pass() -> None:
    """On every address of the list."""
    for name, rule in ALLOWED.items():
        assert [method for method in METHODS if rule_for(name, "", method)] == [method for method in METHODS if method in rule.methods], name
        assert rule.methods <= set(METHODS), name


def test_a_name_counts_before_a_route() -> None:
    """An address that has a name is not let in for looking like a file of the page."""
    assert rule_for("projects:api:project-secrets", "^static/(?P<path>.*)$", "GET") is None
    assert rule_for(None, "^static/(?P<path>.*)$", "GET") is not None


def test_experts_delete_nothing_but_what_they_made_themselves() -> None:
    """Their tabs, drafts, picture, and a skip of theirs (``object_authorization.py`` refuses other annotations). No task or project."""
    assert {name for name, rule in ALLOWED.items() if "DELETE" in rule.methods} == {
        "data_manager:api:view-detail", "tasks:api-annotations:annotation-detail", "tasks:api-drafts:draft-detail", "user-avatar"
    }


def test_whatever_writes_says_what_it_writes_to() -> None:
    """An address with an id in it is about something, so that the id is looked up; a list of those without one."""
    without_object = {name for name, rule in ALLOWED.items() if rule.methods - READ and rule.about is None}
    assert without_object == {
        "user-login", "user-signup", "logout", "user-account", "user-account-anything", "data_manager:api:view-list", "data_manager:dm-actions",
        "current-user-reset-token", "current-user-hotkeys", "product-tour", "jwt_auth:token_manage", "jwt_auth:token_refresh",
        "jwt_auth:token_blacklist", "jwt_auth:token_rotate", "collect_metrics",
    }


def test_the_only_action_is_to_take_the_next_task() -> None:
    """No action that changes or deletes in bulk; of two that are named, Label Studio takes the last."""
    assert sorted(ALLOWED_ACTIONS) == ["next_task"]
    for ids, is_allowed in ((["next_task"], True), (["delete_tasks", "next_task"], True), (["next_task", "delete_tasks"], False), ([], False)):
        call = Call("POST", "data_manager:dm-actions", query=[("id", ids)] if ids else [])
        assert (rule_of(call) is not None) is is_allowed, ids
    assert rule_of(Call("GET", "data_manager:dm-actions")) is not None
