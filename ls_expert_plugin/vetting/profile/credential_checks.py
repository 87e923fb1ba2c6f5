"""What a public register says about a credential, held against what the person says. Pure; asking is ``registries/``.

A number in the right form is not a verified one, and a match in a register is not a person's look at it: the two have statuses of
their own. What does not agree is never put right by itself. It is a mark on the claim, for the person and the reviewer to clear up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ls_expert_plugin.vetting.profile.name_matching import match
from ls_expert_plugin.vetting.values import Claim


@dataclass(frozen=True)
class RegistryAnswer:
    """What a register has under a number. ``names``: the present one first; ``families``: the family name in each, where the register tells it.

    ``licences``: (state, number); ``listed_as``: in its words; ``codes``: the same as the register codes it; ``places``: where it says that the
    number counts, as people write it. Routing believes no other place.
    """

    found: bool
    is_person: bool = True
    is_active: bool = True
    names: tuple[str, ...] = ()
    licences: tuple[tuple[str, str], ...] = ()
    listed_as: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


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

    ``words`` is what was found, for the record. ``undecided``: why the program cannot say, and a person looks; empty: it can.
    """

    matches: bool
    contradicted: str
    words: str
    undecided: str = ""


def beside(check: CredentialCheck) -> Collection[str]:
    """Kinds of licences whose numbers the register of ``check`` lists beside its own; a plug-in may name them as ``beside``."""
    named: Collection[str] = getattr(check, "beside", ())
    return named


def compare(
    claim: Claim, person_name: str, other_claims: Sequence[Claim], answer: RegistryAnswer, title: str, *, kinds_beside: Collection[str] = (),
    codes: Collection[str] = (),
) -> Compared:
    """Hold a register's answer against a licence of the profile, and against the licences beside it that the register lists too.

    Without a name nothing matches: anybody can type somebody else's number. ``codes``: beginnings of the register's codes that this kind of
    licence stands for; none: any.
    """
    number = claim.details.get("number", "")
    if not answer.found:
        return Compared(False, f"{title} has no number {number}.", "not found")
    listed = f"{answer.names[0] if answer.names else 'no name'}{', ' + ', '.join(answer.listed_as) if answer.listed_as else ''}"
    problems, undecided = [], []
    if not answer.is_person:
        problems.append(f"{title} has {number} as an organization’s, not a person’s.")
    if not answer.is_active:
        problems.append(f"{title} has {number} as not active.")
    families = (*answer.families, *("" for _ in answer.names))
    verdicts = {match(person_name, one, family) for one, family in zip(answer.names, families, strict=False)}
    if "same" not in verdicts:
        other = answer.names[0] if answer.names else "none"
        if "undecided" in verdicts or not person_name.strip():
            undecided.append(f"The name in {title} is {other}; a program cannot tell whether it is this person’s.")
        else:
            problems.append(f"{title} has another name for {number}: {other}.")
    if codes and not answer.codes:
        undecided.append(f"{title} does not say as what {number} is listed.")
    elif codes and not any(one.startswith(tuple(codes)) for one in answer.codes):
        problems.append(f"{title} lists {number} as {', '.join(answer.listed_as) or 'something else'}, which this kind of licence does not stand for.")
    problems += [*_states(other_claims, answer, title, kinds_beside)]
    return Compared(not problems and not undecided, " ".join(problems), f"found: {listed}", " ".join(undecided))


def consistent(claims: Sequence[Claim], answer: RegistryAnswer, kinds_beside: Collection[str] = ()) -> tuple[Claim, ...]:
    """Licences beside it that the register has the same. It took them from the provider, so that is no match of its own."""
    return tuple(one for one in claims if _is_beside(one, kinds_beside) and any(
        _state(where) == _state(one.details.get("jurisdiction", "")) != "" and same_number(one.details.get("number", ""), number)
        for where, number in answer.licences
    ))


def _states(claims: Sequence[Claim], answer: RegistryAnswer, title: str, kinds_beside: Collection[str]) -> Iterable[str]:
    """State licences of the profile whose number the register has otherwise, for the same state."""
    for claim in claims:
        state = _state(claim.details.get("jurisdiction", ""))
        if not _is_beside(claim, kinds_beside) or not state:
            continue
        listed = [number for where, number in answer.licences if _state(where) == state]
        if listed and not any(same_number(claim.details.get("number", ""), number) for number in listed):
            yield f"{title} has another licence for {claim.details['jurisdiction']}: {listed[0]}."


def _is_beside(claim: Claim, kinds: Collection[str]) -> bool:
    return claim.kind == "licence" and claim.details.get("kind") in kinds


def same_number(one: str, other: str) -> bool:
    """Whether two numbers can be one licence's: "MD-12345" is "12345" and "012345", and "A12345" is not "G12345"."""
    left, right = _plain(one), _plain(other)
    if left == right:
        return left != ""
    digits = re.sub(r"[^0-9]", "", left).lstrip("0")
    letters = [re.sub(r"[0-9]", "", text) for text in (left, right)]
    return digits != "" and digits == re.sub(r"[^0-9]", "", right).lstrip("0") and "" in letters


def same_holder(one: Claim, other: Claim, *, anywhere: bool) -> bool:
    """Whether two people's entries name one number: one of them cannot be theirs. ``anywhere``: whatever place they typed beside it."""
    numbers = _plain(one.details.get("number", "")), _plain(other.details.get("number", ""))
    places = [" ".join(claim.details.get("jurisdiction", "").casefold().split()) for claim in (one, other)]
    return one.details.get("kind") == other.details.get("kind") and numbers[0] == numbers[1] != "" and (anywhere or places[0] == places[1])


def places_of(states: Iterable[str]) -> tuple[str, ...]:
    """US states as people write them in a requirement, in full and by their two letters, each once."""
    full = {short: name for name, short in _STATES.items()}
    known = [short for short in dict.fromkeys(map(_state, states)) if short in full]
    return tuple(text for short in known for text in (full[short].title().replace(" Of ", " of "), short))


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
