"""Who may work on what."""

from __future__ import annotations

import dataclasses
import datetime as dt

from ls_expert_plugin.routing.eligibility import Access, accessible
from ls_expert_plugin.routing.values import Project
from ls_expert_plugin.vetting.values import Verification

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.timezone.utc)
UNTIL = NOW + dt.timedelta(days=30)
PROJECTS = [Project(1, "Notes", "medicine"), Project(2, "Clauses", "law"), Project(3, "Anything", None)]
VERIFIED = Verification(1, 1, "medicine", "verified", UNTIL, "", 1, NOW)


def test_a_verification_opens_the_projects_of_its_domain_until_its_date() -> None:
    """Medicine opens medicine, and neither law nor the project without a domain."""
    assert accessible([VERIFIED], PROJECTS, NOW) == {1: Access(UNTIL, "verified in medicine")}


def test_only_a_verification_in_force_opens_anything() -> None:
    """Not at its end date, and not in any other state."""
    assert accessible([VERIFIED], PROJECTS, UNTIL) == {}
    for status in ("interested", "interviewing", "assessing", "in_review", "declined", "expired", "suspended", "revoked", "withdrawn"):
        assert accessible([dataclasses.replace(VERIFIED, status=status)], PROJECTS, NOW) == {}, status  # type: ignore[arg-type]


def test_two_domains_open_both() -> None:
    """Somebody may be an expert twice."""
    law = dataclasses.replace(VERIFIED, domain="law", valid_until_utc=None)
    assert accessible([VERIFIED, law], PROJECTS, NOW) == {1: Access(UNTIL, "verified in medicine"), 2: Access(None, "verified in law")}
