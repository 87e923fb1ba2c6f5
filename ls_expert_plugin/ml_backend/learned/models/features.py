"""Turns texts into numbers: which words they use, and how they are written.

Words are TF-IDF of words and word pairs beside that of pieces of words, which join "cardiac" and "cardiology" when there
are few examples. The way of writing is eight plain measures: a guideline may ask for short sentences or for references.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import StandardScaler

MAX_WORDS = 20_000
MAX_PIECES = 20_000

_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"[.!?]+(?:\s|$)")
_REFERENCE = re.compile(r"[(\[“\"§]")


class TextFeatures:
    """Learnt on the texts of an example set; ``words`` and ``style`` give one row per text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=MAX_WORDS)
        self._pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, max_features=MAX_PIECES)
        self._style = StandardScaler()
        self._words.fit(texts)
        self._pieces.fit(texts)
        self._style.fit([_style(text) for text in texts])

    def words(self, texts: Sequence[str]) -> Any:
        """Sparse, texts by features; each text has length √2."""
        return hstack([self._words.transform(texts), self._pieces.transform(texts)]).tocsr()

    def style(self, texts: Sequence[str]) -> Any:
        """Sparse, texts by eight measures in standard deviations, -3 to 3."""
        return csr_matrix(self._style.transform([_style(text) for text in texts]).clip(-3, 3))


def _style(text: str) -> list[float]:
    words = _WORD.findall(text) or [""]
    lengths = [len(word) for word in words]
    return [
        float(np.log1p(len(words))),
        len(words) / max(1, len(_SENTENCE_END.findall(text))),  # words per sentence
        sum(lengths) / len(words),
        sum(length > 8 for length in lengths) / len(words),
        len(re.findall(r"\d+", text)) / len(words),
        len(_REFERENCE.findall(text)) / len(words),
        sum(word[:1].isupper() for word in words) / len(words),
        text.count(",") / len(words),
    ]
