"""Record linkage of personal names: whether a name somebody gave can be the one that a register has. Pure.

Three answers, because two are not enough: the "same", a "different" one, or "undecided", which a person looks at. A name that cannot be
compared (another script, an initial alone, one word) is never a contradiction, and never a match. Letters are brought to ASCII by
``anyascii``; spelling is compared by ``rapidfuzz``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from anyascii import anyascii
from rapidfuzz import fuzz

Verdict = Literal["same", "undecided", "different"]
_ORDER: tuple[Verdict, ...] = ("different", "undecided", "same")
# Two words of at least four letters above this similarity (rapidfuzz ratio, 0 to 100) may be one name, spelt otherwise: "Katherine/Catherine" is 89,
# "Mohammed/Muhammad" 75, "Jane/Jana" 75. It only ever makes a "different" an "undecided".
NEAR_SIMILARITY, NEAR_MIN_CHARS = 74.0, 4



def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TITLES = _set("dr prof professor mr mrs ms miss mx sir dame hon rev judge justice herr frau dott dottssa ing dipl med adv advocate avv me")
_SUFFIXES = _set(
    "md do mbbs mbchb bm bch mbbch phd dphil mph jd llm llb esq esquire cpa aca acca fca fcca cfa frm mba msc bsc ba ma facp facc facs frcp frcs mrcp "
    "mrcs mrcgp frca rn np pa dds dmd kc qc sc dr pharmd edd"
)
_GENERATIONS = _set("jr sr ii iii iv junior senior")
_PARTICLES = _set("de da do dos das del della di du la le los las van von der den ter ten zu zur y e i al el bin ibn ben st saint")
# What German and Nordic names are written as where there are no such letters; anyascii gives the other usual form, without the e.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
_ASIDE = re.compile(r"\([^)]*\)|\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]")
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")

Word = frozenset[str]  # the forms of one word: without accents, and with German letters spelt out


@dataclass(frozen=True)
class _Reading:
    """One way to read a name: its given names, its family name, and a generation ("jr"). ``is_sure``: nothing had to be guessed."""

    given: tuple[Word, ...]
    family: tuple[Word, ...]
    generation: str = ""
    is_sure: bool = True


def match(said: str, listed: str, listed_family: str = "") -> Verdict:
    """Whether two names can be one person's. ``listed_family``: the family name in ``listed``, where the register tells it.

    The same: the family name is, and a given name in full. Undecided: initials alone, the order turned round, a family name that is part of
    the other or nearly spelt so, middle names or generations that differ, a script that is not Latin, or one word alone.
    """
    if not _is_latin(said) or not _is_latin(listed):
        return "undecided"
    left, right = tuple(_readings(said)), tuple(_readings(listed, listed_family))
    if not left or not right:
        return "undecided" if _alone(said, listed) else "different"
    best = max((_held(one, other) for one, other in product(left, right)), key=_ORDER.index)
    return "undecided" if best == "different" and _turned_round(left[0], right[0]) else best


def is_same_text(one: str, other: str) -> bool:
    """Whether two names are written with the same words in the same order; case, accents and points apart."""
    return _words(one) == _words(other)


def _held(one: _Reading, other: _Reading) -> Verdict:
    family, given = _families(one, other), _given(one.given, other.given)
    verdict = min(family, given, key=_ORDER.index)
    conflict = bool(one.generation and other.generation and one.generation != other.generation)
    is_sure = (one.is_sure and other.is_sure) or bool(_joined(one.family) & _joined(other.family))
    return "undecided" if verdict == "same" and (conflict or not is_sure) else verdict


def _families(one: _Reading, other: _Reading) -> Verdict:
    """Joined, so that "O Brien" is "OBrien", and "de la Cruz" is "Delacruz"."""
    if _joined(one.family) & _joined(other.family):
        return "same"
    left, right = _without_particles(one.family), _without_particles(other.family)
    if _joined(left) & _joined(right):
        return "same"
    if any(a & b for a in left for b in right):
        # Of two surnames only one is told: the first of a double one is the usual short form.
        short, long = sorted((left, right), key=len)
        return "same" if len(short) == 1 and short[0] & long[0] else "undecided"
    near = any(_is_near(a, b) for a in _joined(left) for b in _joined(right))
    return "undecided" if near else "different"


def _given(one: Sequence[Word], other: Sequence[Word]) -> Verdict:
    left, right = _without_particles(one), _without_particles(other)
    full_left, full_right = [word for word in left if not _is_initial(word)], [word for word in right if not _is_initial(word)]
    if len(full_left) != len(full_right) and _joined(full_left) & _joined(full_right):
        return "same"  # "Anne-Marie" is "Annemarie"
    shared = any(a & b for a in full_left for b in full_right)
    if shared and (left[0] in full_left or right[0] in full_right):
        rest_left, rest_right = _rest(left, right), _rest(right, left)
        middles_differ = bool(rest_left and rest_right) and not any(_may_be(a, b) for a in rest_left for b in rest_right)
        return "undecided" if middles_differ else "same"
    if shared or any(_may_be(a, b) for a in left for b in right if _is_initial(a) or _is_initial(b)):
        return "undecided"
    near = any(_is_near(a, b) for left_word in full_left for right_word in full_right for a in left_word for b in right_word)
    return "undecided" if near else "different"


def _rest(words: Sequence[Word], others: Sequence[Word]) -> list[Word]:
    return [word for word in words if not any(word & other for other in others)]


def _may_be(one: Word, other: Word) -> bool:
    return bool(one & other) or ((_is_initial(one) or _is_initial(other)) and bool({form[0] for form in one} & {form[0] for form in other}))


def _is_initial(word: Word) -> bool:
    return all(len(form) == 1 for form in word)


def _is_near(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= NEAR_MIN_CHARS and fuzz.ratio(one, other) >= NEAR_SIMILARITY


def _turned_round(one: _Reading, other: _Reading) -> bool:
    """The same words in another order, with no comma to say which is the family name."""
    left, right = [*one.given, *one.family], [*other.given, *other.family]
    return len(left) == len(right) and all(any(a & b for b in right) for a in left) and all(any(a & b for a in left) for b in right)


def _alone(said: str, listed: str) -> bool:
    left, right = _words(said), _words(listed)
    return not left or not right or any(a & b for a in left for b in right)


def _readings(name: str, family: str = "") -> Iterator[_Reading]:
    """The ways to read a name, the likeliest first; none where it has not both a given and a family name."""
    parts = [part for part in (_words(one) for one in _ASIDE.sub(" ", name).split(",")) if part]
    generation = next((str(min(word)) for part in parts for word in part[1:] if word & _GENERATIONS), "")
    parts = [part for part in (_bare(part) for part in parts) if part]
    titled = [part for part in parts[1:] if not all(word & (_SUFFIXES | _GENERATIONS) for word in part)]
    if not parts:
        return
    first = parts[0]
    if family:
        wanted = _words(family)
        for length in range(1, len(first)):
            if _joined(first[-length:]) & _joined(wanted):
                yield _Reading(first[:-length], tuple(wanted), generation)
                return
    if titled:
        yield _Reading(titled[0], first, generation)
    if len(first) >= 2:
        hyphens = name.split(",")[0].split()[-1].count("-")
        for words in _endings(first):
            for length, is_sure in _family_lengths(words, hyphens):
                yield _Reading(words[:-length], words[-length:], generation, is_sure and not titled)


def _endings(words: tuple[Word, ...]) -> Iterator[tuple[Word, ...]]:
    """As it stands, and without letters after the name: "Linh Do" is a name, "Ada Quill DO" has a degree."""
    yield words
    while len(words) > 2 and words[-1] & (_SUFFIXES | _GENERATIONS):
        words = words[:-1]
        yield words


def _family_lengths(words: tuple[Word, ...], hyphens: int) -> Iterator[tuple[int, bool]]:
    """How many of the last words may be the family name, and whether that is sure: one, all that hyphens join, particles before it, or two."""
    length = min(1 + hyphens, len(words) - 1)
    while length + 1 < len(words) and words[-length - 1] & _PARTICLES:
        length += 1
    yield length, True
    if length > 1 and not hyphens:
        yield 1, True
    if length + 1 < len(words):
        yield length + 1, False  # two surnames, or a middle name


def _bare(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Without titles before the name, as long as a name is left."""
    while len(words) > 1 and words[0] & _TITLES and (len(words) > 2 or words[0] & {"dr", "prof", "mr", "mrs", "ms"}):
        words = words[1:]
    return words


def _without_particles(words: Sequence[Word]) -> tuple[Word, ...]:
    return tuple(word for word in words if not word & _PARTICLES) or tuple(words)


def _joined(words: Sequence[Word]) -> frozenset[str]:
    return frozenset("".join(forms) for forms in product(*map(sorted, words))) if words and len(words) < 6 else frozenset()


def _words(text: str) -> tuple[Word, ...]:
    plain = _APOSTROPHES.sub("", unicodedata.normalize("NFC", text)).casefold()
    plain = re.sub(r"\b([^\W\d_]{1,2})\.(?=[^\W\d_]{1,2}\.)", r"\1", plain)  # "M.D." is one word
    return tuple(_forms(word) for word in re.findall(r"[^\W\d_]+", plain))


def _forms(word: str) -> Word:
    return frozenset(re.sub(r"[^a-z]", "", anyascii(one).casefold()) or one for one in (word, word.translate(_SPELT_OUT)))


def _is_latin(name: str) -> bool:
    return all("LATIN" in unicodedata.name(letter, "") for letter in name if letter.isalpha())
