"""The values that routing passes around. Frozen, standard library only; times are aware UTC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ls_expert_plugin.protocol.handshake import is_same_moment
from ls_expert_plugin.vetting.values import AddOnQuestion, Verification

Mode = Literal["open", "invited"]
# Whose a project's tasks are: everybody's in it, or those whom they are assigned to.
Distribution = Literal["open", "assigned"]
Via = Literal["portal", "api", "command"]
LOWEST_LEVEL, HIGHEST_LEVEL = 1, 5
MOST_QUESTIONS = 4  # of an add-on
QUESTION_MAX_CHARS, ABOUT_MAX_CHARS = 1000, 120


@dataclass(frozen=True)
class Requirement:
    """What a project asks of an expert. Everything named must be met; an empty tuple or None asks for nothing.

    ``specialties`` are ids of the domain pack, ``all_specialties`` says whether one is enough. ``minimum_level`` is 1 to 5.
    ``languages`` are ISO 639-1 codes, all of them needed. ``credential_kinds`` are ids of the pack's licences and
    ``jurisdictions`` are names of places: one checked licence must be of one of the kinds and from one of the places.
    ``add_on`` are the project's own questions, the answers to which a manager has to find fitting, for this project alone.
    ``max_experts`` is how many may work on it at a time. ``invited`` is open to those on its list alone, and they must match too.
    """

    domain: str
    specialties: tuple[str, ...] = ()
    all_specialties: bool = False
    minimum_level: int | None = None
    languages: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    credential_kinds: tuple[str, ...] = ()
    max_experts: int | None = None
    mode: Mode = "open"
    add_on: tuple[AddOnQuestion, ...] = ()


@dataclass(frozen=True)
class Rules:
    """How a project is for those who are in it; Label Studio's extension enforces it.

    ``specialty_field`` names the field of a task that holds a specialty ("data.specialty", "meta.field"): then experts see
    only tasks of theirs, and those with none where ``shows_tasks_without_specialty``. ``assignment``: anything but "open", and experts see
    only tasks that are assigned to them.
    """

    shows_others_work: bool = False
    specialty_field: str | None = None
    shows_tasks_without_specialty: bool = False
    assignment: Distribution = "open"


@dataclass(frozen=True)
class Project:
    """A project of Label Studio. ``requirement`` None: hidden from experts, unless a setting opens such projects.

    ``invited`` are Label Studio's ids of the people on its list, ``invited_until`` when that ends for those with an end; ``fitting`` of
    those whose answers to its own questions fit.
    """

    ls_project_id: int
    title: str
    requirement: Requirement | None
    rules: Rules = Rules()
    invited: frozenset[int] = frozenset()
    invited_until: Mapping[int, dt.datetime] = field(default_factory=dict)
    fitting: frozenset[int] = frozenset()

    @property
    def domain(self) -> str | None:
        """The domain it asks for, if any."""
        return self.requirement.domain if self.requirement else None


@dataclass(frozen=True)
class Author:
    """Who changes what projects ask for: by which way, and the manager's person id where it is known."""

    via: Via = "command"
    person_id: int | None = None


BY_COMMAND = Author()


@dataclass(frozen=True)
class ProjectRules:
    """The rules of one project as Label Studio is told them. ``revision`` grows with each change."""

    ls_project_id: int
    rules: Rules
    revision: int


@dataclass(frozen=True)
class CheckedLicence:
    """A licence that somebody or something has checked. ``kind`` is the id of one of the domain pack's licences."""

    kind: str
    jurisdiction: str
    valid_until_utc: dt.datetime | None


@dataclass(frozen=True)
class Language:
    """A language that somebody has checked: ISO 639-1 code."""

    code: str


@dataclass(frozen=True)
class Candidate:
    """What is known of one person and counts for routing: verifications in any state, and what has been checked."""

    ls_user_id: int
    is_manager: bool = False
    verifications: tuple[Verification, ...] = ()
    credentials: tuple[CheckedLicence, ...] = ()
    languages: tuple[Language, ...] = ()


@dataclass(frozen=True)
class Membership:
    """Whether one person may work on one project, and until when (None: no end). ``revision`` grows with each change.

    ``specialties``: values of the task's specialty field that this person works on.
    """

    ls_user_id: int
    ls_project_id: int
    active: bool
    valid_until_utc: dt.datetime | None
    reason: str
    revision: int
    specialties: tuple[str, ...] = ()

    def in_force(self, now: dt.datetime) -> bool:
        """True while Label Studio lets the person in."""
        return self.active and (self.valid_until_utc is None or now < self.valid_until_utc)


@dataclass(frozen=True)
class TaskAssignment:
    """Whether one task is assigned to one person, and until when (None: no end). ``revision`` grows with each change.

    ``purpose``: what the task is given to them for, such as "annotate". ``barred``: they may not have it, whatever they have begun there.
    ``task_made_at_utc``: when the task was made that is meant; another under its number is none of theirs.
    """

    ls_user_id: int
    ls_task_id: int
    ls_project_id: int
    purpose: str
    active: bool
    barred: bool
    valid_until_utc: dt.datetime | None
    task_made_at_utc: dt.datetime
    revision: int

    @property
    def pair(self) -> tuple[int, int]:
        """(person, task): what there is one of."""
        return self.ls_user_id, self.ls_task_id

    def in_force(self, now: dt.datetime) -> bool:
        """True while the task is theirs."""
        return self.active and not self.barred and (self.valid_until_utc is None or now < self.valid_until_utc)


@dataclass(frozen=True)
class KnownMember:
    """A member of Label Studio as we know them. ``gone_at_utc``: when they left; ``heard_at_utc``: when Label Studio last told us of them;
    ``is_being_erased``: their name is gone here and not yet there. ``made_at_utc``: when their account was made; None: never told.
    """

    email: str
    name: str
    role: str
    gone_at_utc: dt.datetime | None
    heard_at_utc: dt.datetime | None
    is_being_erased: bool = False
    made_at_utc: dt.datetime | None = None

    def is_another(self, made_at_utc: dt.datetime | None) -> bool:
        """Whether an account under their number that was made then is somebody else's. None: the extension does not say, so it is taken for theirs."""
        if made_at_utc is None:
            return False
        if self.made_at_utc is None:
            return self.gone_at_utc is not None and made_at_utc > self.gone_at_utc
        return not is_same_moment(made_at_utc, self.made_at_utc)


@dataclass(frozen=True)
class KnownProject:
    """A project of Label Studio as we know it. ``updated_at_utc``: when something about it was written here; ``made_at_utc``: when it was made there."""

    title: str
    gone_at_utc: dt.datetime | None
    updated_at_utc: dt.datetime
    made_at_utc: dt.datetime | None = None

    def is_another(self, made_at_utc: dt.datetime | None) -> bool:
        """Whether a project under its number that was made then is another one. Where either time is not known, it is taken for the same."""
        return made_at_utc is not None and self.made_at_utc is not None and not is_same_moment(made_at_utc, self.made_at_utc)


@dataclass(frozen=True)
class ListedProject:
    """A project as Label Studio lists it."""

    title: str
    made_at_utc: dt.datetime | None = None
