"""A small domain pack and a few turns, for tests of vetting. Real types, nothing pretended."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any

from ls_expert_plugin.domains.pack import Pack
from ls_expert_plugin.vetting.values import Claim, Turn

NOW = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.timezone.utc)

LONG_ENOUGH = (
    "Last year I handled a dispute over a delivery contract. First I read the limitation period, then I ran a conflict check, "
    "and I told the client in plain words what it would cost them and what they could expect."
)
# Another answer of the same length: the same text for two questions is a sign for the reviewer.
ANOTHER = (
    "Two founders came to me with one draft. I wrote to both that I could act for neither of them without informed consent, put an information "
    "barrier around the file, and marked each defined term that meant two things in the clauses they had copied."
)
SHORT = "It depends."


def in_other_words(number: int) -> str:
    """Another answer that shows the same, and shares no run of five words with ``LONG_ENOUGH`` or with one of another number."""
    said = re.findall(r"(?:\S+ ){3}(?:limitation |conflict )?\S+ ?", LONG_ENOUGH)
    return f"{number} ".join(said)


def pack(**changed: Any) -> Pack:
    """Three competencies, two of them mandatory; at most six answers."""
    fields: dict[str, Any] = {
        "id": "law",
        "version": 3,
        "title": "Law",
        "description": "Reading and writing legal texts.",
        "specialties": [{"id": "contracts", "title": "Contracts"}],
        "licences": [
            {
                "id": "bar",
                "title": "Bar admission",
                "help": "The number on your certificate.",
                "number_label": "Bar number",
                "registers": [{"title": "A register", "url": "https://register.example/"}],
            }
        ],
        "competencies": [
            {
                "id": "procedure",
                "title": "Civil procedure",
                "description": "Knows how a case moves.",
                "mandatory": True,
                "indicators": ["limitation period", "statement of claim", "judgment"],
            },
            {
                "id": "conflicts",
                "title": "Conflicts of interest",
                "description": "Sees whom they may not act for.",
                "mandatory": True,
                "indicators": ["conflict check", "informed consent", "information barrier"],
            },
            {
                "id": "drafting",
                "title": "Drafting",
                "description": "Writes clauses that hold.",
                "mandatory": False,
                "indicators": ["defined term", "boilerplate"],
            },
        ],
        "questions": [
            {"id": "p_scenario", "competency": "procedure", "kind": "scenario", "text": "A claim comes late. What do you do?"},
            {"id": "p_open", "competency": "procedure", "kind": "opening", "text": "Without names: which case taught you most?"},
            {"id": "p_probe", "competency": "procedure", "kind": "probing", "text": "Which deadline did you watch, and why?"},
            {"id": "c_open", "competency": "conflicts", "kind": "opening", "text": "When did you turn a client away?"},
            {"id": "c_scenario", "competency": "conflicts", "kind": "scenario", "text": "Two clients fall out. What now?"},
            {"id": "c_probe", "competency": "conflicts", "kind": "probing", "text": "What did you check before you said yes?"},
            {"id": "d_open", "competency": "drafting", "kind": "opening", "text": "Which clause did you draft last?"},
        ],
        "follow_ups": [
            {"id": "short", "when": "too_short", "text": "Could you say more about it?"},
            {"id": "short_2", "when": "too_short", "text": "What happened next?"},
            {"id": "example", "when": "no_example", "text": "Could you give an example?"},
            {"id": "evidence", "when": "no_evidence", "text": "Which rule did you rest on?"},
        ],
        "max_candidate_turns": 6,
        "closing": "Thank you. A person reviews what you wrote.",
    }
    return Pack.model_validate_json(json.dumps({**fields, **changed}))


def turn(position: int, text: str, *, question_id: str | None = "p_open", competency: str | None = "procedure") -> Turn:
    """Even positions are the interviewer's. The id differs from the position on purpose."""
    return Turn(100 + position, position, "candidate" if position % 2 else "interviewer", text, question_id, competency, NOW)


def claim(kind: Any = "work", **details: Any) -> Claim:
    """An entry of the profile."""
    return Claim(1, kind, details, "claimed", "form")


EDUCATION: Mapping[str, str] = {
    "school": "University of Lindenau", "degree": "LL.M.", "field": "Law", "start_year": "2008", "end_year": "2012",
}
LICENCE: Mapping[str, str] = {
    "kind": "bar", "number": "12345", "jurisdiction": "Lindenau", "issued_on": "2014-05-01", "expires_on": "",
}
WORK: Mapping[str, str] = {
    "employer": "Quill & Partners", "title": "Associate", "start": "2014-06", "end": "", "description": "Commercial disputes.",
}


def graded_pack(**changed: Any) -> Pack:
    """The same, with five levels for each competency and one red flag."""
    plain = pack()
    graded = [{**one.model_dump(mode="json"), "levels": [f"{one.title}, as on level {level}." for level in range(1, 6)]} for one in plain.competencies]
    flags = [{"id": "gave_away", "title": "Gave away a confidence", "description": "Names a client, or what they said."}]
    return pack(**{"competencies": graded, "red_flags": flags, **changed})
