"""Output guardrail: what a language model has written may be read by a candidate only after it has passed. Pure.

``problem`` says why a model's wording cannot stand for the written question; ``is_grounded`` whether a field that a model filled in rests on
the text it read. The checks are of forms and of words, and strict: what they refuse wrongly costs a candidate nothing, for then the written
question is asked. In another language than the pack's, of what was planned only numbers and length can be told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from ls_expert_plugin.vetting.interview.language_check import STOP_WORDS, UNMARKED, UNSPACED, is_other

Problem = Literal[
    "empty", "unsavable", "too_long", "markup", "address", "prompt_words", "verdict", "cut", "no_question", "several_questions", "repeats", "too_much",
    "other_language", "numbers", "content_lost", "other_question", "other_content", "gives_answer",
]
MAX_CHARS = 1200
# A wording is the planned question and one sentence before it, in any language.
MAX_CHARS_MORE, MAX_TIMES_PLANNED, MIN_SHARE_OF_PLANNED = 400, 2, 0.2
KEPT = 0.6  # of the planned question's content words
NEW_WORDS, NEW_SHARE = 4, 1 / 3  # content words from nowhere: up to so many, or up to this share
PROMPT_WORDS_IN_A_ROW = 6
STEM_CHARS = 6
GROUNDED = 0.5  # of a field's words
FIELDS_OF_LISTS = frozenset(["kind", "code", "proficiency"])  # not copied from a text; the profile's forms check them

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SNAKE = re.compile(r"[a-z]+_[a-z_]+", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?\u2026]+(?=[\s\"'\u2019\u201d)]|\Z)|[\u3002\uff01\uff1f\u061f\u0964\u0965]+|\n+")
_QUESTION = re.compile(r"[?\uff1f\u061f\u055e\u1367\u037e]+")
_ENDS = tuple(".?!\u3002\uff1f\uff01\u061f\u0964\u0965\u055e\u1367\u037e\u0589")
_CLOSING = "\"'\u2019\u201d\u00bb)\u300d\u300f"
_MARKS = re.compile(r"[{}\[\]`<>|\\~^=]|\*\*|__|\\n|:\s*\"|[\u2600-\u27bf\U0001f000-\U0001faff]")
_LINES = re.compile(r"^\s*(?:#|[-*\u2022\u2013]\s|\d+[.)]\s)", re.MULTILINE)
_QUOTED = re.compile(r"\s*(?:\".*\"|\u201c.*\u201d|'.*'|\u00ab.*\u00bb|\u201e.*\u201c)\s*", re.DOTALL)
_ADDRESS = re.compile(r"https?:|www\.|\w@\w|\b[\w-]+\.(?:com|org|net|io|ai|dev|example|info|co|edu|gov|de|fr|uk|eu|ru|cn)\b", re.IGNORECASE)
_PROMPT = re.compile(
    r"\bjson\b|\bsystem (?:prompt|message)|\buser message|\blanguage model|\bas an ai\b|\bmy (?:instructions|rules|prompt)\b|\bplanned question"
    r"|\bchatgpt\b|\bassistant\b|\bprompt\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\s*(?:next |planned |your |the )?(?:question|interviewer|assistant|answer|candidate|system|user|response|output|note|translation)\s*\d*\s*:"
    r"|\s*(?:sure|certainly|of course|okay|ok|absolutely|here is|here's|here are|i'm sorry|i am sorry|i cannot|i can't)\b",
    re.IGNORECASE,
)
_VERDICT = re.compile(
    r"\byou(?:'ve|\u2019ve|'re|\u2019re| have| are| were| will be| get)? (?:been |now |already )*(?:verified|approved|accepted|certified|hired|qualified"
    r"|admitted|passed|rejected|declined|refused)\b|\bcongratulations\b|\bwell done\b|\b(?:great|excellent|perfect|impressive|wonderful|strong|outstanding"
    r"|amazing|brilliant|fantastic|correct|wrong|weak|good) (?:answer|response|job|work|example|point|reasoning|start|explanation)\b"
    r"|\byou(?:'re|\u2019re| are) (?:absolutely |quite |completely )?(?:right|correct|wrong|mistaken)\b"
    r"|\bthat(?:'s|\u2019s| is) (?:absolutely |quite )?(?:right|correct|wrong)\b"
    r"|\b(?:i|we) (?:promise|guarantee|recommend|approve|confirm)\b|\blevel [1-5]\b",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"\bfor example\b|\bfor instance\b|\bsuch as\b|\be\.g\.|\b(?:right|correct|expected|model) answer\b|\bthe answer (?:is|would)\b|\bhint\b"
    r"|\byou should\b",
    re.IGNORECASE,
)
_DISCRETION = re.compile(r"confidential|\bnames?\b|anonym|identif|leave out|leaving out", re.IGNORECASE)
_BIDI = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_DATE = re.compile(r"\d{4}(?:-\d{2}){0,2}")
_NUMBER_WORDS = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred|thousand|million|half|third|quarter|fifth|tenth)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class WordingTask:
    """What a wording is held against.

    ``planned``: the written question. ``language``: ISO 639-1, of the wording; ``is_translated``: another than the written question's. ``said``: the
    texts that it may pick up. ``instructions`` and ``keys``: what the model was told. ``answer_terms``: what an answer tends to contain.
    """

    planned: str
    language: str = "en"
    is_translated: bool = False
    said: tuple[str, ...] = ()
    instructions: str = field(default="", repr=False)
    keys: tuple[str, ...] = ()
    answer_terms: tuple[str, ...] = ()

    @cached_property
    def known(self) -> str:
        """Everything the candidate has read or said."""
        return "\n".join([self.planned, *self.said])


def problem(text: str, wanted: WordingTask) -> Problem | None:
    """Why ``text`` cannot be shown as the wording of what is wanted, or None. The first of the checks that it does not pass."""
    return next((name for name, is_wrong in _CHECKS.items() if is_wrong(text, wanted)), None)


def is_grounded(name: str, value: str, source: str) -> bool:
    """Whether the field ``name`` that a model filled with ``value`` rests on ``source``: its years, its numbers and most of its words stand there,
    and nothing else is in it."""
    if name in FIELDS_OF_LISTS:
        return True
    if _is_unsavable(value, None) or any(mark.group() not in source for mark in (*_MARKS.finditer(value), *_ADDRESS.finditer(value))):
        return False
    numbers = _numbers(value[:4] if _DATE.fullmatch(value) else value)
    if any(number not in _numbers(source) for number in numbers if number >= 100):
        return False
    words, there = [_stem(word) for word in _words(value) if len(word) > 2], {_stem(word) for word in _words(source)}
    return sum(word in there or word.isdigit() for word in words) >= GROUNDED * len(words)


def _is_empty(text: str, wanted: WordingTask) -> bool:
    return not any(char.isalpha() for char in text)


def _is_unsavable(text: str, wanted: WordingTask | None) -> bool:
    """Characters that no database keeps, or that nobody sees."""
    return any(char in _BIDI or (unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") and char not in "\n\r\t") for char in text)


def _is_too_long(text: str, wanted: WordingTask) -> bool:
    return len(text) > min(MAX_CHARS, MAX_TIMES_PLANNED * len(wanted.planned) + MAX_CHARS_MORE)


def _has_markup(text: str, wanted: WordingTask) -> bool:
    marks = {mark.group() for mark in _MARKS.finditer(text)}
    is_quoted = _QUOTED.fullmatch(text) and not _QUOTED.fullmatch(wanted.planned)
    return any(mark not in wanted.planned for mark in marks) or bool(_LINES.search(text)) or bool(is_quoted)


def _has_address(text: str, wanted: WordingTask) -> bool:
    return any(one.group() not in wanted.planned for one in _ADDRESS.finditer(text))


def _has_prompt_words(text: str, wanted: WordingTask) -> bool:
    """What the model was told, the names of its fields, or words to whoever runs it."""
    if _LABEL.match(text) and not _LABEL.match(wanted.planned):
        return True
    if any(key in text and key not in wanted.planned for key in wanted.keys):
        return True
    if any(one.casefold() not in wanted.known.casefold() for one in (*_SNAKE.findall(text), *_PROMPT.findall(text))):
        return True
    told, known = _rows(wanted.instructions), _rows(wanted.known)
    return any(row in told and row not in known for row in _rows(text))


def _has_verdict(text: str, wanted: WordingTask) -> bool:
    return any(one.group().casefold() not in wanted.planned.casefold() for one in _VERDICT.finditer(text))


def _is_cut(text: str, wanted: WordingTask) -> bool:
    said = text.rstrip().rstrip(_CLOSING)
    return wanted.language not in UNMARKED and (not said.endswith((*_ENDS, ";") if wanted.language == "el" else _ENDS) or said.endswith(".."))


def _has_no_question(text: str, wanted: WordingTask) -> bool:
    return wanted.language not in UNMARKED and bool(_questions(wanted.planned, "")) and not _questions(text, wanted.language)


def _has_several_questions(text: str, wanted: WordingTask) -> bool:
    return _questions(text, wanted.language) > max(1, _questions(wanted.planned, ""))


def _has_other_question(text: str, wanted: WordingTask) -> bool:
    """One that has nothing of what was planned."""
    if wanted.is_translated:
        return False
    planned, start = _content(wanted.planned, wanted.language), 0
    for end in _SENTENCE_END.finditer(text):
        own = _content(text[start:end.start()], wanted.language)
        if _QUESTION.search(end.group()) and own and not own & planned:
            return True
        start = end.end()
    return False


def _repeats(text: str, wanted: WordingTask) -> bool:
    sentences = [tuple(_words(one)) for one in _sentences(text)]
    return any(len(one) > 2 and sentences.count(one) > 1 for one in sentences)


def _is_too_much(text: str, wanted: WordingTask) -> bool:
    """More than one sentence beside those of the planned question."""
    return len(_sentences(text)) > len(_sentences(wanted.planned)) + 1


def _is_other_language(text: str, wanted: WordingTask) -> bool:
    return is_other(_words(text), wanted.language) or any(is_other(_words(one), wanted.language) for one in _sentences(text))


def _has_other_numbers(text: str, wanted: WordingTask) -> bool:
    """One of the planned question's is missing, or one comes from nowhere. Translated, a number in words may have become one in digits."""
    own, planned = _numbers(text), _numbers(wanted.planned)
    is_free = wanted.is_translated and _NUMBER_WORDS.search(wanted.planned)
    return not planned <= own or (not is_free and not own <= _numbers(wanted.known))


