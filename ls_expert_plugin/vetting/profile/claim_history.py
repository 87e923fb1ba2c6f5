"""The ledger of claims: what became of an entry of the profile, from whom, when, and on what evidence. Events are only ever added.

    claimed → consistent → registry-matched → human-verified → expired

A step may be left out upwards; an entry that is changed is "claimed" again. What somebody found against it is a mark beside the status
("contradicted"): it takes away what a register or a person vouched for, and stays until the entry is changed or a person has cleared it up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.errors import BadInput, Conflict, NotFound, RegistryUnavailable
from ls_expert_plugin.vetting.profile.credential_checks import Compared, CredentialCheck, beside, compare, consistent
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Claim, Person

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack
    from ls_expert_plugin.storage.unit_of_work import Database, UnitOfWork

STEPS = ("claimed", "consistent", "registry-matched", "human-verified")
WORDS_MAX_CHARS = 2000
FOUND = ("found", "differs", "not found")
# So long an answer of a register counts; asking again sooner brings nothing.
KEPT = dt.timedelta(days=7)
# So long after a change of their name nobody is matched by a program: the name may have been changed for the match. A person can look at once.
RENAMED_LATELY = dt.timedelta(days=30)
TWICE = "This number counts for somebody else here already. A manager looks at both."


def raised(status: str, to: str) -> str:
    """The higher of two steps: a register's match takes nothing from what a person has seen. "expired" is below all."""
    order = ("expired", *STEPS)
    return max(status, to, key=lambda one: order.index(one) if one in order else 0)


def look_up(
    store: Database, claim_id: int, checks: Mapping[str, CredentialCheck], now: dt.datetime, codes: Mapping[str, Collection[str]] = MappingProxyType({})
) -> str | None:
    """Ask the register about a licence and write down what it says; the words of it. None: nothing to ask. ``codes``: of ``asked_codes``.

    A register that does not answer is written down too, and nothing else changes. No transaction is open while it is asked; what it says is
    held against the entries as they are then, and an entry that was changed meanwhile, or whose person has another name by then, stays as it is.
    """
    with store.read() as unit:
        found = unit.claims.find(claim_id)
        person = unit.people.get(found[0]) if found else None
    if found is None or person is None or found[1].kind != "licence":
        return None
    claim, kind = found[1], found[1].details.get("kind", "")
    check = checks.get(kind)
    if check is None or not check.looks_up:
        return None
    source, number = f"register:{check.id}", str(claim.details.get("number", ""))
    wrong = check.well_formed(number)
    if wrong:
        return _note(store, person, claim, source, {"words": wrong}, now, contradicted=wrong)
    with store.read() as unit:
        answer = unit.claims.kept_answer(check.id, number, now - KEPT)
    if answer is None:
        try:
            answer = check.look_up(number)
        except RegistryUnavailable as problem:
            return _note(store, person, claim, source, {"words": problem.message, "failed": True}, now)
        with store.begin() as unit:
            unit.claims.keep_answer(check.id, number, answer, now)
    with store.begin() as unit:
        current = unit.people.lock(person.ls_user_id)
        mine = unit.claims.lock(person.id)
        if current is None or current.name != person.name or not any(one.id == claim.id and dict(one.details) == dict(claim.details) for one in mine):
            return None
        others = tuple(one for one in mine if one.id != claim.id)
        compared = _doubted(compare(claim, person.name, others, answer, check.title, kinds_beside=beside(check), codes=codes.get(kind, ())), person, now)
        if compared.matches and unit.claims.is_taken(person.id, claim, check.id, number):
            compared = replace(compared, matches=False, contradicted=TWICE)
            unit.notifications.note_managers("number_twice", now)
        evidence = {
            "words": compared.words, "listed": list(answer.names), "compared_with": person.name, "undecided": compared.undecided,
        }
        said = _write(unit, person, claim, source, evidence, now, compared=compared, places=answer.places)
        for one in consistent(others, answer, beside(check)) if compared.matches else ():
            if one.status == "claimed":
                says = {"words": f"{check.title} lists the same number for {one.details['jurisdiction']}"}
                unit.claims.record(person.id, one.id, "consistent", source, says, now, contradicted=one.contradicted)
    return said


def asked_codes(packs: Iterable[Pack]) -> dict[str, frozenset[str]]:
    """For each kind of licence, what a register's codes have to begin with; empty where a pack takes any."""
    found: dict[str, frozenset[str]] = {}
    for licence in (one for pack in packs for one in pack.licences):
        theirs = frozenset(licence.register_codes)
        known = found.get(licence.id, theirs)
        found[licence.id] = known | theirs if known and theirs else frozenset()
    return found


def _doubted(compared: Compared, person: Person, now: dt.datetime) -> Compared:
    """The same, unless the name was changed lately: then a person looks, whatever agrees."""
    since = person.renamed_at_utc
    if since is None or now - since >= RENAMED_LATELY:
        return compared
    says = f"The name in Label Studio was changed on {since.day} {since:%B %Y}, to {person.name or 'none'}: a person looks."
    return replace(compared, matches=False, undecided=f"{compared.undecided} {says}".strip())


