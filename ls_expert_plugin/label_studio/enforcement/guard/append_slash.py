"""The slash that Label Studio's own pages leave out at the end of many addresses.

Label Studio serves such a call twice (``core/middleware.py``, 1.23.2): without the slash, which makes a page that says 404, and then
with it, through all middlewares again. Put on at once it gives the same answer for half of the work, which more than pays for what
the extension costs.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import Resolver404, get_urlconf, resolve


def add_missing_slash(request: HttpRequest) -> None:
    """Where the address is none as it stands, and one with a slash at its end: that one."""
    path = request.path_info
    if not path.endswith("/") and not _is_address(path) and _is_address(f"{path}/"):
        request.path_info = f"{path}/"
        request.path = f"{request.path}/"


def _is_address(path: str) -> bool:
    try:
        resolve(path, get_urlconf())
    except Resolver404:
        return False
    return True