def _has_lost_content(text: str, wanted: WordingTask) -> bool:
    if wanted.is_translated:
        return len(text) < MIN_SHARE_OF_PLANNED * len(wanted.planned)
    if wanted.language == "en" and _DISCRETION.search(wanted.planned) and not _DISCRETION.search(text):
        return True
    planned = _content(wanted.planned, wanted.language)
    return len(planned & _content(text, wanted.language)) < KEPT * len(planned)


def _has_other_content(text: str, wanted: WordingTask) -> bool:
    if wanted.is_translated:
        return False
    own = _content(text, wanted.language)
    return len(own - _content(wanted.known, wanted.language)) > max(NEW_WORDS, NEW_SHARE * len(own))


def _gives_answer(text: str, wanted: WordingTask) -> bool:
    """A term that is looked for in the answer, or words that lead up to one, before the candidate has said it."""
    known = wanted.known.casefold()
    if any(one.group().casefold() not in known for one in _ANSWER.finditer(text)):
        return True
    own, said = _spaced(text), _spaced(wanted.known)
    return any(term in own and term not in said for term in map(_spaced, wanted.answer_terms))


_CHECKS: Mapping[Problem, Callable[[str, WordingTask], bool]] = {
    "empty": _is_empty, "unsavable": _is_unsavable, "too_long": _is_too_long, "markup": _has_markup, "address": _has_address,
    "prompt_words": _has_prompt_words, "verdict": _has_verdict, "cut": _is_cut, "no_question": _has_no_question,
    "several_questions": _has_several_questions, "repeats": _repeats, "too_much": _is_too_much, "other_language": _is_other_language,
    "numbers": _has_other_numbers, "content_lost": _has_lost_content, "other_question": _has_other_question,
    "other_content": _has_other_content, "gives_answer": _gives_answer,
}


