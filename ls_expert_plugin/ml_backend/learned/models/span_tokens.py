"""Cuts a text into tokens at three degrees of likeness, so that a span learnt once is known again in other words.

    words     "Lisinopril 10 mg"  →  lisinopril 10 mg           the surface form, in any case and spacing
    classes   "5 March 2021"      →  <number> <month> <number>  numbers, months, weekdays, currencies and units as classes
    shapes    "Hart v. Lowe"      →  <Name> v . <Name>          and runs of capitalised words as one

Nothing here knows a label: which forms carry which label is learnt from annotations (``span_tagger.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DEGREES = ("words", "classes", "shapes")

_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[^\W\d_]+|[^\w\s]|_")
_CLASSES: Mapping[str, str] = {
    word: name
    for name, words in {
        "<month>": "january february march april may june july august september october november december "
                   "jan feb mar apr jun jul aug sep sept oct nov dec",
        "<weekday>": "monday tuesday wednesday thursday friday saturday sunday",
        "<currency>": "$ £ € ¥ usd eur gbp chf jpy dollars euros pounds",
        "<unit>": "mg mcg µg g kg ml l mmol iu units unit tablet tablets capsule capsules puff puffs drop drops",
        "<times>": "once twice thrice hourly daily nightly weekly monthly bd od tds qds bid tid qid prn",
        "<period>": "day days week weeks month months year years hour hours minute minutes quarter quarters",
        "<scale>": "thousand million billion trillion m bn k",
        "<count>": "one two three four five six seven eight nine ten twelve",
    }.items()
    for word in words.split()
}
_SENTENCE_START = re.compile(r"(?:^|[.!?:;\n])\W*$")


@dataclass(frozen=True)
class Token:
    """One token, or a run of names: ``text[start:end]`` is it, ``key`` is what it is compared by."""

    key: str
    start: int
    end: int


def common_words(texts: Iterable[str]) -> frozenset[str]:
    """Words that these texts also write in lower case: at the start of a sentence their capital makes no name."""
    return frozenset(word for text in texts for word in _TOKEN.findall(text) if word.islower())


def tokens(text: str, common: frozenset[str] = frozenset()) -> Mapping[str, tuple[Token, ...]]:
    """The text's tokens for each of ``DEGREES``. Offsets are code points."""
    found = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    words = tuple(Token(word.casefold(), start, end) for word, start, end in found)
    classes = tuple(Token(_class_of(word), start, end) for word, start, end in found)
    shapes: list[Token] = []
    for word, start, end in found:
        starts_sentence = word.casefold() in common and _SENTENCE_START.search(text, max(0, start - 8), start) is not None
        key = "<Name>" if word[0].isupper() and not starts_sentence and _class_of(word) == word.casefold() else _class_of(word)
        if key == "<Name>" and shapes and shapes[-1].key == key and text[shapes[-1].end:start].isspace():
            start = shapes.pop().start
        shapes.append(Token(key, start, end))
    return {"words": words, "classes": classes, "shapes": tuple(shapes)}


def _class_of(word: str) -> str:
    if word[0].isdigit():
        return "<number>"
    folded = word.casefold()
    return _CLASSES.get(folded, folded)
