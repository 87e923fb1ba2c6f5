"""The profile: education, licences, work, skills and languages as a person enters them, and the forms that check the entries.

A well-formed entry is not a verified one. The forms keep out what cannot be meant; each entry is "claimed" until somebody
or something else has looked at it, and is "claimed" again after each change.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from ls_expert_plugin.errors import BadInput, NotFound
from ls_expert_plugin.vetting.consent import need_matching
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.text_input import clean
from ls_expert_plugin.vetting.values import Claim, ClaimKind, Person

if TYPE_CHECKING:
    from ls_expert_plugin.storage.unit_of_work import UnitOfWork

# From least to most, as a form shows them; projects count those from "working" on.
PROFICIENCIES: Mapping[str, str] = {
    "basic": "Basic", "working": "Professional working proficiency", "fluent": "Full professional proficiency", "native": "Native or bilingual",
}
# What no domain lists: a licence of another country or another kind. It is named by its holder, and no project asks for it.
OTHER_LICENCE = "other"
# A degree may be expected a few years from now; what is dated beyond that is a slip of the pen.
EXPECTED_DEGREE_YEARS = 8
MAX_YEARS = 70


class FormInvalid(BadInput):
    """Some fields cannot be used. ``fields``: field name → a sentence that says what to do about it."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("There is a problem with these fields. " + " ".join(f"{name}: {text}" for name, text in fields.items()))
        self.fields = dict(fields)