def _words(text: str) -> list[str]:
    return [match.group().casefold().replace("\u2019", "'") for match in _WORD.finditer(text)]


def _stem(word: str) -> str:
    """A word without possessive and plural, cut so that "decide", "decided" and "deciding" are one."""
    word = word.removesuffix("'s")
    return (word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word)[:STEM_CHARS]


def _content(text: str, language: str) -> set[str]:
    """Stems of the words that are no stop words; of a language without spaces, its pairs of letters."""
    words = _words(text)
    if language in UNSPACED:
        return {word[at:at + 2] for word in words for at in range(max(1, len(word) - 1))}
    return {_stem(word) for word in words} - _stop_stems(language)


@lru_cache(maxsize=256)
def _stop_stems(language: str) -> frozenset[str]:
    return frozenset(_stem(word) for word in STOP_WORDS.get(language, ()))


def _spaced(text: str) -> str:
    """Stems as one string with a space around each, so that whole words are compared."""
    return f" {' '.join(map(_stem, _words(text)))} "


def _rows(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[at:at + PROMPT_WORDS_IN_A_ROW]) for at in range(len(words) - PROMPT_WORDS_IN_A_ROW + 1)}


def _sentences(text: str) -> list[str]:
    """Of at least three words: what is shorter is an abbreviation as often as not."""
    parts = [part for part in _SENTENCE_END.split(text) if part.strip()]
    return [part for part in parts if len(_words(part)) > 2]


def _questions(text: str, language: str) -> int:
    return len(_QUESTION.findall(text)) + (len(re.findall(r";(?=\s|\Z)", text)) if language == "el" else 0)


def _numbers(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"\d{1,18}", text)}
