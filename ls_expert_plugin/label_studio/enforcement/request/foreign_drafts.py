"""A colleague's draft, named by its number when an annotation is submitted, is treated as one that is not there.

Label Studio answers 403 for somebody else's draft and 201 for a number that is no draft's (``tasks/api.py: perform_create``,
1.23.2), which tells who drafts. Refusing both would lose the work of somebody whose own draft is gone meanwhile; hiding drafts in
their manager would break what Label Studio counts with them. So the number is taken out of the call.
"""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest

from ls_expert_plugin.label_studio.enforcement.request.body_validation import BodyRefused
from ls_expert_plugin.label_studio.enforcement.request.named_objects import number
from ls_expert_plugin.label_studio.enforcement.request.object_ids import DRAFT_KEY, object_ref
from ls_expert_plugin.label_studio.enforcement.request.request_body import fields, is_json
from ls_expert_plugin.label_studio.permissions.request_cache import request_cache


def forget_others_draft(request: HttpRequest, user: Any) -> None:
    """Takes ``draft_id`` out of the body where it names a draft of somebody else. The rest of the body stays."""
    try:
        drafts = {number(raw) or 0 for name, raw in fields(request) if name == DRAFT_KEY}
    except BodyRefused:
        return  # the gate's to refuse
    if all(not pk or object_ref(request, user, "draft", pk).owner_id in (None, user.pk) for pk in drafts):
        return
    if is_json(request):
        body = {name: value for name, value in json.loads(request.body).items() if name != DRAFT_KEY}
        _replace_body(request, json.dumps(body).encode(), request.META["CONTENT_TYPE"])
        return
    form = request.POST.copy()
    del form[DRAFT_KEY]
    kept: Any = request
    kept._post = form
    # An annotation has no files, so that one kind of form says all of it.
    _replace_body(request, form.urlencode().encode(), "application/x-www-form-urlencoded")


def _replace_body(request: HttpRequest, body: bytes, content_type: str) -> None:
    """Django keeps what it has read of a body in ``_body``, and the rest framework parses from there (5.2, 3.15)."""
    kept: Any = request
    kept._body = body
    request_cache(request).body = None  # to be read again
    request.META.update(CONTENT_TYPE=content_type, CONTENT_LENGTH=str(len(body)))
