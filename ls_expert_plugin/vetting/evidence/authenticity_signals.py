"""Signs that an answer may not have been written by the candidate alone, in words and with what they rest on. Pure.

They prove nothing: people paste from their own notes, and look things up. A sign leads to a person's look and to nothing else; none of
them refuses anybody, and there is no guess at whether a text was made by a machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ls_expert_plugin.vetting.values import Turn

# Bounds from which something is told. A fast typist writes 80 words a minute; 180 is faster than anybody composes.
PASTED_SHARE, PASTED_CHARS = 0.5, 200
WORDS_A_SECOND, FAST_MIN_WORDS = 3.0, 40
AWAY_TIMES, AWAY_S = 3, 60
# Answers to one question that share so much of their runs of five words were not written independently.
SHINGLE, SIMILAR_SHARE, SIMILAR_MIN_WORDS = 5, 0.5, 25
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class ObservedAnswer:
    """What was seen of one answer. The first four are what the browser says; ``answer_s``, from question to answer, is ours."""

    turn_id: int
    pasted_chars: int
    pastes: int
    away_times: int
    away_s: int
    answer_s: int


@dataclass(frozen=True)
class Similar:
    """Another answer that is nearly the same. ``share``: of the runs of five words in the shorter, 0 to 1."""

    turn_id: int
    other_turn_id: int
    share: float


def in_words(turns: Sequence[Turn], seen: Iterable[ObservedAnswer], similar: Iterable[Similar]) -> tuple[str, ...]:
    """What a person should look at, one sentence each, in the order of the answers."""
    by_turn: Mapping[int, ObservedAnswer] = {one.turn_id: one for one in seen}
    alike: dict[int, Similar] = {}
    for one in similar:
        if one.turn_id not in alike or one.share > alike[one.turn_id].share:
            alike[one.turn_id] = one
    said: list[str] = []
    earlier: list[tuple[int, str]] = []
    numbers: dict[int, int] = {}
    for number, turn in enumerate((one for one in turns if one.speaker == "candidate"), start=1):
        about, words = by_turn.get(turn.id), len(turn.text.split())
        if about is not None:
            if is_pasted(turn.text, about):
                said.append(f"Answer {number}: the browser says that {about.pasted_chars} characters were pasted; the answer has {len(turn.text)}.")
            elif words >= FAST_MIN_WORDS and words > WORDS_A_SECOND * max(about.answer_s, 1):
                said.append(f"Answer {number}: {words} words came {about.answer_s} s after the question.")
            if about.away_times >= AWAY_TIMES and about.away_s >= AWAY_S:
                said.append(f"Answer {number}: the browser says that the page was left {about.away_times} times, for {about.away_s} s together.")
        if turn.id in alike:
            said.append(f"Answer {number}: {alike[turn.id].share:.0%} of its runs of five words stand in another candidate’s answer to the same question.")
        if (repeated := repeats_own(turn, earlier)) is not None:
            said.append(f"Answer {number}: {repeated.share:.0%} of its runs of five words stand in answer {numbers[repeated.other_turn_id]} already.")
        earlier.append((turn.id, turn.text))
        numbers[turn.id] = number
    return tuple(said)


def is_pasted(text: str, seen: ObservedAnswer) -> bool:
    """Whether so much of an answer was pasted, by the browser's word, that its own words are worth asking for."""
    return seen.pasted_chars >= max(PASTED_CHARS, PASTED_SHARE * len(text))


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The runs of five words in a text, without regard to case and punctuation."""
    words = _WORD.findall(text.casefold())
    return frozenset(tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))


def repeats_own(turn: Turn, earlier: Sequence[tuple[int, str]]) -> Similar | None:
    """Which earlier answer of the same interview, (turn id, text), an answer repeats most: one text for two questions answers neither."""
    return next(iter(nearly_the_same(turn, earlier)), None)


def nearly_the_same(turn: Turn, others: Iterable[tuple[int, str]]) -> tuple[Similar, ...]:
    """Which of ``others`` (turn id, text) an answer repeats, the nearest first. A short answer repeats nothing."""
    if len(turn.text.split()) < SIMILAR_MIN_WORDS:
        return ()
    own = shingles(turn.text)
    found = []
    for other_id, text in others:
        theirs = shingles(text)
        shorter = min(len(own), len(theirs))
        share = len(own & theirs) / shorter if shorter >= SIMILAR_MIN_WORDS - SHINGLE + 1 else 0.0
        if share >= SIMILAR_SHARE:
            found.append(Similar(turn.id, other_id, round(share, 3)))
    return tuple(sorted(found, key=lambda one: (-one.share, one.other_turn_id)))
