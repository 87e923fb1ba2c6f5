"""What a domain pack holds: specialties, licences, competencies, and the written interview.

The models check each field by itself; ``mistakes`` checks what must fit together. Both are pure.
``loader.py`` reads the files and says in which line something is wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ls_expert_plugin.reading.mistakes import UNSTORABLE, Mistake

Item = TypeVar("Item")

ID_RULE = "write lower-case letters, digits and _, beginning with a letter, 64 characters at most"


def _storable(text: str) -> str:
    """PostgreSQL refuses NUL, and the other control characters show on no page."""
    if any(unicodedata.category(char) == "Cc" and char != "\n" for char in text):
        raise ValueError(UNSTORABLE)
    return text


def _searchable(phrase: str) -> str:
    if not any(char.isalnum() for char in phrase):
        raise ValueError("has neither a letter nor a digit, so no answer can contain it")
    return phrase


def _web_address(text: str) -> str:
    """The address becomes a link on a page, so ``javascript:`` and the like must not pass."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and len(text.split()) == 1
    except ValueError:  # urlsplit: an IPv6 address that is none
        usable = False
    if not usable:
        raise ValueError("write a web address like https://register.example.org/search")
    return text


def _at_most(chars: int) -> StringConstraints:
    return StringConstraints(strip_whitespace=True, min_length=1, max_length=chars)


# The columns for ids in storage/tables.py have 64 characters.
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Title = Annotated[str, _at_most(120), AfterValidator(_storable)]
Text = Annotated[str, _at_most(1200), AfterValidator(_storable)]
Indicator = Annotated[str, _at_most(80), AfterValidator(_storable), AfterValidator(_searchable)]
WebAddress = Annotated[str, _at_most(500), AfterValidator(_storable), AfterValidator(_web_address)]
Several = Annotated[tuple[Item, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Specialty(_Part):
    """A field within the domain: cardiology, tax law."""

    id: Id
    title: Title


class Register(_Part):
    """A regulator's public page on which a person can look somebody up."""

    title: Title
    url: WebAddress


class Licence(_Part):
    """A kind of credential. ``number_label`` names the number in the form; ``help`` says what it is."""

    id: Id
    title: Title
    help: Text
    number_label: Title
    registers: Several[Register]


class Competency(_Part):
    """What an expert is able to do. Each mandatory one is asked about in every interview.

    ``indicators`` are phrases that a knowledgeable answer tends to contain, without regard to case. They
    point a person at a passage; they prove nothing.
    """

    id: Id
    title: Title
    description: Text
    mandatory: bool
    indicators: Several[Indicator]


class Question(_Part):
    """A written question about one competency.

    ``opening`` asks what somebody has done, ``scenario`` what they would do, ``probing`` goes deeper.
    """

    id: Id
    competency: Id
    kind: Literal["opening", "probing", "scenario"]
    text: Text


class FollowUp(_Part):
    """What is asked when an answer was too short, named no example, or held none of the indicators."""

    id: Id
    when: Literal["too_short", "no_example", "no_evidence"]
    text: Text


class Pack(_Part):
    """A domain. ``version`` grows with each change of content and is stored with each interview.

    ``description`` is one sentence to a candidate; ``max_candidate_turns`` counts answers; ``closing`` ends
    the interview.
    """

    id: Id
    version: int = Field(ge=1, le=1_000_000)
    title: Title
    description: Text
    specialties: Several[Specialty]
    licences: Several[Licence]
    competencies: Several[Competency]
    questions: Several[Question]
    follow_ups: Several[FollowUp]
    max_candidate_turns: int = Field(ge=1, le=100)
    closing: Text


def mistakes(pack: Pack) -> Iterator[Mistake]:
    """What does not fit together in a pack whose fields are right one by one."""
    for name in ("specialties", "licences", "competencies", "questions", "follow_ups"):
        ids = [part.id for part in getattr(pack, name)]
        for position, first in _repeated(ids):
            says = f'"{ids[position]}" is already the id of {name}[{first}]; choose another'
            yield Mistake((name, position, "id"), says)
    for number, competency in enumerate(pack.competencies):
        phrases = [" ".join(phrase.casefold().split()) for phrase in competency.indicators]
        for position, first in _repeated(phrases):
            says = f'"{phrases[position]}" is already indicators[{first}]; remove one of the two'
            yield Mistake(("competencies", number, "indicators", position), says)
    known = [competency.id for competency in pack.competencies]
    for number, question in enumerate(pack.questions):
        if question.competency not in known:
            says = f'"{question.competency}" is not the id of a competency; write one of: {", ".join(known)}'
            yield Mistake(("questions", number, "competency"), says)
    yield from _unasked(pack)


def _unasked(pack: Pack) -> Iterator[Mistake]:
    """What keeps the interview from asking about each mandatory competency."""
    count = sum(competency.mandatory for competency in pack.competencies)
    if count == 0:
        yield Mistake(("competencies",), "none is mandatory, so nothing would be asked; make one so")
    for number, competency in enumerate(pack.competencies):
        kinds = {question.kind for question in pack.questions if question.competency == competency.id}
        lacking = [] if kinds & {"opening", "scenario"} else ["an opening or a scenario question"]
        lacking += [] if "probing" in kinds else ["a probing question"]
        if competency.mandatory and lacking:
            says = f'"{competency.id}" is mandatory and has no question to match; add {" and ".join(lacking)}'
            yield Mistake(("competencies", number), says)
    if pack.max_candidate_turns < count:
        says = f"is too small to ask about {count} mandatory competencies; write at least {count}"
        yield Mistake(("max_candidate_turns",), says)


def _repeated(values: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(position, position of the first) for each value that stood before."""
    first: dict[str, int] = {}
    for position, value in enumerate(values):
        if first.setdefault(value, position) != position:
            yield position, first[value]
