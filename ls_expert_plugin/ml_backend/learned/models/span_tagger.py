"""The learnt model of one Labels control: forms that people labelled, and how reliably.

Every labelled span is remembered at three degrees of likeness (``span_tokens.py``). For each remembered form the example
texts say how often it was labelled and how often it was passed over; a form is used when it was labelled more often than
not. In a new text the longest form wins; spans of one control never overlap and never cut a word.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ls_expert_plugin.ml_backend.label_config.task_content import Span
from ls_expert_plugin.ml_backend.learned.models.span_tokens import DEGREES, Token, common_words, tokens
from ls_expert_plugin.ml_backend.llm.quote_matching import at_word_bounds

MAX_TOKENS = 16
# "Don't know": a form less reliable than this is passed over.
MIN_PROBABILITY = 0.5
# In how many different words a form must have been labelled: the looser the likeness, the more. One name labelled ten
# times does not make every capitalised word a name.
_MIN_WORDINGS: Mapping[str, int] = {"words": 1, "classes": 2, "shapes": 3}

Form = tuple[str, ...]


@dataclass(frozen=True)
class FoundSpan:
    """A span and how probable the model holds its label, 0 to 1."""

    span: Span
    probability: float


@dataclass(frozen=True)
class _Known:
    label: str
    probability: float


class SpanModel:
    """A fitted tagger that answers one Labels control."""

    def __init__(self, known: Mapping[str, Mapping[Form, _Known]], common: frozenset[str]) -> None:
        self._known = known
        self._lengths = {degree: {len(form) for form in forms} for degree, forms in known.items()}
        self._common = common

    def find(self, text: str) -> tuple[FoundSpan, ...]:
        """The spans of known forms, by position."""
        spans, taken = [], bytearray(len(text))
        for found in sorted(self._candidates(text), key=_longest_first):
            start, end = found.span.start, found.span.end
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                spans.append(found)
        return tuple(sorted(spans, key=lambda found: found.span.start))

    def _candidates(self, text: str) -> Iterator[FoundSpan]:
        cut = tokens(text, self._common)
        for degree in DEGREES:
            known = self._known[degree]
            for form, start, end in _forms(cut[degree], self._lengths[degree]):
                if (entry := known.get(form)) and at_word_bounds(text, start, end):
                    yield FoundSpan(Span(start, end, entry.label), entry.probability)


def fit(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> SpanModel | None:
    """A model of the texts and the spans labelled in each; None when no form is reliable enough to be used."""
    labelled: dict[str, dict[Form, Counter[str]]] = {degree: defaultdict(Counter) for degree in DEGREES}
    wordings: dict[str, dict[Form, set[Form | None]]] = {degree: defaultdict(set) for degree in DEGREES}
    seen: dict[str, Counter[Form]] = {degree: Counter() for degree in DEGREES}
    common = common_words(texts)
    cuts = [tokens(text, common) for text in texts]
    for cut, labels in zip(cuts, spans, strict=True):
        for degree in DEGREES:
            for span in labels:
                if form := _form_of(cut[degree], span):
                    labelled[degree][form][span.label] += 1
                    wordings[degree][form].add(_form_of(cut["words"], span))
    lengths = {degree: {len(form) for form in forms} for degree, forms in labelled.items()}
    for cut, labels in zip(cuts, spans, strict=True):
        for degree in DEGREES:
            forms = labelled[degree]
            for form, start, end in _forms(cut[degree], lengths[degree]):
                if form in forms and not (degree == "words" and any(_is_part(start, end, span) for span in labels)):
                    seen[degree][form] += 1
    known: dict[str, dict[Form, _Known]] = {}
    for degree in DEGREES:
        enough = {
            form: labels for form, labels in labelled[degree].items()
            if len(wordings[degree][form]) >= _MIN_WORDINGS[degree]
        }
        known[degree] = dict(_reliable(enough, seen[degree]))
    return SpanModel(known, common) if any(known.values()) else None


def _is_part(start: int, end: int, span: Span) -> bool:
    """Inside a longer labelled span. Very words are then neither labelled nor passed over; for a looser likeness it is a
    sign that the longer form is meant, as in "5 mg" and "5 mg once daily"."""
    return span.start <= start and end <= span.end and (start, end) != (span.start, span.end)


def _reliable(labelled: Mapping[Form, Counter[str]], seen: Counter[Form]) -> Iterator[tuple[Form, _Known]]:
    for form, labels in labelled.items():
        label, times = min(labels.items(), key=lambda each: (-each[1], each[0]))
        probability = (times + 1) / (max(seen[form], times) + 2)  # Laplace: once out of once is two thirds
        if probability > MIN_PROBABILITY:
            yield form, _Known(label, probability)


def _forms(cut: Sequence[Token], lengths: set[int]) -> Iterator[tuple[Form, int, int]]:
    """Every run of tokens of one of these lengths, with its offsets."""
    keys = tuple(token.key for token in cut)
    for length in lengths:
        for first in range(len(cut) - length + 1):
            yield keys[first:first + length], cut[first].start, cut[first + length - 1].end


def _form_of(cut: Sequence[Token], span: Span) -> Form | None:
    """The tokens that make up the span; None when it cuts a token or is too long to be a form."""
    inside = [token for token in cut if span.start < token.end and token.start < span.end]
    if not inside or len(inside) > MAX_TOKENS or inside[0].start != span.start or inside[-1].end != span.end:
        return None
    return tuple(token.key for token in inside)


def _longest_first(found: FoundSpan) -> tuple[int, float, int]:
    return found.span.start - found.span.end, -found.probability, found.span.start
