"""What a public register says about a credential, held against what the person says. Pure; asking is ``registries/``.

A number in the right form is not a verified one, and a match in a register is not a person's look at it: the two have statuses of
their own. What does not agree is never put right by itself. It is a mark on the claim, for the person and the reviewer to clear up.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ls_expert_plugin.vetting.values import Claim


@dataclass(frozen=True)
class RegistryAnswer:
    """What a register has under a number. ``names``: the present one first; ``licences``: (state, number); ``listed_as``: in its words."""

    found: bool
    is_person: bool = True
    is_active: bool = True
    names: tuple[str, ...] = ()
    licences: tuple[tuple[str, str], ...] = ()
    listed_as: tuple[str, ...] = ()


class CredentialCheck(Protocol):
    """A plug-in. ``kinds``: ids of the packs' licences that it is for; ``title`` names the register."""

    id: str
    kinds: frozenset[str]
    title: str

    @property
    def looks_up(self) -> bool:
        """Whether it can ask a register; otherwise it only knows the form of the number."""
        ...

    def well_formed(self, number: str) -> str:
        """Nothing, or a sentence about what is wrong with the form."""
        ...

    def look_up(self, number: str) -> RegistryAnswer:
        """Ask the register; may take seconds. Raises ``RegistryUnavailable``."""
        ...


@dataclass(frozen=True)
class Compared:
    """``matches``: the register has this person under this number. ``contradicted``: what does not agree, in words; empty: nothing.

    ``words`` is what was found, for the record.
    """

    matches: bool
    contradicted: str
    words: str


def compare(claim: Claim, person_name: str, other_claims: Sequence[Claim], answer: RegistryAnswer, title: str) -> Compared:
    """Hold a register's answer against a licence of the profile, and against the state licences beside it.

    Without a name nothing matches: anybody can type somebody else's number.
    """
    number = claim.details.get("number", "")
    if not answer.found:
        return Compared(False, f"{title} has no number {number}.", "not found")
    listed = f"{answer.names[0] if answer.names else 'no name'}{', ' + ', '.join(answer.listed_as) if answer.listed_as else ''}"
    problems = []
    if not answer.is_person:
        problems.append(f"{title} has {number} as an organization’s, not a person’s.")
    if not answer.is_active:
        problems.append(f"{title} has {number} as not active.")
    named = bool(person_name.strip()) and any(same_name(person_name, one) for one in answer.names)
    if person_name.strip() and not named:
        problems.append(f"{title} has another name for {number}: {answer.names[0] if answer.names else 'none'}.")
    problems += [*_states(other_claims, answer, title)]
    return Compared(named and not problems, " ".join(problems), f"found: {listed}")


def consistent(claims: Sequence[Claim], answer: RegistryAnswer) -> tuple[Claim, ...]:
    """State licences of the profile that the register has the same. It took them from the provider, so that is no match of its own."""
    listed = {(_state(where), _plain(number)) for where, number in answer.licences}
    return tuple(
        one for one in claims if one.kind == "licence" and one.details.get("kind") != "npi"
        and (_state(one.details.get("jurisdiction", "")), _plain(one.details.get("number", ""))) in listed
    )


def _states(claims: Sequence[Claim], answer: RegistryAnswer, title: str) -> Iterable[str]:
    """State licences of the profile whose number the register has otherwise, for the same state."""
    for claim in claims:
        state = _state(claim.details.get("jurisdiction", ""))
        if claim.kind != "licence" or claim.details.get("kind") == "npi" or not state:
            continue
        listed = [number for where, number in answer.licences if _state(where) == state]
        if listed and _plain(claim.details.get("number", "")) not in map(_plain, listed):
            yield f"{title} has another licence for {claim.details['jurisdiction']}: {listed[0]}."


def same_name(said: str, listed: str) -> bool:
    """Whether two names can be one person's: the last names are the same, and one of the first names, or its initial."""
    left, right = _words(said), _words(listed)
    if not left or not right or left[-1] != right[-1]:
        return False
    first, other = left[:-1], right[:-1]
    return any(a == b or (1 in (len(a), len(b)) and a[0] == b[0]) for a in first for b in other)


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    titles = {"dr", "prof", "md", "do", "phd", "jr", "sr", "ii", "iii", "mr", "mrs", "ms"}
    return [word for word in re.findall(r"[a-z]+", plain.replace("'", "").replace("-", " ")) if word not in titles]


def _plain(number: str) -> str:
    return re.sub(r"[^0-9a-z]", "", number.casefold()).lstrip("0")


def _state(text: str) -> str:
    word = text.strip().casefold()
    return _STATES.get(word, word.upper() if len(word) == 2 else "")


_STATES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO", "connecticut": "CT", "delaware": "DE",
    "district of columbia": "DC", "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA",
    "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ",
    "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK", "oregon": "OR",
    "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT",
    "vermont": "VT", "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
}
