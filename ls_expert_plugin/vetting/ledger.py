"""The ledger of claims: what became of an entry of the profile, from whom, when, and on what evidence. Events are only ever added.

    claimed → consistent → registry-matched → human-verified → expired

A step may be left out upwards; an entry that is changed is "claimed" again. What somebody found against it is a mark beside the status
("contradicted"): it takes away what a register or a person vouched for, and stays until the entry is changed or a person has cleared it up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ls_expert_plugin.errors import BadInput, Conflict, NotFound, RegistryUnavailable
from ls_expert_plugin.vetting.registers import Compared, CredentialCheck, compare, consistent
from ls_expert_plugin.vetting.typed_text import clean
from ls_expert_plugin.vetting.values import Claim, Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.store import Store, Unit

STEPS = ("claimed", "consistent", "registry-matched", "human-verified")
WORDS_MAX_CHARS = 2000
FOUND = ("found", "differs", "not found")
# So long an answer of a register counts; asking again sooner brings nothing.
KEPT = dt.timedelta(days=7)


def raised(status: str, to: str) -> str:
    """The higher of two steps: a register's match takes nothing from what a person has seen. "expired" is below all."""
    order = ("expired", *STEPS)
    return max(status, to, key=lambda one: order.index(one) if one in order else 0)


def look_up(store: Store, claim_id: int, checks: Mapping[str, CredentialCheck], now: dt.datetime) -> str | None:
    """Ask the register about a licence and write down what it says; the words of it. None: nothing to ask.

    A register that does not answer is written down too, and nothing else changes. No transaction is open while it is asked; what it says is
    held against the entries as they are then, and an entry that was changed meanwhile stays as it is.
    """
    with store.read() as unit:
        found = unit.claims.find(claim_id)
        person = unit.people.get(found[0]) if found else None
    if found is None or person is None or found[1].kind != "licence":
        return None
    claim = found[1]
    check = checks.get(claim.details.get("kind", ""))
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
        mine = unit.claims.lock(person.id)
        others = tuple(one for one in mine if one.id != claim.id)
        compared = compare(claim, person.name, others, answer, check.title)
        said = _write(unit, person, claim, source, {"words": compared.words, "listed": list(answer.names)}, now, compared=compared)
        for one in consistent(others, answer) if said is not None and compared.matches else ():
            if one.status == "claimed":
                says = {"words": f"{check.title} lists the same number for {one.details['jurisdiction']}"}
                unit.claims.record(person.id, one.id, "consistent", source, says, now, contradicted=one.contradicted)
    return said


def _note(
    store: Store, person: Person, seen: Claim, source: str, evidence: Mapping[str, Any], now: dt.datetime, *, contradicted: str = "",
) -> str | None:
    with store.begin() as unit:
        unit.claims.lock(person.id)
        return _write(unit, person, seen, source, evidence, now, contradicted=contradicted)


def _write(
    unit: Unit, person: Person, seen: Claim, source: str, evidence: Mapping[str, Any], now: dt.datetime, *, contradicted: str = "",
    compared: Compared | None = None,
) -> str | None:
    """A line about an entry that is locked and still says what was ``seen``; None: it does not."""
    claim = unit.claims.get(person.id, seen.id)
    if claim is None or dict(claim.details) != dict(seen.details):
        return None
    against = compared.contradicted if compared else contradicted
    status = claim.status
    if compared and compared.matches:
        status = raised(status, "registry-matched")
    elif against and status == "registry-matched":
        status = "claimed"
    if evidence.get("failed"):
        against = claim.contradicted
    unit.claims.record(person.id, claim.id, status, source, evidence, now, contradicted=against)
    return str(evidence["words"])


def record_seen(
    unit: Unit, manager: Person, person_id: int, claim_id: int, found: str, words: str, where: str, seen_on: str, now: dt.datetime
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
    try:
        day = dt.date.fromisoformat(seen_on)
    except ValueError:
        raise BadInput("Choose the day on which you looked, such as 2026-06-30.") from None
    if day > now.astimezone(dt.timezone.utc).date():
        raise BadInput("This day lies in the future. Choose the one on which you looked.")
    said = clean(words)
    if len(said) > WORDS_MAX_CHARS:
        raise BadInput(f"Write at most {WORDS_MAX_CHARS} characters.")
    if found != "found" and not said:
        raise BadInput("Write what differs, or where you looked without finding it: the candidate reads it.")
    evidence = {"words": said, "found": found, "where": clean(where)[:500], "seen_on": day.isoformat()}
    status = "human-verified" if found == "found" else "claimed"
    against = "" if found == "found" else f"{'Looked up, and something differs' if found == 'differs' else 'Looked up, and not found'}: {said}"
    return unit.claims.record(person_id, claim_id, status, "reviewer", evidence, now, contradicted=against, actor_person_id=manager.id)


def expire(store: Store, now: dt.datetime) -> int:
    """Licences whose last day has passed become "expired"; how many."""
    today, count = now.astimezone(dt.timezone.utc).date(), 0
    with store.read() as unit:
        ended = [(person_id, claim) for person_id, claim in unit.claims.licences() if claim.status != "expired" and ends_before(claim, today)]
    for person_id, seen in ended:
        with store.begin() as unit:
            claim = unit.claims.get(person_id, seen.id)
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
