"""Quotes are found in the text they were taken from."""

import pytest

from ls_expert_plugin.ml_backend.llm.quote_matching import at_word_bounds, locate


@pytest.mark.parametrize(("text", "quote", "found"), [
    ("Take 5 mg daily.", "5 mg", "5 mg"),
    ("Take 5\u00a0\n mg daily.", "5 mg", "5\u00a0\n mg"),
    ("He said “never”.", '"never"', "“never”"),
    ("the parties’ lease", "parties' lease", "parties’ lease"),
    ("Aspirin helps", "aspirin", "Aspirin"),
    ("😀😀 Aspirin", "Aspirin", "Aspirin"),
    ("İstanbul court, STRASSE", "straße", "STRASSE"),
    ("İİİ Court", "court", "Court"),
    ("one heart, art class", "art", "art"),
    ("  padded  ", " padded ", "padded"),
])
def test_a_quote_is_found_at_its_place(text: str, quote: str, found: str) -> None:
    """White space, quotation marks and case may differ; the offsets are those of the text as it is."""
    place = locate(text, quote)
    assert place is not None
    assert text[place[0]:place[1]] == found


def test_whole_words_are_preferred() -> None:
    """ "art" is the word, not the end of "heart"."""
    assert locate("heart and art", "art") == (10, 13)


def test_a_second_mention_gets_the_second_place() -> None:
    """The same words quoted twice are two places; a third time there is none left."""
    text, taken = "mild pain, then pain again", [(5, 9)]
    second = locate(text, "pain", taken)
    assert second == (16, 20)
    assert locate(text, "pain", [*taken, second]) is None


@pytest.mark.parametrize("quote", ["", "   ", "headache", "pain and fever"])
def test_words_that_are_not_there_are_not_found(quote: str) -> None:
    """A quote that the text does not have gets no place."""
    assert locate("pain, no fever", quote) is None


def test_word_bounds() -> None:
    """A span that cuts a word is told from one that does not."""
    assert at_word_bounds("a b12 c", 2, 5)
    assert not at_word_bounds("a b12 c", 2, 4)
    assert not at_word_bounds("a b12 c", 3, 5)
