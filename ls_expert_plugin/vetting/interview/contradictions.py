"""Where what somebody said does not go with their profile. Pure, and careful: only what can be told from plain words.

A contradiction refuses nobody. It is asked about in the interview, and a person sees it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ls_expert_plugin.vetting.values import Claim, Turn

_NUMBERS = {
    word: number for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
         "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty")
    )
} | {"thirty": 30, "forty": 40}
# "in my 20 years as a lawyer", "I have practised for twenty years": years of work, not of a matter, a term or an age.
_YEARS = re.compile(
    rf"\b(?:in my |my |for (?:over |more than |about )?|have |with )(\d{{1,2}}|{'|'.join(_NUMBERS)}) years?"
    r"(?: of (?:practice|experience|work|practising)| as an? | in practice| in this field)"
    r"|\b(?:practi[sc]ed|worked|been practising|been working)[\w ,]{0,40}? for (?:over |more than |about )?"
    rf"(\d{{1,2}}|{'|'.join(_NUMBERS)}) years",
    re.IGNORECASE,
)
# People round, and leave out early jobs: less than this apart is no contradiction.
YEARS_APART = 3


@dataclass(frozen=True)
class Contradiction:
    """``about`` is a short name that stays the same; ``text`` says both sides in one or two sentences, to the candidate."""

    about: str
    text: str


def contradictions(claims: Sequence[Claim], turns: Sequence[Turn]) -> tuple[Contradiction, ...]:
    """What has been found against entries of the profile, and what the answers say against it."""
    return (*(Contradiction(f"claim{one.id}", one.contradicted) for one in claims if one.contradicted), *_years(claims, turns))


def _years(claims: Sequence[Claim], turns: Sequence[Turn]) -> Iterator[Contradiction]:
    starts = [year for claim in claims if (year := _start(claim)) is not None]
    if not starts or not any(one.kind == "work" for one in claims):
        return
    first = min(starts)
    for turn in turns:
        if turn.speaker != "candidate":
            continue
        for match in _YEARS.finditer(turn.text):
            said = next(group for group in match.groups() if group).lower()
            years = int(said) if said.isdigit() else _NUMBERS[said]
            if years > turn.at_utc.astimezone(dt.timezone.utc).year - first + YEARS_APART:
                yield Contradiction("years", f"You wrote “{match.group().strip()}”. The earliest entry in your profile begins in {first}.")
                return


def _start(claim: Claim) -> int | None:
    """The year in which an entry begins."""
    began = str(claim.details.get("start" if claim.kind == "work" else "start_year") or "")[:4]
    return int(began) if claim.kind in ("work", "education") and began.isdigit() else None
