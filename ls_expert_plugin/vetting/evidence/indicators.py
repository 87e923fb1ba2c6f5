"""Words of the candidate that speak for a competency, found without a model. Pure.

It points, it does not judge: a passage says only that an expected term stands in it. A person reads on from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz

from ls_expert_plugin.vetting.values import Evidence, Turn

if TYPE_CHECKING:
    from ls_expert_plugin.domains.pack import Pack

# Longest excerpt shown around a term, in characters; a longer sentence is cut at words.
EXCERPT_MAX_CHARS = 320
# Two words of at least NEAR_MIN_CHARS with the same first letter are one word, misspelt or inflected, above this similarity
# (rapidfuzz ratio, 0 to 100). "judgment/judgement" 94 is above it; "interstate/intrastate" 90 and
# "hypertension/hypotension" 87 are not. Shorter words are too close to each other: "cause/clause" is 91. Without the first
# letter, "admissible/inadmissible" would be one word, with 91.
NEAR_MIN_CHARS = 7
NEAR_SIMILARITY = 90.0
# A sentence of at least this many words that also stands in a question is the question pasted back.
ECHO_MIN_WORDS = 4

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_GREEK = re.compile(r"(\w*[oy]s)(?:is|es|e)")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n")


class _Word(NamedTuple):
    """A word in a form that can be compared, and where it stands."""

    key: str
    start: int
    end: int


def find(pack: Pack, turns: Sequence[Turn]) -> tuple[Evidence, ...]:
    """Passages of the candidate's turns in which indicators of the pack's competencies stand.

    One passage per competency and sentence; ``found_by`` lists the indicators. In the order of the transcript, then of the
    pack. Sentences copied from a question are passed over.
    """
    asked = [_spaced(_keys(turn.text)) for turn in turns if turn.speaker == "interviewer"]
    terms = [(one.id, [(phrase, _keys_of(phrase)) for phrase in one.indicators]) for one in pack.competencies]
    found: list[Evidence] = []
    for turn in turns:
        if turn.speaker != "candidate":
            continue
        same = _Alike(key for _, phrases in terms for _, keys in phrases for key in keys)
        for sentence in _sentences(turn.text):
            if _echoes(sentence, asked):
                continue
            there = same.wanted_in(sentence)
            for competency, phrases in terms:
                hits = [(phrase, span) for phrase, keys in phrases if there.issuperset(keys) and (span := _span(sentence, keys, same))]
                if hits:
                    start, end = _excerpt(sentence, min(span for _, span in hits))
                    found.append(
                        Evidence(
                            competency=competency,
                            turn_id=turn.id,
                            start=start,
                            end=end,
                            quote=turn.text[start:end],
                            found_by="terms: " + ", ".join(phrase for phrase, _ in hits),
                        )
                    )
    return tuple(found)


class _Alike:
    """Which words of an answer are which words of the indicators; each pair is compared once."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._near: dict[str, list[str]] = {}
        for key in sorted(set(keys)):
            if len(key) >= NEAR_MIN_CHARS:
                self._near.setdefault(key[0], []).append(key)
        self._known: dict[str, frozenset[str]] = {}

    def __call__(self, said: str, wanted: str) -> bool:
        return said == wanted or wanted in self._near_to(said)

    def wanted_in(self, sentence: Iterable[_Word]) -> frozenset[str]:
        """Every word that one of the sentence's words is: a phrase with another one cannot stand there."""
        said = [word.key for word in sentence]
        return frozenset(said).union(*map(self._near_to, said))

    def _near_to(self, said: str) -> frozenset[str]:
        if said not in self._known:
            near = self._near.get(said[0], ()) if len(said) >= NEAR_MIN_CHARS else ()
            self._known[said] = frozenset(key for key in near if fuzz.ratio(said, key) > NEAR_SIMILARITY)
        return self._known[said]


def _key(word: str) -> str:
    """A word without case, possessive and plural, so that "Client's" and "clients" are "client", and "entries" is "entry".

    "diagnosis", "diagnoses" and "diagnose" are one word, and so are "analysis", "analyses" and "analyse".
    """
    key = word.casefold().replace("\u2019", "'").removesuffix("'s").rstrip("'")
    if len(key) > 4 and key.endswith("ies"):
        return f"{key[:-3]}y"
    if len(key) >= 7 and (stem := _GREEK.fullmatch(key)):
        return stem[1]
    return key[:-1] if len(key) > 3 and key.endswith("s") and not key.endswith("ss") else key


def _keys(text: str) -> list[str]:
    return [_key(match.group()) for match in _WORD.finditer(text)]


@lru_cache(maxsize=20_000)
def _keys_of(phrase: str) -> tuple[str, ...]:
    """The same for an indicator, of which a pack has hundreds that never change."""
    return tuple(_keys(phrase))


def _sentences(text: str) -> Iterator[list[_Word]]:
    """The words of each sentence. An abbreviation ends one too early, which only makes an excerpt shorter."""
    start = 0
    for end in [*(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]:
        words = [_Word(_key(match.group()), match.start(), match.end()) for match in _WORD.finditer(text, start, end)]
        if words:
            yield words
        start = end


def _span(sentence: Sequence[_Word], wanted: Sequence[str], same: _Alike) -> tuple[int, int] | None:
    """First and last index in ``sentence`` of the words ``wanted``, one after the other."""
    for first in range(len(sentence) - len(wanted) + 1):
        if wanted and all(same(sentence[first + step].key, key) for step, key in enumerate(wanted)):
            return first, first + len(wanted) - 1
    return None


def _excerpt(sentence: Sequence[_Word], span: tuple[int, int]) -> tuple[int, int]:
    """Offsets of the sentence, or of as many whole words around ``span`` as fit; never less than the span."""
    first, last = span
    grown = True
    while grown:
        grown = False
        if first > 0 and sentence[last].end - sentence[first - 1].start <= EXCERPT_MAX_CHARS:
            first, grown = first - 1, True
        if last + 1 < len(sentence) and sentence[last + 1].end - sentence[first].start <= EXCERPT_MAX_CHARS:
            last, grown = last + 1, True
    return sentence[first].start, sentence[last].end


def _echoes(sentence: Sequence[_Word], asked: Iterable[str]) -> bool:
    said = _spaced(word.key for word in sentence)
    return len(sentence) >= ECHO_MIN_WORDS and any(said in question for question in asked)


def _spaced(keys: Iterable[str]) -> str:
    """Words as one string with a space around each, so that whole words are compared."""
    return f" {' '.join(keys)} "
