"""What a project asks for, as people and programs write it: the fields of ``routing.yaml`` and of the JSON API.

Each field is checked by itself here; ``resolution.py`` finds out which projects and people are meant.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ls_expert_plugin.reading.validation_errors import UNSTORABLE, Location, Mistake, says
from ls_expert_plugin.routing.values import HIGHEST_LEVEL, LOWEST_LEVEL, MOST_QUESTIONS, QUESTION_MAX_CHARS, Distribution, Mode

MAX_PROJECTS, MAX_INVITED, MAX_ITEMS = 20_000, 2_000, 200
MAX_LS_ID = 2**31 - 1
MOMENT_RULE = "write a date and time with a time zone, like 2027-01-31T18:00:00Z or 2027-01-31T18:00:00+01:00"

Item = TypeVar("Item")
Model = TypeVar("Model", bound=BaseModel)


def _storable(text: str) -> str:
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise ValueError(UNSTORABLE)
    return text


def moment(given: object) -> object:
    """UTC. Raises ``ValueError`` for what is no moment, or could be several."""
    if given is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(_without_z(given)) if isinstance(given, str) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError(f"is not a moment; {MOMENT_RULE}")
    if moment.tzinfo is None:
        raise ValueError(f"has no time zone; {MOMENT_RULE}")
    try:
        return moment.astimezone(dt.timezone.utc)
    except OverflowError:
        raise ValueError(f"is not a moment; {MOMENT_RULE}") from None


def _without_z(text: str) -> str:
    """Python 3.10 does not read the Z."""
    return f"{text[:-1]}+00:00" if text[-1:] in ("Z", "z") else text


def _listed(given: object) -> object:
    """A plain list of specialties: one of them is enough."""
    return {"any": given} if isinstance(given, tuple) else given


def _person(given: object) -> object:
    """Just an address, or just a number."""
    if isinstance(given, str):
        return {"email": given}
    return {"user": given} if isinstance(given, int) else given


Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(_storable)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
LsId = Annotated[int, Field(ge=1, le=MAX_LS_ID)]
Several = Annotated[tuple[Item, ...], Field(max_length=MAX_ITEMS)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Specialties(Part):
    """``any``: one of them is enough; ``all``: every one is needed."""

    any: Several[Word] | None = None
    all: Several[Word] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Specialties:
        if (self.any is None) == (self.all is None):
            raise ValueError("write a list, or any: and a list, or all: and a list")
        return self


class Invited(Part):
    """One person on a project's list, by address or by Label Studio's number; ``until``: None for no end."""

    email: Word | None = None
    user: LsId | None = None
    until: Annotated[dt.datetime | None, BeforeValidator(moment)] = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Invited:
        if (self.email is None) == (self.user is None):
            raise ValueError("say who: email: and an address, or user: and a number of Label Studio")
        return self


class ProjectQuestion(Part):
    """One question of the project's own, and what an answer shows."""

    about: Word
    question: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=QUESTION_MAX_CHARS), AfterValidator(_storable)]


class Tasks(Part):
    """Which of a project's tasks an expert sees. ``specialty_field`` None: all of them; ``assignment`` "assigned": of those, what is assigned to them."""

    specialty_field: Annotated[str, StringConstraints(max_length=200)] | None = None
    show_tasks_without_specialty: bool = False
    assignment: Distribution = "open"


class RequirementInput(Part):
    """Everything one project asks for. A field that is left out asks for nothing; ``domain`` has to be there."""

    domain: Word | None
    specialties: Annotated[Specialties, BeforeValidator(_listed)] = Specialties(any=())
    minimum_level: Annotated[int, Field(ge=LOWEST_LEVEL, le=HIGHEST_LEVEL)] | None = None
    languages: Several[Word] = ()
    jurisdictions: Several[Word] = ()
    credentials: Several[Word] = ()
    add_on: Annotated[tuple[ProjectQuestion, ...], Field(max_length=MOST_QUESTIONS)] = ()
    max_experts: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    mode: Mode = "open"
    invited: Annotated[tuple[Annotated[Invited, BeforeValidator(_person)], ...], Field(max_length=MAX_INVITED)] = ()
    shows_others_work: bool = False
    tasks: Tasks = Tasks()


class Entry(RequirementInput):
    """The same, with the project it is about, by number or by title."""

    project: LsId | None = None
    title: Title | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Entry:
        if (self.project is None) == (self.title is None):
            raise ValueError("say which project: project: and its number, or title: and its title")
        return self


class RoutingFile(Part):
    """Several projects. Those that are not named stay as they are."""

    version: Literal[1]
    projects: Annotated[tuple[Entry, ...], Field(max_length=MAX_PROJECTS)]


def entries_of(value: object) -> tuple[dict[int, Entry], list[Mistake]]:
    """The entries that are right one by one, by position, and what is wrong with the others."""
    routing, mistakes = checked(value, RoutingFile)
    if routing is not None:
        return dict(enumerate(routing.projects)), []
    broken = {mistake.where[1] for mistake in mistakes if len(mistake.where) > 1}
    given = value.get("projects") if isinstance(value, Mapping) else None
    if not isinstance(given, tuple) or len(given) > MAX_PROJECTS:
        return {}, mistakes
    return {position: Entry.model_validate(one) for position, one in enumerate(given) if position not in broken}, mistakes


def checked(value: object, model: type[Model]) -> tuple[Model | None, list[Mistake]]:
    """``value`` as this model, or None and what is wrong with it."""
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, [
            Mistake(_as_written(value, one["loc"]), says(one, model)) for one in error.errors()
            if one["type"] != "too_short" or not one["input"]
        ]


def _as_written(value: Any, where: Location) -> Location:
    """``where`` without the steps that a short form (a plain list, a plain address) leaves out."""
    steps: list[str | int] = []
    for step in where:
        if isinstance(step, str) and not isinstance(value, Mapping):
            continue
        steps.append(step)
        value = value.get(step) if isinstance(value, Mapping) else value[step]
    return tuple(steps)
