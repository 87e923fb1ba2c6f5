"""A colleague's draft, named by its number when an annotation is submitted, is treated as one that is not there.

Label Studio answers 403 for somebody else's draft and 201 for a number that is no draft's (``tasks/api.py: perform_create``,
1.23.2), which tells who drafts. Refusing both would lose the work of somebody whose own draft is gone meanwhile; hiding drafts in
their manager would break what Label Studio counts with them. So the number is taken out of the call.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.label_studio.enforcement.request.body_validation import JSON, Body
from ls_expert_plugin.label_studio.enforcement.request.object_ids import DRAFT_KEY, SUBMIT, number
from ls_expert_plugin.label_studio.enforcement.request.request_context import RequestContext

if TYPE_CHECKING:
    from django.http import HttpRequest


def names_foreign_draft(context: RequestContext) -> bool:
    """Whether an expert submits with a draft of somebody else. Pure."""
    if context.is_manager or context.call.name != SUBMIT or context.call.method != "POST":
        return False
    drafts = {number(raw) or 0 for name, raw in context.fields if name == DRAFT_KEY}
    return any(pk and context.object_ref("draft", pk).owner_id not in (None, context.viewer.pk) for pk in drafts)


def without_foreign_drafts(request: HttpRequest, contexts: Sequence[RequestContext]) -> Sequence[RequestContext]:
    """Takes ``draft_id`` out of the request and its contexts where it names a draft of somebody else. The rest of the body stays."""
    if not any(names_foreign_draft(context) for context in contexts):
        return contexts
    _remove_draft(request)
    return [replace(context, body=_without_draft(context.body)) if isinstance(context.body, Body) else context for context in contexts]


def _without_draft(body: Body) -> Body:
    return replace(body, fields=tuple((name, value) for name, value in body.fields if name != DRAFT_KEY), json=None)


def _remove_draft(request: HttpRequest) -> None:
    if request.content_type == JSON:
        _replace_body(request, json.dumps(_without_key(json.loads(request.body))).encode(), request.META["CONTENT_TYPE"])
        return
    form = request.POST.copy()
    del form[DRAFT_KEY]
    kept: Any = request
    kept._post = form
    # An annotation has no files, so that one kind of form says all of it.
    _replace_body(request, form.urlencode().encode(), "application/x-www-form-urlencoded")


def _without_key(data: Any) -> Any:
    """The same at the top level and in each item of a list, which Label Studio refuses: with another answer the list would tell of the draft."""
    if isinstance(data, list):
        return [_without_key(part) for part in data]
    return {name: value for name, value in data.items() if name != DRAFT_KEY} if isinstance(data, dict) else data


def _replace_body(request: HttpRequest, body: bytes, content_type: str) -> None:
    """Django keeps what it has read of a body in ``_body``, and the rest framework parses from there (5.2, 3.15)."""
    kept: Any = request
    kept._body = body
    request.META.update(CONTENT_TYPE=content_type, CONTENT_LENGTH=str(len(body)))
