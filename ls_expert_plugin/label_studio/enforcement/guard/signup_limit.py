"""Rate limit of sign-ups: anybody may sign up in Label Studio unless it is set otherwise, and each account may cost tokens, files and reviews.

Counted in the database, over all processes and addresses: how many accounts were made within the last hour. Existing accounts are never refused.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

HOUR = dt.timedelta(hours=1)
_SENTENCE = "Many people have signed up within the last hour. Try again in an hour, or ask a manager of this Label Studio for an invitation."


def refuse_signup(request: HttpRequest) -> HttpResponse | None:
    """The answer in place of a sign-up when there were too many; None lets the call through. Fails open: without the database nobody signs up."""
    match = request.resolver_match
    if match is None or match.view_name != "user-signup" or request.method != "POST":
        return None
    from users.models import User

    if User.objects.filter(date_joined__gt=timezone.now() - HOUR).count() < settings.LS_EXPERT.signups_per_hour:
        return None
    response = render(request, "ls_expert/refused.html", {"sentence": _SENTENCE}, status=429)
    response["Retry-After"] = str(int(HOUR.total_seconds()))
    return response
