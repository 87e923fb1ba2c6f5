"""What a refused form held, and where it stands."""

from __future__ import annotations

import pytest
from werkzeug.routing import Map, Rule

from ls_expert_plugin.web.refused_forms import Typed, form_page, typed

URLS = Map([
    Rule("/", endpoint="home", methods=["GET"]), Rule("/consent", endpoint="consent", methods=["GET"]),
    Rule("/consent/<purpose>", endpoint="give", methods=["POST"]), Rule("/profile/<kind>/new", endpoint="new", methods=["GET", "POST"]),
    Rule("/resume", endpoint="download", methods=["GET"]), Rule("/resume/remove", endpoint="remove", methods=["POST"]),
]).bind("")


def test_what_was_typed_is_named_and_what_pages_send_themselves_is_left_out() -> None:
    """I read my own words, not the form's machinery."""
    sent = [("csrf_token", "x"), ("employer", "Quill"), ("end", ""), ("e3-degree", "LL.M."), ("e3-take", "yes"), ("version", "1"), ("text", "One\nTwo")]
    assert typed(sent) == [
        Typed("Employer", "Quill"), Typed("Degree (4)", "LL.M."), Typed("Your text", "One\nTwo"),
    ]
    assert [one.is_long for one in typed([("a", "short"), ("b", "One\nTwo"), ("c", "word " * 30)])] == [False, True, True]


@pytest.mark.parametrize(("path", "query", "page"), [
    ("/profile/work/new", "suggestion=3", "/profile/work/new?suggestion=3"), ("/consent/matching", "", "/consent"), ("/domains/law/interest", "", "/"),
    ("/resume/remove", "", "/"),
])
def test_a_form_leads_back_to_the_page_it_stands_on(path: str, query: str, page: str) -> None:
    """The nearest page above the form's address; never a download."""
    assert form_page(path, query, URLS) == page
