"""A candidate in review, and decisions sent with the dossier's forms."""

from __future__ import annotations

import re

from tests.support.builders.vetting_samples import EDUCATION, LICENCE, LONG_ENOUGH, WORK
from tests.support.clients.portal import CANDIDATE, Browser, Portal


def candidate_in_review(portal: Portal, ls_user_id: int = CANDIDATE) -> Browser:
    """A candidate with a full profile whose interview has been searched."""
    browser = portal.browser(ls_user_id)
    browser.send("/consent/matching", agreed="yes", version="1")
    for kind, fields in (("education", EDUCATION), ("licence", LICENCE), ("work", WORK)):
        browser.send(f"/profile/{kind}/new", **fields)
    browser.hold_interview(LONG_ENOUGH)
    portal.work()
    return browser


def revision_of(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


def send_decision(manager: Browser, decision: str, verification_id: int = 1, **fields: str) -> str:
    path = f"/admin/review/{verification_id}"
    response = manager.send(f"{path}/{decision}", revision=revision_of(manager.page(path)), **fields)
    assert (response.status_code, response.headers.get("Location")) == (303, path), response.text
    return manager.page(path)
