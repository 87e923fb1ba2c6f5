"""How good predictions are, against what is held for true: for each control, and for each label. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ls_expert_plugin.agreement.ab_metrics import Figure, share
from ls_expert_plugin.agreement.measures import compare_spans
from ls_expert_plugin.agreement.regions import Region, said

Result = Sequence[Mapping[str, Any]]


@dataclass
class Counts:
    """Of one label: proposed and true, proposed and not, true and not proposed."""

    hits: int = 0
    extra: int = 0
    missed: int = 0

    @property
    def f1(self) -> float | None:
        """None: the label is in neither."""
        total = 2 * self.hits + self.extra + self.missed
        return 2 * self.hits / total if total else None


@dataclass
class ControlScore:
    """Of one control. ``right``: for each task with a truth, whether the answer is it; of a control with regions, whether all of them are.

    ``labels``: counts by label; of regions each region counts, of choices each choice.
    """

    right: list[bool] = field(default_factory=list)
    labels: dict[str, Counts] = field(default_factory=dict)
    has_regions: bool = False

    @property
    def accuracy(self) -> Figure:
        """The share of tasks that are right, with its interval."""
        return share(self.right)

    def by_frequency(self) -> list[tuple[str, Counts]]:
        """Labels with their counts, the most frequent in the truth first."""
        return sorted(self.labels.items(), key=lambda pair: (-(pair[1].hits + pair[1].missed), pair[0]))

    @property
    def f1(self) -> float | None:
        """F1 over all labels together; None: there are none."""
        together = Counts(*(sum(getattr(one, name) for one in self.labels.values()) for name in ("hits", "extra", "missed")))
        return together.f1


def score(pairs: Iterable[tuple[Result, Result]]) -> dict[str, ControlScore]:
    """By control, over tasks: (prediction, truth). A task without a prediction is wrong: nothing was proposed. Written texts are not scored."""
    found: dict[str, ControlScore] = {}
    for prediction, truth in pairs:
        mine, true = said(prediction), said(truth)
        for name in true.answers.keys() | mine.answers.keys():
            one = found.setdefault(name, ControlScore())
            one.right.append(name in true.answers and mine.answers.get(name) == true.answers[name])
            _count(one.labels, _labels(mine.answers.get(name)), _labels(true.answers.get(name)))
        for name in true.regions.keys() | mine.regions.keys():
            one = found.setdefault(name, ControlScore(has_regions=True))
            proposed, wanted = mine.regions.get(name, []), true.regions.get(name, [])
            one.right.append(compare_spans(proposed, wanted).f1 == 1.0)
            _count_regions(one.labels, proposed, wanted)
    return dict(sorted(found.items()))


def _labels(answer: str | None) -> set[str]:
    """The choices in an answer as text; an answer that is no list is one."""
    if answer is None:
        return set()
    value = json.loads(answer)
    return {one if isinstance(one, str) else " > ".join(map(str, one)) if isinstance(one, list) else json.dumps(one)
            for one in (value if isinstance(value, list) else [value])}


def _count(labels: dict[str, Counts], proposed: set[str], wanted: set[str]) -> None:
    for label in proposed | wanted:
        counts = labels.setdefault(label, Counts())
        counts.hits += label in proposed and label in wanted
        counts.extra += label in proposed and label not in wanted
        counts.missed += label in wanted and label not in proposed


def _count_regions(labels: dict[str, Counts], proposed: Sequence[Region], wanted: Sequence[Region]) -> None:
    for label in {region.label for region in (*proposed, *wanted)}:
        counts = labels.setdefault(label, Counts())
        spans = compare_spans([one for one in proposed if one.label == label], [one for one in wanted if one.label == label])
        counts.hits += spans.both
        counts.extra += spans.mine - spans.both
        counts.missed += spans.theirs - spans.both
