"""Availability of an expert, as a validated value: when, how much and for what somebody wants to work. Pure.

Nothing here says what somebody has proved. It only narrows what they are asked for, and orders what is left.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from ls_expert_plugin.routing.access.eligibility import plain_name
from ls_expert_plugin.vetting.languages import LANGUAGES
from ls_expert_plugin.vetting.profile.forms import FormInvalid

MOST_HOURS_A_WEEK = 80
MOST_PROJECTS = 20
LONGEST_PAUSE = dt.timedelta(days=2 * 366)
EXCLUSION_MAX_CHARS, MOST_EXCLUSIONS = 120, 50
# ISO weekday → its name.
DAYS: Mapping[int, str] = {1: "Monday", 2: "Tuesday", 3: "Wednesday", 4: "Thursday", 5: "Friday", 6: "Saturday", 7: "Sunday"}
# Kinds of task that a project can be made of → what people read.
KINDS: Mapping[str, str] = {
    "classes": "choosing classes", "spans": "marking passages of text", "writing": "writing and correcting text", "ranking": "comparing and ranking answers",
    "images": "images", "documents": "scanned documents", "audio": "audio", "video": "video",
}


@dataclass(frozen=True)
class Availability:
    """What one expert has said. None, "" and empty tuples: nothing said, which excludes nothing.

    ``hours_a_week`` is a whole number up to 80; ``days`` are ISO weekdays, 1 for Monday; ``time_zone`` is a name of the IANA database;
    ``paused_until`` is the first day on which they work again. Specialties are "domain/specialty" by the ids of the pack, ``languages``
    ISO 639-1 codes: if there are any, only these are wanted. ``excluded_clients`` and ``excluded_uses`` are names as projects write them.
    """

    hours_a_week: int | None = None
    days: tuple[int, ...] = ()
    time_zone: str = ""
    paused_until: dt.date | None = None
    most_projects: int | None = None
    preferred_specialties: tuple[str, ...] = ()
    unwanted_specialties: tuple[str, ...] = ()
    preferred_kinds: tuple[str, ...] = ()
    unwanted_kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    excluded_clients: tuple[str, ...] = ()
    excluded_uses: tuple[str, ...] = ()


def checked(values: Mapping[str, object], known_specialties: Collection[str], today: dt.date) -> Availability:
    """The availability that a form or a JSON body writes, under the names of ``Availability``; numbers may be texts.

    ``known_specialties``: every "domain/specialty" of the packs. Raises ``FormInvalid`` with a sentence for each field that cannot be used.
    """
    wrong: dict[str, str] = {field: "There is no such field." for field in values if field not in Availability.__dataclass_fields__}
    found = Availability(
        _whole(values, "hours_a_week", 0, MOST_HOURS_A_WEEK, "hours", wrong),
        _days(values, wrong),
        _zone(values, wrong),
        _pause(values, today, wrong),
        _whole(values, "most_projects", 1, MOST_PROJECTS, "projects", wrong),
        _chosen(values, "preferred_specialties", known_specialties, "specialty", wrong),
        _chosen(values, "unwanted_specialties", known_specialties, "specialty", wrong),
        _chosen(values, "preferred_kinds", KINDS, "kind of task", wrong),
        _chosen(values, "unwanted_kinds", KINDS, "kind of task", wrong),
        _chosen(values, "languages", LANGUAGES, "language", wrong),
        _names(values, "excluded_clients", wrong),
        _names(values, "excluded_uses", wrong),
    )
    for preferred, unwanted in (("preferred_specialties", "unwanted_specialties"), ("preferred_kinds", "unwanted_kinds")):
        both = sorted({*getattr(found, preferred)} & {*getattr(found, unwanted)})
        if both and unwanted not in wrong:
            wrong[unwanted] = f"You prefer {both[0]} and do not want it. Choose one of the two."
    if wrong:
        raise FormInvalid(wrong)
    return found


def _list(value: object) -> list[object]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _whole(values: Mapping[str, object], field: str, least: int, most: int, word: str, wrong: dict[str, str]) -> int | None:
    value = values.get(field)
    if value is None or value == "":
        return None
    number = value.strip() if isinstance(value, str) else value
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 9:
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
        wrong[field] = f"Write a whole number of {word} from {least} to {most}."
        return None
    return number


def _days(values: Mapping[str, object], wrong: dict[str, str]) -> tuple[int, ...]:
    found: set[int] = set()
    for value in _list(values.get("days")):
        day = int(value) if isinstance(value, str) and len(value) == 1 and value in "123456789" else value
        if isinstance(day, bool) or not isinstance(day, int) or day not in DAYS:
            wrong["days"] = f'There is no day "{_short(value)}". Choose from Monday (1) to Sunday (7).'
            return ()
        found.add(day)
    return tuple(sorted(found))


def _zone(values: Mapping[str, object], wrong: dict[str, str]) -> str:
    value = values.get("time_zone") or ""
    name = value.strip() if isinstance(value, str) else None
    if name is None or (name and name not in available_timezones()):
        wrong["time_zone"] = f'There is no time zone "{_short(value)}". Choose one such as Europe/Berlin.'
        return ""
    return name


def _pause(values: Mapping[str, object], today: dt.date, wrong: dict[str, str]) -> dt.date | None:
    value = values.get("paused_until")
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value.strip())
        except ValueError:
            wrong["paused_until"] = "Write a date, such as 2027-01-15."
            return None
    if not isinstance(value, dt.date) or isinstance(value, dt.datetime) or value > today + LONGEST_PAUSE:
        wrong["paused_until"] = "Choose a day within the next two years."
        return None
    return value if value > today else None


def _chosen(values: Mapping[str, object], field: str, known: Collection[str], word: str, wrong: dict[str, str]) -> tuple[str, ...]:
    given = _list(values.get(field))
    for value in given:
        if not isinstance(value, str) or value not in known:
            wrong[field] = f'There is no {word} "{_short(value)}". Choose from the list.'
            return ()
    return tuple(sorted({str(value) for value in given}))


def _names(values: Mapping[str, object], field: str, wrong: dict[str, str]) -> tuple[str, ...]:
    lines: Iterable[object] = (line for value in _list(values.get(field)) for line in (value.splitlines() if isinstance(value, str) else [value]))
    found: dict[str, str] = {}
    for line in lines:
        name = " ".join(line.split()) if isinstance(line, str) else ""
        if not isinstance(line, str) or len(name) > EXCLUSION_MAX_CHARS:
            wrong[field] = f"Write one name a line, each in at most {EXCLUSION_MAX_CHARS} characters."
            return ()
        if name:
            found.setdefault(plain_name(name), name)
    if len(found) > MOST_EXCLUSIONS:
        wrong[field] = f"Write at most {MOST_EXCLUSIONS} names."
        return ()
    return tuple(found[key] for key in sorted(found))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}…"
