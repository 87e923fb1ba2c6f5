"""How well the model learnt from annotations does on real texts: a learning curve, beside two baselines.

    python -m benchmarks.ml_backend quality FOLDER [--rounds 5]

FOLDER holds ``medicine_pubmedqa.jsonl`` (question and abstract → yes, no or maybe), ``finance_tatqa.jsonl`` (paragraph and question → kind of
answer) and ``medicine_ncbi_disease.jsonl`` (abstract → disease mentions). Each round draws what is learnt and a quarter that is held out anew.
Baselines: the most frequent label, and TF-IDF with logistic regression as in ``sklearn_text_classifier``; for spans, the words seen as diseases.
"Don't know" counts as wrong. Intervals are over rounds and held-out texts (Wilson's for accuracy, resampled texts for F1); texts come up in several
rounds, so they are somewhat too narrow.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ls_expert_plugin.agreement.ab_metrics import share
from ls_expert_plugin.agreement.measures import compare_spans
from ls_expert_plugin.agreement.regions import Region
from ls_expert_plugin.ml_backend.label_config.parser import read_controls
from ls_expert_plugin.ml_backend.learned.examples import ExampleSet
from ls_expert_plugin.ml_backend.learned.models.model_registry import fit

SIZES = (25, 50, 100, 200, 300)
SPAN_SIZES = (25, 50, 100, 150)


def main(argv: Sequence[str]) -> None:
    """Print the curves of the files that are there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args(argv)
    for name in ("medicine_pubmedqa", "finance_tatqa"):
        rows = _rows(args.folder / f"{name}.jsonl")
        if rows:
            _classification(name, [(f"{row['question']}\n{row['text']}", str(row["label"])) for row in rows], args.rounds)
    rows = _rows(args.folder / "medicine_ncbi_disease.jsonl")
    if rows:
        _spans("medicine_ncbi_disease", [(row["text"], [(one["start"], one["end"]) for one in row["spans"]]) for row in rows], args.rounds)


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        print(f"{path.name}: not there, so not measured")
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _classification(name: str, data: Sequence[tuple[str, str]], rounds: int) -> None:
    labels = sorted({label for _, label in data})
    choices = "".join(f'<Choice value="{label}"/>' for label in labels)
    config = f'<View><Text name="t" value="$text"/><Choices name="c" toName="t">{choices}</Choices></View>'
    (control,) = read_controls(config)
    held = len(data) // 4
    print(f"\n{name}: {len(data)} texts, {dict(Counter(label for _, label in data))}, {held} held out, {rounds} rounds; right in %, in brackets 95 %")
    print(f"{'learnt from':<14}{'ours':<18}{'of those answered':<22}{'TF-IDF + LR':<18}{'most frequent':<16}")
    for size in (one for one in SIZES if one + held <= len(data)):
        ours, answered, plain, most = [list[bool]() for _ in range(4)]
        for number in range(rounds):
            learnt, test = _drawn(data, size, held, number)
            examples = tuple({"data": {"text": text}, "result": [
                {"from_name": "c", "to_name": "t", "type": "choices", "value": {"choices": [label]}}]} for text, label in learnt)
            fitted = fit(ExampleSet(1, "bench", config, examples))
            guesses = [fitted.answer(control, {"text": text}) for text, _ in test]
            ours += [guess is not None and guess.label == label for guess, (_, label) in zip(guesses, test, strict=True)]
            answered += [guess.label == label for guess, (_, label) in zip(guesses, test, strict=True) if guess is not None]
            frequent = Counter(label for _, label in learnt).most_common(1)[0][0]
            most += [label == frequent for _, label in test]
            with threadpool_limits(1):
                baseline = make_pipeline(TfidfVectorizer(), LogisticRegression(C=10, max_iter=1000)).fit(*zip(*learnt, strict=True))
                plain += [guess == label for guess, (_, label) in zip(baseline.predict([text for text, _ in test]), test, strict=True)]
        share_answered = f"{_said(answered)} of {100 * len(answered) / len(ours):.0f} %"
        print(f"{size:<14}{_said(ours):<18}{share_answered:<22}{_said(plain):<18}{_said(most):<16}", flush=True)


def _spans(name: str, data: Sequence[tuple[str, list[tuple[int, int]]]], rounds: int) -> None:
    config = '<View><Text name="t" value="$text"/><Labels name="n" toName="t"><Label value="Disease"/></Labels></View>'
    (control,) = read_controls(config)
    held = len(data) // 4
    print(f"\n{name}: {len(data)} texts, {sum(len(spans) for _, spans in data)} spans, {held} held out, {rounds} rounds; "
          "F1, in brackets 95 %, then precision, recall")
    print(f"{'learnt from':<14}{'ours':<34}{'words seen as diseases':<34}")
    for size in (one for one in SPAN_SIZES if one + held <= len(data)):
        ours, words = [list[tuple[int, int, int]]() for _ in range(2)]
        for number in range(rounds):
            learnt, test = _drawn(data, size, held, number)
            examples = tuple({"data": {"text": text}, "result": [_span(text, a, b) for a, b in spans]} for text, spans in learnt)
            fitted = fit(ExampleSet(1, "bench", config, examples))
            seen = {text[a:b].casefold() for text, spans in learnt for a, b in spans}
            pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(seen, key=len, reverse=True))) + r")\b", re.IGNORECASE)
            for text, spans in test:
                answer = fitted.answer(control, {"text": text})
                found = [(span.start, span.end) for span in answer.spans] if answer else []
                ours.append(_counted(found, spans))
                words.append(_counted([match.span() for match in pattern.finditer(text)], spans))
        print(f"{size:<14}{_f1(ours):<34}{_f1(words):<34}", flush=True)


def _span(text: str, start: int, end: int) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": text[start:end], "labels": ["Disease"]}
    return {"from_name": "n", "to_name": "t", "type": "labels", "value": value}


def _drawn(data: Sequence[Any], size: int, held: int, number: int) -> tuple[Sequence[Any], Sequence[Any]]:
    rows = random.Random(number).sample(list(data), len(data))  # noqa: S311  # the same rounds each time
    return rows[held : held + size], rows[:held]


def _said(right: Sequence[bool]) -> str:
    figure = share(right)
    if figure.value is None or figure.low is None or figure.high is None:
        return "none"
    return f"{100 * figure.value:.1f} ({100 * figure.low:.0f}–{100 * figure.high:.0f})"


def _counted(found: Sequence[tuple[int, int]], true: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    """Exactly the same place: both, found, true."""
    spans = compare_spans(*([Region("Disease", "t", float(a), float(b), f"{a}-{b}") for a, b in one] for one in (found, true)))
    return spans.both, spans.mine, spans.theirs


def _f1(counts: Sequence[tuple[int, int, int]]) -> str:
    def of(some: Sequence[tuple[int, int, int]]) -> float:
        both, mine, theirs = (sum(one[place] for one in some) for place in range(3))
        return 2 * both / (mine + theirs) if mine + theirs else 0.0

    drawn = random.Random(0)  # noqa: S311
    spread = sorted(of(drawn.choices(counts, k=len(counts))) for _ in range(500))
    both, mine, theirs = (sum(one[place] for one in counts) for place in range(3))
    return f"{of(counts):.2f} ({spread[12]:.2f}–{spread[-13]:.2f}), {both / mine if mine else 0:.2f}, {both / theirs if theirs else 0:.2f}"


if __name__ == "__main__":
    main(sys.argv[1:])
