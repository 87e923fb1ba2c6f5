"""The way from Label Studio into the expert portal: ``/expert/``.

The portal asks for a hand-off with a ``state`` of its own; without one we send the browser there first. So a hand-off
always lands in the browser that asked for it, and nobody can be signed in as somebody else by a planted link. Whoever was removed
from the organization can still sign in to Label Studio (1.23.2), and is given none.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone

from ls_expert_plugin.label_studio.permissions.current_user import active_members, role_of
from ls_expert_plugin.protocol.handshake import sign_handoff

_REMOVED = "You are not a member of this Label Studio any more. If you should be, ask its owner to add you again."
_STATE = re.compile(r"^[A-Za-z0-9_-]{16,128}$")


@login_required
def portal(request: HttpRequest) -> HttpResponse:
    """Redirects to the portal's sign-in, or back to it with a signed hand-off."""
    public_url = settings.LS_EXPERT.public_url
    state = request.GET.get("state", "")
    if not _STATE.match(state):
        return HttpResponseRedirect(f"{public_url}/sign-in")
    user = request.user
    if not active_members().filter(user_id=user.pk).exists():
        return render(request, "ls_expert/refused.html", {"sentence": _REMOVED}, status=403)
    token = sign_handoff(
        settings.LS_EXPERT.shared_secret, ls_user_id=user.pk, email=user.email, name=user.get_full_name(),
        role=role_of(user), state=state, now=timezone.now(), made_at_utc=user.date_joined,
    )
    response = HttpResponseRedirect(f"{public_url}/enter?{urlencode({'token': token})}")
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
