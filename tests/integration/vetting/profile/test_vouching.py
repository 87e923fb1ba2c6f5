"""What a reviewer vouches for is what they saw, on PostgreSQL too, where a page and a form come between each other's statements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from ls_expert_plugin.storage.unit_of_work import Database
from ls_expert_plugin.vetting.profile import forms
from ls_expert_plugin.vetting.review.decisions.claim_fingerprints import claim_fingerprint
from ls_expert_plugin.vetting.values import Claim
from tests.support.adversarial.interleaving import at_each_statement, find_deadlocks_soon
from tests.support.builders.vetting_case import Case
from tests.support.builders.vetting_samples import LICENCE, NOW
from tests.support.clients.portal import MANAGER, Browser, Portal
from tests.support.servers.postgresql import PostgresServer
from tests.support.servers.service_database import postgresql_with_tables

NEW = "9999999999"


@dataclass
class Open:
    """A manager's page of a candidate in review, opened before anything changed."""

    case: Case
    manager: Browser
    verification_id: int
    licence: Claim
    revision: int

    def ticks(self) -> Any:
        """I found it right, and verify."""
        return self.manager.send(
            f"/admin/review/{self.verification_id}/verify", revision=str(self.revision), valid_until="2026-12-31", note="Known.",
            checked_claims=[claim_fingerprint(self.licence)],
        )

    def looked_up(self) -> Any:
        """I found it in the register, as it stands here."""
        return self.manager.send(
            f"/admin/review/{self.verification_id}/claims/{self.licence.id}/seen", entry=claim_fingerprint(self.licence), found="found", words="There.",
            where="A register", seen_on="2026-03-01",
        )

    def changes(self) -> None:
        """The candidate writes another number."""
        with self.case.store.begin() as unit:
            forms.change(unit, self.case.person, self.licence.id, {**LICENCE, "number": NEW}, NOW)

    def now(self) -> Claim:
        """The entry as it is."""
        with self.case.store.read() as unit:
            found = unit.claims.get(self.case.person.id, self.licence.id)
        assert found is not None
        return found


@pytest.fixture
def opened(postgresql: PostgresServer) -> Iterator[Callable[[], Open]]:
    """Makes a new licence, and the page about it."""
    with closing(Database(postgresql_with_tables(postgresql))) as store:
        find_deadlocks_soon(store)
        case = Case(store)
        case.consent()
        verification = case.interested()
        manager = Portal(store).browser(MANAGER)
        manager.token()

        def prepare() -> Open:
            with store.begin() as unit:
                for claim in unit.claims.of(case.person.id):
                    unit.claims.remove(case.person.id, claim.id)
                licence = forms.add(unit, case.person, "licence", LICENCE, NOW)
                again = unit.verifications.change(verification.id, "in_review", actor_person_id=None, reason="", now=NOW)
            return Open(case, manager, verification.id, licence, again.revision)

        yield prepare


@pytest.mark.parametrize("vouch", [Open.ticks, Open.looked_up])
def test_a_number_that_is_changed_while_a_reviewer_vouches_is_never_vouched_for(opened: Callable[[], Open], vouch: Callable[[Open], Any]) -> None:
    """Whichever comes first, at every statement about the entry of both: the new number is claimed, and waits for somebody to look."""
    for acts, beside in ((vouch, Open.changes), (Open.changes, vouch)):
        tried = 0
        for page, order in at_each_statement(page_store(opened), opened, acts, beside, after=r"\bclaim\b"):
            assert order.errors == [] and order.deadlocks == [], order
            assert (page.now().details["number"], page.now().status) == (NEW, "claimed"), order
            tried += 1
        assert tried > 1


def page_store(opened: Callable[[], Open]) -> Database:
    """The store that the pages are on."""
    return opened().case.store
