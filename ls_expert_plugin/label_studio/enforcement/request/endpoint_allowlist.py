"""Endpoint allowlist: what an expert may call. Everything not named here is refused, and so is everything that a later
Label Studio adds.

Keys are view names as the resolver gives them; unnamed patterns are keyed by their route. ``about`` says what the
``pk`` of the address names, so that the guard can find the project it belongs to. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ls_expert_plugin.label_studio.enforcement.request.call import READ, Call
from ls_expert_plugin.label_studio.enforcement.request.tab_validation import TAB_FIELDS

About = Literal["project", "task", "annotation", "read annotation", "draft", "prediction", "view", "own view", "self", None]


@dataclass(frozen=True)
class AllowedEndpoint:
    """Methods an expert may use on one address, and what its ``pk`` is about.

    ``answered_here``: Label Studio's view is never reached; ``stub_responses.py`` answers. ``fields``: the only top-level ones that a body
    may have. ``takes_files``: nowhere else is a file taken, whatever it is called. ``shapes``: what a query string may say about the
    shape of the answer, as (key, value); nothing, where it is not said. ``max_bytes``: of a body that is kept and shown to
    others in lists; None: as many as Label Studio takes, for work may be large.
    """

    methods: frozenset[str]
    about: About = None
    answered_here: bool = False
    fields: frozenset[str] | None = None
    takes_files: bool = False
    shapes: frozenset[tuple[str, str]] = frozenset()
    max_bytes: int | None = None


# Keys by which a caller takes fields away from an answer or has others written out (rest_flex_fields, 1.0): the keys by which a person
# is known in it could be taken away.
SHAPING = frozenset({"omit", "expand", "fields"})
# What people tell of themselves. Not ``username``, which might be another's address, nor when they came and to whom they belong; keys
# by their own address, where Label Studio checks them.
_OWN_DETAILS = frozenset({"first_name", "last_name", "phone", "allow_newsletters"})

# Bytes of what everybody's people pages and tabs carry, and of a picture of oneself.
_SMALL, _PICTURE = 256 * 1024, 8 * 1024 * 1024


def _rule(methods: str = "", about: About = None, fields: frozenset[str] | None = None, max_bytes: int | None = None) -> AllowedEndpoint:
    """``methods`` are those beyond reading, separated by spaces."""
    return AllowedEndpoint(READ | frozenset(methods.split()), about, fields=fields, max_bytes=max_bytes)



ALLOWED: Mapping[str, AllowedEndpoint] = {
    # Files that make up the pages; no data in them.
    "^sw\\.js$": _rule(),
    "^sw-fallback\\.js$": _rule(),
    "^favicon\\.ico$": _rule(),
    "^label-studio-frontend/(?P<path>.*)$": _rule(),
    "^dm/(?P<path>.*)$": _rule(),
    "^react-app/(?P<path>.*)$": _rule(),
    "^static/fonts/roboto/roboto.css$": _rule(),
    "^static/(?P<path>.*)$": _rule(),
    # Pages.
    "main": _rule(),
    "projects:project-index": _rule(),
    "data_manager:project-data": _rule(about="project"),
    "user-login": _rule("POST"),
    "user-signup": _rule("POST"),
    "logout": _rule("POST"),
    "user-account": _rule("POST", max_bytes=_SMALL),
    "user-account-anything": _rule("POST", max_bytes=_SMALL),
    "ls_expert:portal": _rule(),
    # Projects they are members of.
    "projects:api:project-list": _rule(),
    "projects:api:project-counts-list": _rule(),
    "projects:api:project-detail": _rule(about="project"),
    "projects:api:project-next": _rule(about="project"),
    "projects:api:label-stream-history": _rule(about="project"),
    # Data Manager: looking, with tabs of one's own (its page makes one where there is none, and saves filters in it).
    # Its actions change or delete in bulk; only "next_task" is an expert's (see ``rule_of``).
    "data_manager:api:view-list": _rule("POST", None, TAB_FIELDS, _SMALL),
    "data_manager:api:view-detail": _rule("PATCH PUT DELETE", "view", TAB_FIELDS, _SMALL),
    "data_manager:dm-columns": _rule(),
    "data_manager:dm-project": _rule(),
    "data_manager:dm-actions": _rule("POST"),
    # Labelling.
    "tasks:api:task-list": AllowedEndpoint(READ, shapes=frozenset({("fields", "all"), ("fields", "task_only")})),
    "tasks:api:task-detail": _rule(about="task"),
    "tasks:api:task-annotations": _rule("POST", about="task"),
    "tasks:api:task-drafts": _rule("POST", about="task"),
    "tasks:api:task-annotations-drafts": _rule("POST", about="task"),
    # "Cancel skip" deletes the annotation that said so, and keeps a draft; no other annotation is theirs to delete (see ``object_authorization.py``).
    "tasks:api-annotations:annotation-detail": _rule("PATCH PUT DELETE", about="annotation"),
    "tasks:api-annotations:annotation-convert-to-draft": AllowedEndpoint(frozenset({"POST"}), about="annotation"),
    "tasks:api-drafts:draft-detail": _rule("PATCH PUT DELETE", about="draft"),
    # Files that a task of theirs names (see ``task_files.py``).
    "data_import:data-upload": _rule(),
    "data_import:storage-data-upload": _rule(),
    "storages:task-storage-data-resolve": _rule(),
    "storages:task-storage-data-presign": _rule(),
    "storages:localfiles_data": _rule(),
    # Themselves.
    "current-user-whoami": _rule(),
    "current-user-token": _rule(),
    "current-user-reset-token": _rule("POST"),
    "current-user-hotkeys": _rule("PATCH", max_bytes=_SMALL),
    "product-tour": _rule("PATCH", max_bytes=_SMALL),
    "user-detail": AllowedEndpoint(READ | {"PATCH"}, about="self", fields=_OWN_DETAILS, max_bytes=_SMALL),
    "user-avatar": AllowedEndpoint(READ | {"POST", "DELETE"}, about="self", takes_files=True, max_bytes=_PICTURE),
    "jwt_auth:api-jwt-settings": _rule(),
    "jwt_auth:token_manage": _rule("POST"),
    "jwt_auth:token_refresh": _rule("POST"),
    "jwt_auth:token_blacklist": _rule("POST"),
    "jwt_auth:token_rotate": _rule("POST"),
    "session_policy:session-policy": _rule(),
    # Lists that the Data Manager's page asks for. The real ones are not for experts.
    "user-list": AllowedEndpoint(frozenset({"GET"}), answered_here=True),
    "ml:api:ml-list": AllowedEndpoint(frozenset({"GET"}), answered_here=True),
    "labels_manager:api-labels:label_link-list": AllowedEndpoint(frozenset({"GET"}), answered_here=True, shapes=frozenset({("expand", "label")})),
    # Harmless odds and ends that the pages ask for.
    "health": _rule(),
    "version": _rule(),
    "api-version": _rule(),
    "heidi_tips": _rule(),
    "collect_metrics": _rule("POST"),
}

# Data Manager actions an expert may perform; ``id`` in the query string.
ALLOWED_ACTIONS = frozenset({"next_task"})
_ACTIONS = "data_manager:dm-actions"


def rule_of(call: Call) -> AllowedEndpoint | None:
    """The rule that lets an expert make this call, or None: refused."""
    rule = rule_for(call.name, call.route, call.method)
    return None if call.name == _ACTIONS and call.method == "POST" and call.last("id") not in ALLOWED_ACTIONS else rule


def rule_for(view_name: str | None, route: str, method: str) -> AllowedEndpoint | None:
    """The rule for an endpoint and a method, or None: refused."""
    rule = ALLOWED.get(view_name or route)
    return rule if rule is not None and method in rule.methods else None


def shapes_only_allowed(rule: AllowedEndpoint, query: Iterable[tuple[str, Sequence[str]]]) -> bool:
    """Whether a query string asks for no other shape of the answer than the rule has."""
    asked = {(name, value) for key, values in query if (name := key.removesuffix("[]")) in SHAPING for value in values}
    return asked <= rule.shapes
