"""Written answers (TextArea) as examples, and copies of examples in what a model writes. Pure.

One person's text in everybody's prompts would be a place for instructions: it is an example only where two people wrote the same. And a model
that repeats a passage of an example tells of another task: a written answer may quote its own task alone.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ls_expert_plugin.ml_backend.label_config.prediction_format import ControlAnswer

WRITTEN = "textarea"
AGREED = "agreed"
# So many words in a row are no accident. Shorter turns of phrase stand in many texts of a field.
COPIED_WORDS = 8


def agreed_only(result: Sequence[Any], others: Iterable[Sequence[Any]]) -> list[Any]:
    """The result without written answers that none of ``others``, results of other people on the same task, has too."""
    theirs = {written for other in others for item in other if (written := _written(item)) is not None}
    return [item for item in result if (written := _written(item)) is None or written in theirs]


def has_written(result: Sequence[Any]) -> bool:
    """Whether a written answer is among these."""
    return any(_written(item) is not None for item in result)


def as_example(example: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The example as a prompt may show it: written answers only where it was learnt that two agree. None: nothing is left to show."""
    if example.get(AGREED) or not has_written(example["result"]):
        return example
    left = agreed_only(example["result"], ())
    return {**example, "result": left} if left else None


def in_own_words(answers: Iterable[ControlAnswer], data: Mapping[str, Any], examples: Sequence[Mapping[str, Any]]) -> tuple[tuple[ControlAnswer, ...], int]:
    """The answers without written ones that repeat a passage of an example's text which is not in the task's own; and how many those were."""
    foreign = _runs(_strings([one["data"] for one in examples])) - _runs(_strings(data))
    kept: list[ControlAnswer] = []
    lost = 0
    for answer in answers:
        if answer.control.kind == WRITTEN and foreign & _runs(answer.written):
            lost += 1
            continue
        of_span = tuple(tuple(one for one in each if not (one.control.kind == WRITTEN and foreign & _runs(one.written))) for each in answer.of_span)
        lost += sum(map(len, answer.of_span)) - sum(map(len, of_span))
        kept.append(dataclasses.replace(answer, of_span=of_span) if of_span != answer.of_span else answer)
    return tuple(kept), lost


def _written(item: Any) -> tuple[str, tuple[str, ...]] | None:
    """(control, what was written), so that the same words are the same; None for any other answer."""
    if not isinstance(item, Mapping) or item.get("type") != WRITTEN:
        return None
    value = item.get("value")
    texts = value.get("text") if isinstance(value, Mapping) else None
    listed = [texts] if isinstance(texts, str) else texts if isinstance(texts, list) else []
    return str(item.get("from_name")), tuple(" ".join(str(text).casefold().split()) for text in listed)


def _runs(texts: Iterable[str]) -> frozenset[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = re.findall(r"\w+", text.casefold())
        found.update(tuple(words[at : at + COPIED_WORDS]) for at in range(len(words) - COPIED_WORDS + 1))
    return frozenset(found)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _strings(one)
