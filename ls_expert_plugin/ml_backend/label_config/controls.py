"""What a label config asks, control by control. Frozen values; ``parser.py`` reads them, and nothing here does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

# Label Studio's own names of results. "choices" with ``paths`` are nested ones.
Kind = Literal[
    "choices", "taxonomy", "labels", "hypertextlabels", "paragraphlabels", "rating", "number", "datetime", "textarea", "pairwise", "ranker", "rectanglelabels",
]
ObjectKind = Literal["text", "hypertext", "paragraphs", "list", "image"]
REGION_KINDS: frozenset[Kind] = frozenset({"labels", "hypertextlabels", "paragraphlabels", "rectanglelabels"})


@dataclass(frozen=True)
class Condition:
    """When a control is shown: ``choice-selected`` in the control ``tag`` (None: any), with one of ``values`` (empty: any).

    ``region-selected`` with values, of a control for each region: for regions with one of these labels.
    """

    on: Literal["choice-selected", "choice-unselected", "region-selected"]
    tag: str | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Control:
    """A control we can answer. Two are equal when an answer to one is an answer to the other.

    ``data_keys`` are the task's data fields shown by the objects in ``to_name``, in the same order. ``labels`` are the
    possible answers as text, sorted: the labels, "1".."n" for a rating, "left" and "right" for a comparison; for nested choices and taxonomies
    their paths, joined with " > ". ``options_key``: the data field that holds them, task by task; they are empty then.
    """

    name: str
    kind: Kind
    to_name: tuple[str, ...]
    data_keys: tuple[str, ...]
    labels: tuple[str, ...]
    hints: Mapping[str, str] = field(default_factory=dict, compare=False)
    object_kind: ObjectKind = "text"
    multiple: bool = False
    paths: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    options_key: str | None = None
    # Label Studio writes an answer with several levels as a path.
    is_nested: bool = False
    low: float | None = None
    high: float | None = None
    step: float | None = None
    # Of a ranking into buckets: their names.
    buckets: tuple[str, ...] = ()
    # A part of a date and time: "date", "time", "month" or "year"; None: both.
    only: str | None = None
    most: int | None = None
    # Paragraphs: the keys of an utterance that hold who speaks and what.
    speaker_key: str = "author"
    text_key: str = "text"
    is_per_region: bool = False
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class LabelConfig:
    """A label config as far as we can answer it. ``refused``: a sentence for each control that is left out.

    ``relations``: what relations between regions may be called; empty: none asked for, or with any name when ``asks_relations``.
    """

    controls: tuple[Control, ...] = ()
    refused: tuple[str, ...] = ()
    asks_relations: bool = False
    relations: tuple[str, ...] = ()

    def without_pictures(self) -> LabelConfig:
        """What is left for who cannot see: the controls about pictures are refused."""
        kept = tuple(one for one in self.controls if one.object_kind != "image")
        unseen = tuple(
            f"“{one.name}” gets no pre-labels: it is about a picture. LS_EXPERT_PRELABEL_PICTURES=true shows pictures to a language model that takes them."
            for one in self.controls if one.object_kind == "image"
        )
        if not unseen:
            return self
        return replace(
            self, controls=kept, refused=(*self.refused, *unseen), asks_relations=self.asks_relations and any(one.kind in REGION_KINDS for one in kept),
        )