def _note(
    store: Database, person: Person, seen: Claim, source: str, evidence: Mapping[str, Any], now: dt.datetime, *, contradicted: str = "",
) -> str | None:
    with store.begin() as unit:
        unit.claims.lock(person.id)
        return _write(unit, person, seen, source, evidence, now, contradicted=contradicted)


def _write(
    unit: UnitOfWork, person: Person, seen: Claim, source: str, evidence: Mapping[str, Any], now: dt.datetime, *, contradicted: str = "",
    compared: Compared | None = None, places: Collection[str] = (),
) -> str | None:
    """A line about an entry that is locked and still says what was ``seen``; None: it does not."""
    claim = unit.claims.get(person.id, seen.id)
    if claim is None or dict(claim.details) != dict(seen.details):
        return None
    against = compared.contradicted if compared else contradicted
    status = claim.status
    if compared and compared.matches:
        status = raised(status, "registry-matched")
    elif (against or compared) and status == "registry-matched":
        status = "claimed"
    if evidence.get("failed"):
        against = claim.contradicted
    rests_on = {"name": person.name, "places": list(places)} if compared and compared.matches else None
    unit.claims.record(person.id, claim.id, status, source, evidence, now, contradicted=against, rests_on=rests_on)
    return str(evidence["words"])


def renamed(unit: UnitOfWork, person: Person, now: dt.datetime) -> int:
    """Somebody has another name now: what a register matched under the old one is claimed again, and managers are told; how many entries.

    What a person has looked up stays: they saw the entry, not the name alone.
    """
    matched = [one for one in unit.claims.lock(person.id) if one.status == "registry-matched"]
    for claim in matched:
        words = f"The name in Label Studio was changed to {person.name or 'none'}. The register was asked about another one; a person looks again."
        unit.claims.record(person.id, claim.id, "claimed", "name", {"words": words, "undecided": words}, now, contradicted=claim.contradicted)
    if matched:
        unit.notifications.note_managers("renamed", now, but=person.id)
    return len(matched)


def record_seen(
    unit: UnitOfWork, manager: Person, person_id: int, claim_id: int, found: str, words: str, where: str, seen_on: str, now: dt.datetime
) -> Claim:
    """A reviewer has looked a licence up. ``found``: found, differs or not found; ``seen_on``: ISO date, not in the future; ``where``: the page.

    "found" makes it human-verified; anything else is a mark, and nobody vouches for it any more. Raises ``BadInput``, ``NotFound``,
    ``Conflict`` (one's own).
    """
    claim = unit.claims.get(person_id, claim_id)
    if claim is None or claim.kind != "licence":
        raise NotFound("This entry is no longer there. Load the page again.")
    if person_id == manager.id:
        raise Conflict("This is your own entry. Another manager looks it up.")
    if found not in FOUND:
        raise BadInput("Say what you found: the entry, something that differs, or nothing.")
    checked = lookup(where, seen_on, now)
    said = clean(words)
    if len(said) > WORDS_MAX_CHARS:
        raise BadInput(f"Write at most {WORDS_MAX_CHARS} characters.")
    if found != "found" and not said:
        raise BadInput("Write what differs, or where you looked without finding it: the candidate reads it.")
    evidence = {**checked, "words": said, "found": found}
    status = "human-verified" if found == "found" else "claimed"
    against = "" if found == "found" else f"{'Looked up, and something differs' if found == 'differs' else 'Looked up, and not found'}: {said}"
    return unit.claims.record(person_id, claim_id, status, "reviewer", evidence, now, contradicted=against, actor_person_id=manager.id)


def lookup(where: str, seen_on: str, now: dt.datetime) -> dict[str, str]:
    """Evidence of a licence that a reviewer found as it stands: ``where`` they looked, and when (``seen_on``, an ISO date). Raises ``BadInput``."""
    try:
        day = dt.date.fromisoformat(seen_on)
    except ValueError:
        raise BadInput("Licence check: choose the day on which you looked, such as 2026-06-30.") from None
    if day > now.astimezone(dt.timezone.utc).date():
        raise BadInput("Licence check: this day lies in the future. Choose the one on which you looked.")
    return {"words": "", "found": "found", "where": clean(where)[:500], "seen_on": day.isoformat()}


def expire(store: Database, now: dt.datetime) -> int:
    """Licences whose last day has passed become "expired"; how many."""
    today, count = now.astimezone(dt.timezone.utc).date(), 0
    with store.read() as unit:
        ended = [(person_id, claim) for person_id, claim in unit.claims.licences() if claim.status != "expired" and ends_before(claim, today)]
    for person_id, seen in ended:
        with store.begin() as unit:
            claim = next((one for one in unit.claims.lock(person_id) if one.id == seen.id), None)
            if claim is not None and claim.status != "expired" and ends_before(claim, today):
                unit.claims.record(
                    person_id, claim.id, "expired", "date", {"words": f"ended on {claim.details['expires_on']}"}, now, contradicted=claim.contradicted
                )
                count += 1
    return count


def ends_before(claim: Claim, today: dt.date) -> bool:
    """Whether the last day of a licence lies before ``today``."""
    ends = claim.details.get("expires_on")
    return isinstance(ends, str) and dt.date.fromisoformat(ends) < today
