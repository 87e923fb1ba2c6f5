"""Finding words that speak for a competency, and locating quotes."""

from __future__ import annotations

import pytest

from ls_expert_plugin.vetting.evidence.indicators import EXCERPT_MAX_CHARS, find
from ls_expert_plugin.vetting.evidence.quote_matching import QuotableAnswer
from ls_expert_plugin.vetting.values import Evidence
from tests.support.builders.vetting_samples import pack, turn


def _find(text: str, question: str = "Which case taught you most?") -> tuple[Evidence, ...]:
    turns = (turn(0, question), turn(1, text))
    found = find(pack(), turns)
    for one in found:
        assert one.turn_id == 101
        assert text[one.start : one.end] == one.quote
    return found


def test_the_quote_is_the_sentence_around_the_term() -> None:
    """A reviewer reads the words in their context."""
    (one,) = _find("We talked. The limitation period had run out by then! So I advised against it.")
    assert one.quote == "The limitation period had run out by then"
    assert (one.competency, one.found_by) == ("procedure", "terms: limitation period")


@pytest.mark.parametrize(
    "said",
    [
        "the LIMITATION PERIOD ran", "limitation periods differ", "the limitation-period ran", "the limitation\tperiod's end",
        "the “limitation period” ran", "the limittion period ran", "two judgements later", "the Judgment’s costs",
    ],
)  # fmt: skip
def test_terms_are_recognised_as_people_write_them(said: str) -> None:
    """Case, plural, hyphens, curly quotes and a slip of the finger do not hide a term."""
    assert [one.competency for one in _find(said)] == ["procedure"]


@pytest.mark.parametrize(
    "said",
    [
        "", "   ", "period of limitation", "limitation. Period.", "the limitation of the period", "prejudgmental views",
        "misjudgment of the facts", "limit period", "imitation period", "statements of affairs",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_term_is_not_one(said: str) -> None:
    """Parts of words, words in another order or across sentences, and other words are passed over."""
    assert _find(said) == ()


def test_opposites_that_look_alike_are_told_apart() -> None:
    """hypertension is not hypotension, intrastate not interstate, inadmissible not admissible."""
    like = pack(
        competencies=[
            {
                "id": "procedure", "title": "T", "description": "D", "mandatory": True,
                "indicators": ["hypertension", "interstate", "admissible", "hyperglycaemia", "cause of action"],
            },
            *[one.model_dump() for one in pack().competencies[1:]],
        ]
    )  # fmt: skip
    for said in ("hypotension", "intrastate", "inadmissible", "hypoglycaemia", "clause of action"):
        assert find(like, (turn(1, f"I saw {said} there."),)) == ()


def test_one_sentence_counts_once_for_a_competency() -> None:
    """Two terms in one sentence are one passage that names both."""
    (one,) = _find("The statement of claim came after the limitation period.")
    assert one.found_by == "terms: limitation period, statement of claim"


def test_an_answer_may_speak_for_more_than_it_was_asked() -> None:
    """Terms of another competency count too, wherever they were said."""
    assert {one.competency for one in _find("A conflict check first. Then the judgment.")} == {"procedure", "conflicts"}


def test_the_interviewers_words_are_never_evidence() -> None:
    """A question may be full of terms."""
    assert _find("I do not know.", question="Any judgment?") == ()


def test_a_question_pasted_back_is_no_evidence() -> None:
    """Copying the question into the box shows nothing; using its word does."""
    question = "How does the limitation period work where you practise?"
    assert _find(question, question=question) == ()
    assert _find("how does the limitation   period work where you practise", question=question) == ()
    assert len(_find("The limitation period is three years.", question=question)) == 1


def test_a_very_long_sentence_is_cut_at_words_around_the_term() -> None:
    """The excerpt stays short, holds the term, and cuts no word."""
    text = "padding " * 300 + "the limitation period ended " + "words " * 300
    (one,) = _find(text)
    assert "limitation period" in one.quote
    assert len(one.quote) <= EXCERPT_MAX_CHARS
    assert set(one.quote.split()) <= {"padding", "the", "limitation", "period", "ended", "words"}


def test_offsets_hold_among_unusual_characters() -> None:
    """Emoji, ligatures and letters that change length in lower case do not shift a quote."""
    (one,) = _find("İstanbul ﬁled 🧑‍⚖️ ẞ. Große Sache: the limitation period ẞ ended 🎉.")
    assert one.quote.startswith("Große Sache") and one.quote.endswith("ended")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["word{} limitations statementlike judgmental ", "!", "a. ", "limitation ", "i a ", "'", "\n"])
def test_a_huge_answer_is_searched_in_a_moment(piece: str) -> None:
    """A long answer, however odd, is no way to keep the service busy."""
    text = "".join(piece.format(number) for number in range(30_000 // len(piece)))
    assert all(found.quote in text for found in _find(text))
    assert QuotableAnswer(text).locate("something that was not said") is None


SAID = "I told her: “We can’t act – there is\n a conflict.”  Then I stopped. Straße."


@pytest.mark.parametrize(
    ("quote", "there"),
    [
        ("Then I stopped.", "Then I stopped."),
        ("  Then I stopped.  ", "Then I stopped."),
        ('"We can\'t act - there is a conflict."', "“We can’t act – there is\n a conflict.”"),
        ("there is a conflict", "there is\n a conflict"),
        ("then i STOPPED", "Then I stopped"),
        ("we can't act", "We can’t act"),
        ("STRASSE", "Straße"),
    ],
)
def test_a_quote_is_located_in_the_text_as_it_was_written(quote: str, there: str) -> None:
    """Offsets point into the candidate's own text, whatever a model did to white space, quotation marks and case."""
    span = QuotableAnswer(SAID).locate(quote)
    assert span is not None and SAID[slice(*span)] == there


@pytest.mark.parametrize("quote", ["", "  ", "\u200b", "we could not act", "act … a conflict", "Then I stopped. I left."])
def test_a_quote_that_was_not_said_is_not_located(quote: str) -> None:
    """Nothing is found by guessing."""
    assert QuotableAnswer(SAID).locate(quote) is None


def test_words_as_they_are_go_before_words_made_alike() -> None:
    """The exact words are taken, though similar ones stand before them."""
    assert QuotableAnswer("a conflict check. A conflict check.").locate("A conflict check") == (18, 34)