def _iso_date(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError("Write a date, such as 2015-09-30.")
    return value


def _month(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", value):
        raise ValueError("Write a year and a month, such as 2015-09.")
    return value


def _language(value: object) -> object:
    if not isinstance(value, str) or value not in LANGUAGES:
        raise ValueError("Choose a language from the list.")
    return value


def _years(value: object) -> object:
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= MAX_YEARS):
        raise ValueError(f"Write a whole number of years from 0 to {MAX_YEARS}.")
    return int(text)


def _proficiency(value: object) -> object:
    if value not in PROFICIENCIES:
        raise ValueError("Choose your proficiency from the list.")
    return value


Line = Annotated[str, Field(max_length=200)]
Year = Annotated[int, Field(ge=1940, le=2100)]
Day = Annotated[dt.date, BeforeValidator(_iso_date)]
Month = Annotated[str, BeforeValidator(_month)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EducationForm(_Form):
    """A degree. ``end_year`` may lie a few years ahead; None: no end yet."""

    school: Line
    degree: Line
    field: Line
    start_year: Year
    end_year: Year | None = None

    @field_validator("start_year")
    @classmethod
    def _begun(cls, year: int, info: ValidationInfo) -> int:
        if year > _today(info).year + EXPECTED_DEGREE_YEARS:
            raise ValueError("This year lies too far in the future.")
        return year

    @field_validator("end_year")
    @classmethod
    def _ends_after_start(cls, year: int | None, info: ValidationInfo) -> int | None:
        if year is not None and year < info.data.get("start_year", year):
            raise ValueError("The end lies before the start.")
        if year is not None and year > _today(info).year + EXPECTED_DEGREE_YEARS:
            raise ValueError("This year lies too far in the future.")
        return year


class LicenceForm(_Form):
    """A licence or another credential. ``kind`` is the id of one of the domain pack's licences, or ``OTHER_LICENCE`` with a ``title``."""

    kind: Annotated[str, Field(max_length=64)]
    title: Annotated[Line, Field(validate_default=True)] = ""
    number: Annotated[str, Field(max_length=64)]
    jurisdiction: Line
    issued_on: Day | None = None
    expires_on: Day | None = None

    @field_validator("title")
    @classmethod
    def _other_is_named(cls, title: str, info: ValidationInfo) -> str:
        if info.data.get("kind") != OTHER_LICENCE:
            return ""
        if not title:
            raise ValueError("Enter the name of the licence.")
        return title

    @field_validator("expires_on")
    @classmethod
    def _expires_after_issue(cls, day: dt.date | None, info: ValidationInfo) -> dt.date | None:
        issued_on = info.data.get("issued_on")
        if day is not None and issued_on is not None and day <= issued_on:
            raise ValueError("The licence would end before it was issued.")
        return day


class WorkForm(_Form):
    """Work experience. ``start`` and ``end`` are months, YYYY-MM; ``end`` None: to this day.

    ``current``: the tick beside the end date, yes or no, where a form asks for it; it is not kept.
    """

    employer: Line
    title: Line
    start: Month
    current: Annotated[str, Field(exclude=True)] = ""
    end: Annotated[Month | None, Field(validate_default=True)] = None
    description: Annotated[str, Field(max_length=4000)] = ""

    @field_validator("start")
    @classmethod
    def _begun(cls, month: str, info: ValidationInfo) -> str:
        if int(month[:4]) > _today(info).year + 1:
            raise ValueError("This month lies too far in the future.")
        return month

    @field_validator("end")
    @classmethod
    def _ends_after_start(cls, month: str | None, info: ValidationInfo) -> str | None:
        current = info.data.get("current")
        if month is None and current == "no":
            raise ValueError("Enter the end date, or tick “I currently work here”.")
        if month is not None and current == "yes":
            raise ValueError("Remove the end date, or the tick at “I currently work here”.")
        if month is not None and month < info.data.get("start", month):
            raise ValueError("The end lies before the start.")
        if month is not None and int(month[:4]) > _today(info).year + EXPECTED_DEGREE_YEARS:
            raise ValueError("This month lies too far in the future.")
        return month


class SkillForm(_Form):
    """Something somebody can do. ``years``: how long they have done it, in whole years; None: not said."""

    name: Line
    years: Annotated[int | None, BeforeValidator(_years)] = None
    note: Annotated[str, Field(max_length=1000)] = ""


class LanguageForm(_Form):
    """A language somebody works in. ``code``: ISO 639-1."""

    code: Annotated[str, BeforeValidator(_language)]
    proficiency: Annotated[str, BeforeValidator(_proficiency)]


FORMS: Mapping[ClaimKind, type[_Form]] = {
    "education": EducationForm, "licence": LicenceForm, "work": WorkForm, "skill": SkillForm, "language": LanguageForm,
}
# The fields that are kept of each kind, as files and models may propose them.
FIELDS: Mapping[ClaimKind, tuple[str, ...]] = {
    kind: tuple(name for name, field in form.model_fields.items() if not field.exclude) for kind, form in FORMS.items()
}


def add(unit: UnitOfWork, person: Person, kind: str, fields: Mapping[str, Any], now: dt.datetime, source: str = "form") -> Claim:
    """Add an entry. ``fields`` as a form sends them: text; an empty field counts as left out.

    Raises ``FormInvalid``, ``BadInput`` (no such kind), ``Forbidden`` (no consent).
    """
    need_matching(unit, person)
    known = _kind(kind)
    return unit.claims.add(person.id, known, checked(known, fields, now), status="claimed", source=source, now=now)


def change(unit: UnitOfWork, person: Person, claim_id: int, fields: Mapping[str, Any], now: dt.datetime) -> Claim:
    """Replace an entry; it is "claimed" again. Raises as ``add``, and ``NotFound`` when it is not this person's."""
    need_matching(unit, person)
    claim = unit.claims.get(person.id, claim_id)
    details = checked(claim.kind, fields, now) if claim else {}
    changed = unit.claims.change(person.id, claim_id, details, status="claimed", now=now) if claim else None
    if changed is None:
        raise NotFound("This entry is no longer there. Load the page again.")
    return changed


def remove(unit: UnitOfWork, person: Person, claim_id: int) -> None:
    """Remove an entry. Needs no consent: what one has entered can always be taken back. Raises ``NotFound``."""
    if not unit.claims.remove(person.id, claim_id):
        raise NotFound("This entry is no longer there. Load the page again.")


def checked(kind: ClaimKind, fields: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """``fields`` as plain JSON values, after the form of ``kind``. Raises ``FormInvalid``."""
    typed: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in fields.items():
        try:
            value = clean(value) if isinstance(value, str) else value
        except BadInput as problem:
            wrong[name] = problem.message
        if value not in ("", None):
            typed[name] = value
    try:
        form = FORMS[kind].model_validate(typed, context={"today": now.astimezone(dt.timezone.utc).date()})
    except ValidationError as problem:
        for error in problem.errors(include_url=False):
            name = str(error["loc"][0]) if error["loc"] else ""
            wrong.setdefault(name, _sentence(name, error["type"], error.get("ctx", {})))
        raise FormInvalid(wrong) from None
    if wrong:
        raise FormInvalid(wrong)
    details = form.model_dump(mode="json")
    if kind == "licence" and not details["title"]:
        del details["title"]
    return details


def _kind(kind: str) -> ClaimKind:
    if kind not in FORMS:
        raise BadInput("There is no such kind of entry: education, licence, work, skill and language are there.")
    return cast(ClaimKind, kind)


_MISSING = {
    "school": "Enter your school or university.", "degree": "Enter your degree.", "field": "Enter your field of study.",
    "start_year": "Enter the start year.", "kind": "Choose the licence type.", "number": "Enter the licence number.",
    "jurisdiction": "Enter the issuing authority.", "name": "Enter the skill.", "code": "Choose the language.", "proficiency": "Choose your proficiency.",
    "employer": "Enter the employer.", "title": "Enter your job title.", "start": "Enter the start date.",
}


def _sentence(field: str, error_type: str, context: Mapping[str, Any]) -> str:
    """What to do about an error of pydantic's, in words for the page."""
    if error_type == "value_error":
        return str(context["error"])
    if error_type.startswith(("int_", "greater_than", "less_than")):
        return "Write a year, such as 2015."
    if error_type.startswith("date_"):
        return "Write a date, such as 2015-09-30."
    return {
        "missing": _MISSING.get(field, "This is required."),
        "string_too_long": f"Write at most {context.get('max_length')} characters.",
        "extra_forbidden": "This form has no such field.",
    }.get(error_type, "This cannot be used here. Write plain text.")


def _today(info: ValidationInfo) -> dt.date:
    """The day on which the form is filled in; ``checked`` passes it."""
    today: dt.date = (info.context or {})["today"]
    return today
