"""What a domain pack holds: specialties, licences, competencies with their levels, topics, the written interview, the policy.

The models check each field by itself; ``pack_validation.py`` says what must fit together; ``loader.py`` reads the files and says in which
line something is wrong. docs/domain-packs.md tells how to write one.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ls_expert_plugin.domains.field_types import Id, Indicator, Part, Several, Text, Title, WebAddress
from ls_expert_plugin.domains.items import Item
from ls_expert_plugin.domains.policy import Level, Policy

LEVELS = 5
Kind = Literal["opening", "probing", "scenario"]


def _none_or_five(levels: tuple[str, ...]) -> tuple[str, ...]:
    if len(levels) not in (0, LEVELS):
        raise ValueError(f"has {len(levels)} descriptions; write five, for the levels 1 to 5 in this order")
    return levels


class Specialty(Part):
    """A field within the domain: cardiology, tax law."""

    id: Id
    title: Title


class Register(Part):
    """A regulator's public page on which a person can look somebody up."""

    title: Title
    url: WebAddress


class Licence(Part):
    """A kind of credential. ``number_label`` names the number in the form; ``help`` says what it is.

    ``register_codes``: beginnings of the codes under which a register lists whoever this licence stands for, such as 20 for physicians among the
    taxonomies of the NPI registry; none: any. It only counts where a register is asked.
    """

    id: Id
    title: Title
    help: Text
    number_label: Title
    registers: Several[Register]
    register_codes: tuple[Title, ...] = ()


class Competency(Part):
    """What an expert is able to do. Each mandatory one is asked about in every interview.

    ``indicators`` are phrases that a knowledgeable answer tends to contain, without regard to case. They point a person at a
    passage; they prove nothing. ``levels`` are five descriptions of what an answer shows, from 1, not yet, over 3, what the work
    needs, to 5; without them the competency gets no level. ``specialties``: only people of these are asked; none named, everybody.
    """

    id: Id
    title: Title
    description: Text
    mandatory: bool
    indicators: Several[Indicator]
    levels: Annotated[tuple[Text, ...], AfterValidator(_none_or_five)] = ()
    specialties: tuple[Id, ...] = ()

    def anchor(self, level: Level) -> str:
        """What ``level``, 1 to 5, means here. Raises ``ValueError`` for another number, or when no levels are written."""
        if not 1 <= level <= len(self.levels):
            raise ValueError(f"{self.id} has no level {level}")
        return self.levels[level - 1]


class Question(Part):
    """A written question about one competency.

    ``opening`` asks what somebody has done, ``scenario`` what they would do, ``probing`` goes deeper. ``minutes`` is what an answer
    costs; ``informs`` names other competencies that an answer tends to show; ``specialty``: only people of it are asked.
    """

    id: Id
    competency: Id
    kind: Kind
    text: Text
    specialty: Id | None = None
    minutes: int = Field(default=3, ge=1, le=30)
    informs: tuple[Id, ...] = ()


class Topic(Part):
    """What no interview may leave out: covered by an answer to one of ``questions``, or to any question about ``competencies``."""

    id: Id
    title: Title
    competencies: tuple[Id, ...] = ()
    questions: tuple[Id, ...] = ()

    def covered_by(self, question: Question) -> bool:
        """Whether an answer to ``question`` covers this."""
        return question.id in self.questions or question.competency in self.competencies


class FollowUp(Part):
    """What is asked about an answer that was too short, named no example, held none of the indicators, does not go with the profile
    (``contradiction``), or should be put in the person's own words (``own_words``).

    ``competencies``: only after a question about one of these; none named, after any.
    """

    id: Id
    when: Literal["too_short", "no_example", "no_evidence", "contradiction", "own_words"]
    text: Text
    competencies: tuple[Id, ...] = ()


class RedFlag(Part):
    """Something in an answer that a person has to look at. It never refuses anybody: ``leads_to`` can say nothing but ``person``.

    ``competencies``: where it tends to show; none named, anywhere.
    """

    id: Id
    title: Title
    description: Text
    competencies: tuple[Id, ...] = ()
    leads_to: Literal["person"] = "person"


class Pack(Part):
    """A domain. ``version`` grows with each change of content and is stored with each interview.

    ``language`` (ISO 639-1) is that of the written questions. ``description`` is one sentence to a candidate; ``max_candidate_turns``
    counts answers; ``max_minutes`` is the time they should take together; ``closing`` ends the interview; ``items`` are those of the
    knowledge test. Without ``topics``, each mandatory competency is one. ``prelabel_instruction`` is told to the language model that
    makes pre-labels for projects of the domain, before the project's own instruction.
    """

    id: Id
    version: int = Field(ge=1, le=1_000_000)
    title: Title
    description: Text
    specialties: Several[Specialty]
    licences: Several[Licence]
    topics: tuple[Topic, ...] = ()
    competencies: Several[Competency]
    questions: Several[Question]
    follow_ups: Several[FollowUp]
    red_flags: tuple[RedFlag, ...] = ()
    items: tuple[Item, ...] = ()
    max_candidate_turns: int = Field(default=12, ge=1, le=100)
    max_minutes: int = Field(default=45, ge=1, le=480)
    language: str = Field(default="en", pattern="^[a-z]{2}$")
    policy: Policy = Policy()
    prelabel_instruction: Text | None = None
    closing: Text

    def mandatory_topics(self) -> tuple[Topic, ...]:
        """What every interview has to touch: the topics as written, or one for each mandatory competency that everybody has."""
        everybodys = (one for one in self.competencies if one.mandatory and not one.specialties)
        return self.topics or tuple(Topic(id=one.id, title=one.title, competencies=(one.id,)) for one in everybodys)

    def red_flag_titles(self) -> dict[str, str]:
        """Titles of the red flags by id."""
        return {one.id: one.title for one in self.red_flags}

    def competencies_for(self, specialties: Collection[str]) -> tuple[Competency, ...]:
        """The competencies that concern somebody who works in ``specialties``."""
        return tuple(one for one in self.competencies if not one.specialties or any(own in one.specialties for own in specialties))

    def questions_for(self, specialties: Collection[str]) -> tuple[Question, ...]:
        """The questions that may be put to somebody who works in ``specialties``; those for everybody when there are none."""
        theirs = {one.id for one in self.competencies_for(specialties)}
        return tuple(
            one for one in self.questions if one.competency in theirs and (one.specialty is None or one.specialty in specialties)
        )
