"""Whether groups of people are verified at like rates: voluntary answers, kept apart from everything, and a report on them. Pure.

The report follows the four-fifths rule (29 CFR 1607.4): a group whose rate is below four fifths of the highest group's is marked. A mark is a
reason to look, no proof; and with few people it is chance. Nothing that decides about anybody may read these answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ls_expert_plugin.errors import BadInput

# Fewer people than this are not told of: they could be recognised, and a rate of them says nothing.
MINIMUM = 5
FOUR_FIFTHS = 0.8
# By question: its title, and its options by id. The categories of ethnicity are those of the US EEO-1 report.
QUESTIONS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "gender": ("Gender", {"woman": "Woman", "man": "Man", "other": "Another"}),
    "age": ("Age", {"under_30": "Under 30", "30_44": "30 to 44", "45_59": "45 to 59", "60_plus": "60 or over"}),
    "first_language": ("First language", {"interview": "The language of the interview", "another": "Another language"}),
    "ethnicity": ("Ethnicity", {
        "hispanic": "Hispanic or Latino", "white": "White", "black": "Black or African American", "native_hawaiian": "Native Hawaiian or Pacific Islander",
        "asian": "Asian", "native_american": "American Indian or Alaska Native", "several": "Two or more",
    }),
}


@dataclass(frozen=True)
class DecidedCase:
    """One person whose case was decided in a domain: what they answered, and whether they were verified."""

    answers: Mapping[str, str]
    verified: bool


@dataclass(frozen=True)
class Group:
    """``decided`` and ``verified`` count people; ``ratio`` is to the highest rate of its question. None: too few to tell of."""

    question: str
    option: str
    decided: int | None
    verified: int | None = None
    rate: float | None = None
    ratio: float | None = None

    @property
    def is_marked(self) -> bool:
        """Below four fifths of the highest rate."""
        return self.ratio is not None and self.ratio < FOUR_FIFTHS


def checked(fields: Mapping[str, str]) -> dict[str, str]:
    """What was answered; a question left out is left out. Raises ``BadInput`` for an option that is not there."""
    answers = {}
    for question, (title, options) in QUESTIONS.items():
        given = fields.get(question, "")
        if given and given not in options:
            raise BadInput(f"{title}: choose one of the options, or none.")
        if given:
            answers[question] = given
    return answers


def report(outcomes: Sequence[DecidedCase], minimum: int = MINIMUM) -> tuple[Group, ...]:
    """A row for each option, with those below ``minimum`` left out; where only one would be, the next smallest too, so that it cannot be
    found by taking the others from the whole."""
    return tuple(one for question in QUESTIONS for one in _of(question, outcomes, minimum))


def _of(question: str, outcomes: Sequence[DecidedCase], minimum: int) -> Iterator[Group]:
    options = QUESTIONS[question][1]
    counts = {
        option: (
            sum(one.answers.get(question) == option for one in outcomes),
            sum(one.answers.get(question) == option and one.verified for one in outcomes),
        )
        for option in options
    }
    asked = {option: count for option, count in counts.items() if count[0]}
    hidden = {option for option, (decided, _) in asked.items() if decided < minimum}
    shown = sorted((option for option in asked if option not in hidden), key=lambda option: asked[option][0])
    if len(hidden) == 1 and shown:
        hidden.add(shown[0])
    rates = {option: verified / decided for option, (decided, verified) in asked.items() if option not in hidden}
    highest = max(rates.values(), default=0.0)
    for option in options:
        if option in hidden:
            yield Group(question, option, None)
        elif option in asked:
            decided, verified = asked[option]
            yield Group(question, option, decided, verified, rates[option], rates[option] / highest if highest else None)
