"""A reviewer's tick is about what stood on their page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ls_expert_plugin.errors import Conflict
from ls_expert_plugin.vetting.review.decisions.claim_fingerprints import LookedUp, claim_fingerprint, looked_up
from ls_expert_plugin.vetting.values import Claim

LICENCE = Claim(3, "licence", {"kind": "bar", "number": "1"}, "claimed", "form")
LANGUAGE = Claim(4, "language", {"code": "de"}, "human-verified", "form")
DEGREE = Claim(5, "education", {"degree": "LLM"}, "human-verified", "form")


def test_what_is_ticked_counts_and_what_is_not_no_longer_does() -> None:
    """A licence that is ticked counts; a language that counted and is not ticked does not; a degree is nobody's to tick."""
    assert looked_up([LICENCE, LANGUAGE, DEGREE], [claim_fingerprint(LICENCE)]) == LookedUp(frozenset({3}), frozenset({4}))


@pytest.mark.parametrize("now", [replace(LICENCE, details={"kind": "bar", "number": "2"}), replace(LICENCE, kind="language"), replace(LICENCE, id=6)])
def test_a_tick_on_an_entry_that_says_something_else_now_is_refused(now: Claim) -> None:
    """The reviewer looked another number up than the one that stands there now."""
    with pytest.raises(Conflict, match="was changed since you opened the page"):
        looked_up([now], [claim_fingerprint(LICENCE)])
    assert looked_up([replace(LICENCE, status="human-verified")], [claim_fingerprint(LICENCE)]).checked == {3}
