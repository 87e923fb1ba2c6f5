"""A call as the guard sees it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ls_expert_plugin.label_studio.enforcement.request.call import Call, call_of


class Query:
    """A query string, as Django has parsed it."""

    def lists(self) -> Any:
        """Each key with its values."""
        return iter([("id", ["1", "2"]), ("q", [""])])


def _request(path: str, url_name: str | None, accept: str | None) -> Any:
    match = SimpleNamespace(view_name="a:b" if url_name else "django.views.static.serve", url_name=url_name, route="^static/")
    return SimpleNamespace(method="GET", path=path, GET=Query(), resolver_match=match, META={} if accept is None else {"HTTP_ACCEPT": accept})


def test_a_call_is_known_by_its_name_or_by_its_route() -> None:
    """A pattern without a name has none, whatever Django calls its view; of a key that stands twice the last value counts."""
    named, unnamed = call_of(_request("/x", "b", None), {"pk": 5}), call_of(_request("/x", None, None), {})
    assert (named.name, named.kwargs, named.reads) == ("a:b", {"pk": 5}, True) and (unnamed.name, unnamed.route) == (None, "^static/")
    assert (named.last("id"), named.last("q"), named.last("other")) == ("2", "", "") and not Call("POST", None).reads


@pytest.mark.parametrize(("path", "accept", "is_api"), [
    ("/api/x", "text/html", True), ("/x", "text/html,*/*", False), ("/x", "application/json", True), ("/x", None, True),
])
def test_a_page_is_what_a_browser_asks_for_outside_the_api(path: str, accept: str | None, is_api: bool) -> None:
    """Everybody else is answered in JSON."""
    assert call_of(_request(path, "b", accept), {}).is_api is is_api
