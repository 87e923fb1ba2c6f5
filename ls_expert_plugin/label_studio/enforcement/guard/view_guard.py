"""The first layer once more, inside each API view, when the rest framework knows who calls and with what.

The gate runs before the view and reads the request for itself. Here it is held against what the view has got: a caller whom the gate
has not seen, or a body that it read differently, is refused. In one place that every API view passes: ``APIView.perform_authentication``,
which ``initial`` calls before permissions and before any method (djangorestframework 3.15). Fails closed; not in audit mode.
"""

from __future__ import annotations

import logging
from typing import Any

from ls_expert_plugin.label_studio.enforcement.request.request_body import from_framework
from ls_expert_plugin.label_studio.enforcement.request.request_context import kept_contexts
from ls_expert_plugin.label_studio.permissions.current_user import SERVICE_MARK, enforcement_is_on, has_manager_role

logger = logging.getLogger(__name__)


def guard_views() -> None:
    """Wrap ``perform_authentication``. Called once, when Django is ready."""
    from rest_framework.views import APIView

    stock = APIView.perform_authentication

    def perform_authentication(self: Any, request: Any) -> None:
        stock(self, request)
        check(request)

    perform_authentication.__doc__ = stock.__doc__
    APIView.perform_authentication = perform_authentication


def check(request: Any) -> None:
    """Raises the rest framework's ``PermissionDenied`` or ``ParseError``. ``request`` is the rest framework's."""
    from rest_framework.exceptions import ParseError, PermissionDenied

    user, before = request.user, request._request
    if not enforcement_is_on() or not user.is_authenticated or getattr(before, SERVICE_MARK, False):
        return
    contexts = kept_contexts(before)
    seen = {context.viewer.pk for context in contexts}
    if user.pk not in seen and not (not seen and has_manager_role(user)):  # to a manager whom nobody contradicts nothing is refused
        logger.error("%s: the view knows user %s, whom the gate has not seen", before.path, user.pk)
        raise PermissionDenied
    if has_manager_role(user):
        return
    got = from_framework(request)
    if not all(context.body == got for context in contexts if context.viewer.pk == user.pk):
        logger.error("%s: the view reads a body that the gate has read differently, of user %s", before.path, user.pk)
        raise ParseError
